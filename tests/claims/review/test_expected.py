"""What the queue says a claim earns follows the facts, so that what is shown can be approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.core.db import transaction
from portal.jobs.outbox import deliver_all
from portal.partners.people.models import Person
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.services import publish_version
from portal.reactions import REACTIONS
from portal.security.viewer import SYSTEM, Viewer
from tests.claims.world import SPRINT, World, file_claim, reload
from tests.people import fresh, viewer_of

pytestmark = pytest.mark.one_database
As = Callable[[Person | Viewer], FlaskClient]
DAY = dt.date(2026, 11, 1)


def test_a_shops_answer_moves_what_its_waiting_claims_are_shown_to_earn(site: World) -> None:
    claim = file_claim(site)
    assert claim.expected_points == 160
    for answer, points in (("forbidden", 0), ("allowed", 160)):
        with transaction():
            answer_spifs(fresh(site.cast.shop), answer, valid_from=DAY)
        deliver_all(REACTIONS)
        now = reload(claim, SYSTEM)
        assert now.expected_points == points
        assert [line.expected_points for line in now.lines][:1] == [points and 120]
        assert now.version == claim.version


def test_a_claim_left_out_of_the_safe_ones_says_next_time_what_it_earns(site: World, as_: As) -> None:
    claim = file_claim(site)
    with transaction():
        richer = SPRINT.replace("amount: 40", "amount: 50")
        tess, sam = viewer_of(site.cast.channel_manager), viewer_of(site.cast.second_manager)
        publish_version(richer, inside_period="recalculate", by=tess, approved_by=sam)
    manager = as_(site.cast.channel_manager)
    shown = f"{claim.id}:{claim.version}:160"
    refused = manager.post("/claims/queue/safe", data={"claim": shown}, follow_redirects=True).text
    assert "earns 200 stars now, not the 160 you were shown" in refused
    page = manager.get("/claims/queue/safe").text
    assert f'value="{claim.id}:{claim.version}:200"' in page
    done = manager.post("/claims/queue/safe", data={"claim": f"{claim.id}:{claim.version}:200"}, follow_redirects=True)
    assert "1 claim approved. 200 stars posted." in done.text
