"""The tour: twelve steps that tick themselves, a change of person in one click, mail to read; in the demo alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.app import create_app
from portal.config import Settings
from portal.core import clock, db
from portal.core.db import transaction
from portal.demo.steps import STEPS
from portal.demo.tour import Entry, acted, find_step, opened
from portal.notifications.mail import build_message, send_message
from portal.partners.access.models import UserSession
from portal.security.doors import PUBLIC, door_of
from tests.conventions.markup import faults
from tests.people import add_cast

pytestmark = pytest.mark.one_database
ANA, TESS = "seller@demo.example", "manager@demo.example"
BUILT = "2026-11-19T08:00:00+00:00"


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal as a demo, with the cast."""
    (tmp_path / "demo.json").write_text(json.dumps({"built_at": BUILT, "password": "x"}), encoding="utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "late.csv").write_text("source,external_id\n", encoding="utf-8")
    settings = Settings(data_dir=tmp_path, database_url=database_url, secret_key="t" * 48, demo=True, testing=True)
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False)
    with clock.frozen("2026-11-19T07:00:00"):
        add_cast()
    with clock.frozen("2026-11-19T10:00:00"):
        yield app
    db.session.remove()
    db.engine().dispose()


@pytest.fixture
def visitor(demo: Flask) -> FlaskClient:
    """Somebody who has not logged in."""
    return demo.test_client()


def test_there_are_twelve_steps_in_order() -> None:
    assert [step.number for step in STEPS] == list(range(1, 13))
    assert find_step(STEPS, 13) is None


def test_outside_the_demo_there_is_no_tour(app: Flask, client: FlaskClient) -> None:
    assert client.get("/tour").status_code == 404
    assert client.post("/tour/person", data={"email": ANA}).status_code == 404


def test_every_door_of_a_step_leads_to_a_page(demo: Flask) -> None:
    pages = {door.page for step in STEPS for door in step.doors} - {"claim"}
    assert pages - set(demo.view_functions) == set()


def test_every_view_of_the_demo_is_public_and_at_its_address(demo: Flask) -> None:
    views = {name: view for name, view in demo.view_functions.items() if name.startswith("demo.")}
    assert {door_of(view) for view in views.values()} == {PUBLIC}
    assert {f"demo.{view.__name__}" for view in views.values()} == set(views)


def test_the_page_is_sound_and_begins_with_the_second_step(visitor: FlaskClient) -> None:
    page = visitor.get("/tour").text
    assert faults(page) == []
    assert "1 of 12 done" in page
    assert "1,860 stars" in page
    assert "portal explain accessories-clothing-volume AW00000290 2026-07-01" in page
    assert "examples/plans/accessories-clothing-volume-whole.yaml --by manager@demo.example" in page


def test_one_click_opens_the_page_as_the_right_person_and_ticks_the_step(visitor: FlaskClient) -> None:
    answer = visitor.post("/tour/2/go", data={"door": 0})
    assert answer.status_code == 303
    assert "Sol Reyes" in visitor.get(answer.headers["Location"]).text
    assert "2 of 12 done" in visitor.get("/tour").text


def test_the_next_step_changes_the_person_and_ends_the_session_before(demo: Flask, visitor: FlaskClient) -> None:
    visitor.post("/tour/2/go", data={"door": 0})
    old = demo.test_client()
    stolen = visitor.get_cookie("portal")
    assert stolen is not None
    old.set_cookie("portal", stolen.value)
    answer = visitor.post("/tour/5/go", data={"door": 0})
    assert answer.headers["Location"] == "/claims/queue"
    assert "Tess Moran" in visitor.get("/").text
    assert old.get("/").status_code == 303


def test_who_is_that_person_already_stays_logged_in(visitor: FlaskClient) -> None:
    visitor.post("/tour/person", data={"email": TESS})
    with transaction() as session:
        before = session.scalar(select(func.count()).select_from(UserSession))
    assert visitor.post("/tour/5/go", data={"door": 0}).headers["Location"] == "/claims/queue"
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == before == 1


@pytest.mark.parametrize(("path", "form"), [("/tour/2/go", {"door": 7}), ("/tour/99/go", {"door": 0}),
                                            ("/tour/person", {"email": "nobody@demo.example"}),
                                            ("/tour/person", {})])  # fmt: skip
def test_a_wrong_wish_finds_nothing(visitor: FlaskClient, path: str, form: dict[str, object]) -> None:
    assert visitor.post(path, data=form).status_code == 404


def test_the_claim_of_a_later_step_waits_until_it_is_filed(visitor: FlaskClient) -> None:
    answer = visitor.post("/tour/7/go", data={"door": 0})
    assert answer.headers["Location"] == "/tour"


def test_a_step_is_done_when_all_its_parts_were() -> None:
    step = find_step(STEPS, 5)
    assert step is not None
    approved = Entry("claim.approved", TESS, "C-1042 FB-1042")
    asked, together = Entry("claim.information_requested", TESS), Entry("claims.approved_together", TESS)
    assert not step.is_done([approved, asked])
    assert step.is_done([approved, asked, together])
    assert not step.is_done([Entry("claim.approved", ANA, "C-1042 FB-1042"), asked, together])


def test_acts_are_told_apart_by_who_and_what() -> None:
    entries = [Entry("order.placed", ANA, "R-2001")]
    assert acted("order")(entries)
    assert not acted("order.placed", by=TESS)(entries)
    assert not acted("order.placed", about="R-2002")(entries)
    assert not acted("ord")(entries)
    assert opened(2)([Entry("tour.opened", ANA, "See", "2")])


def test_samples_are_downloads_and_nothing_else_is(visitor: FlaskClient) -> None:
    answer = visitor.get("/tour/files/late.csv")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert visitor.get("/tour/files/demo.json").status_code == 404


def test_mail_is_read_with_its_links(demo: Flask, visitor: FlaskClient) -> None:
    settings: Settings = demo.extensions["settings"]
    message = build_message(settings, ANA, "You are invited", "Open http://localhost:8000/invitations/abc now.", None)
    send_message(settings, message)
    listed = visitor.get("/tour/mail").text
    assert faults(listed) == []
    assert "You are invited" in listed
    name = next((settings.data_dir / "mail").glob("*.eml")).name
    shown = visitor.get(f"/tour/mail/{name}").text
    assert faults(shown) == []
    assert 'href="/invitations/abc"' in shown


@pytest.mark.parametrize("name", ["none.eml", "..%2Fdemo.json", "demo.json"])
def test_only_messages_of_the_folder_are_shown(visitor: FlaskClient, name: str) -> None:
    assert visitor.get(f"/tour/mail/{name}").status_code == 404
