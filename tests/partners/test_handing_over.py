"""Partners handed to a colleague, many at once: the claims follow, one entry in the audit log."""

import datetime as dt
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.organizations.queries import visible_partners
from portal.partners.territories.services import assign_territories, ensure_territory
from tests.people import Cast, add_cast, fresh, log_in, viewer_of

ADDRESS = "/partners/change-many"


@pytest.fixture
def cast(app, db) -> Cast:
    made = add_cast()
    with transaction():
        for manager, place in ((made.channel_manager, "Northwest"), (made.second_manager, "Southwest")):
            assign_territories(fresh(manager), [ensure_territory(place).id], by=viewer_of(made.admin))
    return made


def seen_by(cast: Cast, manager: str) -> set[str]:
    session.rollback()
    rows = session.scalars(visible_partners(viewer_of(getattr(cast, manager))))
    return {partner.code for partner in rows}


def typed(cast: Cast, **more: object) -> dict[str, object]:
    codes = [cast.shop.code, cast.distributor.code]
    return {"code": codes, "manager": str(cast.second_manager.id), "territory": "",
            "valid_from": clock.today().isoformat()} | more  # fmt: skip


def test_partners_and_their_claims_go_to_the_colleague(cast: Cast, client: FlaskClient):
    assert seen_by(cast, "channel_manager") == {cast.shop.code, cast.distributor.code}
    log_in(client, cast.channel_manager)
    looked = client.post(ADDRESS, data=typed(cast, step="look")).get_data(as_text=True)
    assert "2 of 2 partners" in looked
    assert seen_by(cast, "channel_manager") == {cast.shop.code, cast.distributor.code}
    answer = client.post(ADDRESS, data=typed(cast, reason="Parental leave"), follow_redirects=True)
    assert "2 partners are changed" in answer.get_data(as_text=True)
    assert seen_by(cast, "channel_manager") == set()
    assert seen_by(cast, "second_manager") == {cast.shop.code, cast.distributor.code, cast.rival_shop.code}
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "partner.changed")).one()
    after = json.loads(entry.after or "")
    assert (after["count"], after["manager"], len(after["digest"])) == (2, cast.second_manager.email, 64)
    assert entry.reason == "Parental leave"


def test_a_hand_over_of_a_day_to_come_begins_on_it(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    day = clock.today() + dt.timedelta(days=10)
    client.post(ADDRESS, data=typed(cast, valid_from=day.isoformat()))
    assert cast.shop.code not in seen_by(cast, "second_manager")
    with clock.frozen(f"{day}T08:00"):
        assert cast.shop.code in seen_by(cast, "second_manager")
        assert cast.shop.code not in seen_by(cast, "channel_manager")


@pytest.mark.one_database
def test_bad_input_and_strangers(app: Flask, cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    for change, words in (
        ({"manager": ""}, "Choose a manager, a territory or a segment"),
        ({"manager": str(cast.finance.id)}, "Choose one from the list"),
        ({"manager": "x\x00"}, "Choose one from the list"),
        ({"valid_from": "soon"}, "This is no day."),
    ):
        answer = client.post(ADDRESS, data=typed(cast, **change))
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    for person in (cast.partner_admin, cast.seller, cast.finance, cast.auditor, cast.rival_admin):
        other = app.test_client()
        log_in(other, person)
        assert other.post(ADDRESS, data=typed(cast)).status_code == 403
    second = app.test_client()
    log_in(second, cast.second_manager)
    second.post(ADDRESS, data=typed(cast))  # the partners of a colleague are not one's own to hand over
    assert cast.shop.code in seen_by(cast, "channel_manager")
