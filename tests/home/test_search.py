"""Ctrl K finds things, acts and pages, each viewer's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.claims.world import World
from tests.conventions.markup import faults

pytestmark = pytest.mark.one_database
As = Callable[[Person | Viewer], FlaskClient]
FRAGMENT = {"HX-Request": "true"}


def test_the_palette_gets_rows_and_no_page(site: World, as_: As) -> None:
    answer = as_(site.cast.seller).get("/search?q=FB-1042", headers=FRAGMENT).text
    assert "<html" not in answer
    assert 'class="palette-row"' in answer
    assert 'aria-label="Claims"' in answer


def test_without_script_the_same_hits_are_a_page(site: World, as_: As) -> None:
    page = as_(site.cast.seller).get("/search?q=FB-1042").text
    assert faults(page) == []
    assert "FB-1042" in page


def test_a_rival_finds_nothing_of_another_shop(site: World, as_: As) -> None:
    answer = as_(site.cast.rival_seller).get("/search?q=FB-1042", headers=FRAGMENT).text
    assert "/claims/" not in answer
    assert "or it is not yours to see" in answer


def test_acts_and_pages_follow_the_role(site: World, as_: As) -> None:
    assert "Claim a sale" in as_(site.cast.seller).get("/search?q=claim+sale", headers=FRAGMENT).text
    assert "Claim a sale" not in as_(site.cast.auditor).get("/search?q=claim+sale", headers=FRAGMENT).text
    assert "Roll-forward" in as_(site.cast.finance).get("/search?q=roll", headers=FRAGMENT).text
    assert "Roll-forward" not in as_(site.cast.seller).get("/search?q=roll", headers=FRAGMENT).text


def test_things_come_before_acts_and_pages(site: World, as_: As) -> None:
    answer = as_(site.cast.channel_manager).get("/search?q=claim", headers=FRAGMENT).text
    assert answer.index('aria-label="Acts"') < answer.index('aria-label="Pages"')


def test_an_invoice_tells_its_story_to_the_auditor(site: World, as_: As) -> None:
    page = as_(site.cast.auditor).get("/search?q=fb 1042").text
    assert faults(page) == []
    told = page[page.index("The story of FB-1042") :]
    assert told.index("submitted") < told.index("approved") < told.index("Helmet sprint, version 1")
    assert "Posted 160 stars" in told
    assert "approved by Sam Idris" in told
    assert "hash " in told


def test_the_story_is_for_readers_of_the_log_alone(site: World, as_: As) -> None:
    assert "The story of" not in as_(site.cast.seller).get("/search?q=FB-1042").text


@pytest.mark.parametrize("text", ["", "%", "\\", "' OR 1=1", "x" * 5000, "\x00"])
def test_any_text_is_answered(site: World, as_: As, text: str) -> None:
    for who in (site.cast.auditor, site.cast.seller, site.cast.channel_manager):
        assert as_(who).get("/search", query_string={"q": text}).status_code == 200
