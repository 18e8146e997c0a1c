"""Viewing as a partner's person: read-only, bannered, audited, listed."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.audit.models import AuditEntry
from portal.core.db import session, transaction
from portal.core.errors import Conflict, Forbidden
from portal.partners.access.view_as import start_viewing, stop_viewing
from portal.partners.people.services import end_employment
from portal.security.viewer import SYSTEM
from tests.people import Cast, add_cast, log_in, viewer_of

pytestmark = pytest.mark.one_database


@pytest.fixture
def cast(app: Flask) -> Cast:
    return add_cast()


@pytest.fixture
def looking(client: FlaskClient, cast: Cast) -> FlaskClient:
    log_in(client, cast.channel_manager)
    assert client.post(f"/people/{cast.partner_admin.id}/view-as").status_code == 303
    return client


def test_a_manager_sees_what_the_partner_sees_under_a_banner(looking: FlaskClient, cast: Cast) -> None:
    words = looking.get("/partners").get_data(as_text=True)
    assert "You see what <b>Pia Holm</b> sees" in words
    assert "Friendly Bike Shop" in words
    assert "Permanent Finish Products" not in words
    assert looking.get("/partners/AW00000650").status_code == 404
    assert "Where you are logged in" not in looking.get("/account").get_data(as_text=True)


def test_every_change_is_refused_and_the_attempt_is_written_down(looking: FlaskClient, cast: Cast) -> None:
    for path in ("/partners/AW00000290/spif-answer", "/account/profile", f"/people/{cast.seller.id}/end-employment"):
        answer = looking.post(path, data={"answer": "allowed", "valid_from": "2027-01-01"})
        assert answer.status_code == 403
        assert "nothing can be changed" in answer.get_data(as_text=True)
    assert session.query(AuditEntry).filter_by(act="access.refused").count() == 3
    assert session.scalar(text("SELECT count(*) FROM spif_answer")) == 0


def test_it_is_listed_to_the_person_and_ends_with_a_button(app: Flask, looking: FlaskClient, cast: Cast) -> None:
    watched = app.test_client()
    log_in(watched, cast.partner_admin)
    assert "still looking" in watched.get("/account").get_data(as_text=True)
    answer = looking.post("/view-as/stop")
    assert answer.headers["Location"] == f"/people/{cast.partner_admin.id}"
    assert "Permanent Finish Products" in looking.get("/partners").get_data(as_text=True)
    words = watched.get("/account").get_data(as_text=True)
    assert "Tess Moran" in words
    assert "still looking" not in words
    acts = [row.act for row in session.query(AuditEntry).filter(AuditEntry.act.startswith("viewing"))]
    assert acts == ["viewing.started", "viewing.stopped"]
    assert looking.post("/view-as/stop").headers["Location"] == "/"


def test_who_looks_can_log_out(looking: FlaskClient, cast: Cast) -> None:
    assert looking.post("/log-out").status_code == 303
    assert looking.get("/partners").status_code == 303


def test_only_active_people_of_partners_are_viewed_and_only_from_a_session(client: FlaskClient, cast: Cast) -> None:
    manager = dataclasses.replace(viewer_of(cast.channel_manager), session_id=1)
    with transaction():
        end_employment(cast.rival_seller, by=SYSTEM)
    for person, by, refusal in (
        (cast.finance, manager, Forbidden),
        (cast.rival_seller, manager, Conflict),
        (cast.seller, dataclasses.replace(manager, session_id=None), Forbidden),
        (cast.seller, dataclasses.replace(manager, view_as_by=1), Forbidden),
    ):
        with pytest.raises(refusal), transaction():
            start_viewing(person, by=by)
    assert stop_viewing(manager) is None


def test_a_seller_or_partner_admin_may_not_view_as_others(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.partner_admin)
    assert client.post(f"/people/{cast.seller.id}/view-as").status_code == 403
