"""Badges are made, changed and retired in the browser; who has one keeps it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEntry
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.gamification.badges.listeners import award_after_rule
from portal.gamification.badges.models import Badge, BadgeAward
from portal.gamification.badges.queries import badges_of, campaigns_by_code, get_badge, goals_in
from portal.gamification.badges.rules import GLYPHS, Rule, parse_rule, propose_code
from portal.gamification.badges.services import award_badges_for
from portal.partners.people.models import Person
from portal.security.viewer import Role, Viewer
from tests.conventions.markup import faults
from tests.gamification.field import Field, make_field

As = Callable[[Person | Viewer], FlaskClient]
STATIC = Path(__file__).parents[3] / "portal" / "static"
TEN = {
    "name": "Ten helmets", "sentence": "Ten helmets in one sprint.", "count": "units", "at": "10",
    "sales": "program:helmet-sprint", "glyph": "helmet",
}  # fmt: skip


@pytest.fixture
def field(app: Flask) -> Field:
    """Shops, sellers and a sprint; Ana sold 12 helmets and Petra Novak 4."""
    with app.app_context():
        field = make_field()
        field.sold(field.ana, 12, day="2026-08-03")
        field.sold(field.sellers["Novak"], 4)
        for row in (field.ana, *field.sellers.values(), *field.shops.values(), *field.channel.products.values()):
            session.refresh(row)
    return field


def make(client: FlaskClient, **changes: str) -> Any:
    """Send the form of a new badge."""
    return client.post("/badges/new", data=TEN | changes)


def deliver() -> None:
    """What the worker does with a new rule."""
    with transaction():
        award_after_rule({"code": "ten-helmets"})


def holders(code: str) -> list[str]:
    """The names of those who hold a badge."""
    session.rollback()
    query = session.query(Person.name).join(BadgeAward, BadgeAward.person_id == Person.id)
    return sorted(name for (name,) in query.join(Badge, Badge.id == BadgeAward.badge_id).filter(Badge.code == code))


def acts() -> list[str]:
    """What the audit log says about badges that people made."""
    session.rollback()
    query = session.query(AuditEntry.act).filter(AuditEntry.act.startswith("badge."), AuditEntry.act != "badge.awarded")
    return [act for (act,) in query.filter(AuditEntry.actor_id.is_not(None)).order_by(AuditEntry.id)]


def test_a_badge_is_made_and_whoever_did_it_already_gets_it_with_the_day(field: Field, as_: As) -> None:
    manager = as_(field.channel.manager)
    made = make(manager)
    assert (made.status_code, made.location) == (303, "/badges/ten-helmets")
    assert session.query(OutboxRow).filter_by(fact="BadgeRuleSet").count() == 1
    deliver()
    assert holders("ten-helmets") == [field.ana.name]
    view = next(view for view in badges_of(field.ana.id) if view.badge.code == "ten-helmets")
    assert view.earned_on == dt.date(2026, 8, 3)
    page = manager.get("/badges/ten-helmets").text
    assert faults(page) == []
    assert "Given for 10 helmets sold in Helmet sprint and credited to the seller." in page
    assert field.ana.name in page
    assert "4 of 10 helmets" in as_(field.sellers["Novak"]).get("/badges").text
    assert acts() == ["badge.added"]


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(field: Field, as_: As) -> None:
    manager = as_(field.channel.manager)
    assert faults(manager.get("/badges/new").text) == []
    for changes, sentence in (
        ({"name": "first SALE"}, "There is already a badge called “first SALE”."),
        ({"name": ""}, "A badge needs a name."),
        ({"name": "a\x00b"}, "invisible control character"),
        ({"at": "ten"}, "This is no whole number."),
        ({"at": "0"}, "Write a number from 1 to"),
        ({"glyph": "unicorn"}, "Choose one from the list."),
        ({"count": "luck"}, "Choose one from the list."),
        ({"sales": "program:gone"}, "Choose one from the list."),
        ({"count": "approved_claims"}, "Claims and stars are counted whatever was sold."),
        ({"count": "categories", "at": "5", "sales": "flow:sell_out"}, "make 4 families, so nobody could reach 5."),
        ({"count": "categories", "at": "2"}, "make 1 family, so nobody could reach 2."),
    ):
        refused = make(manager, sentence="Typed by hand.", **changes)
        assert refused.status_code == 422, changes
        assert sentence in refused.text, changes
        assert "Typed by hand." in refused.text
        assert faults(refused.text) == []
    assert session.query(Badge).count() == 5


def test_each_kind_of_rule_reads_in_words_before_it_is_made(field: Field, as_: As) -> None:
    manager = as_(field.channel.manager)
    for changes, words in (
        ({}, "Given for 10 helmets sold in Helmet sprint and credited to you."),
        ({"sales": "flow:sell_through"}, "Given for 10 units sold by distributors to resellers and credited to you."),
        ({"sales": "flow:sell_out", "count": "categories", "at": "2"}, "Given for sales from 2 product families."),
        ({"count": "categories", "at": "1"}, "Given for sales from 1 product family in Helmet sprint."),
        ({"sales": "flow:sell_out", "count": "approved_claims"}, "Given for 10 approved claims."),
        ({"sales": "flow:sell_out", "count": "points_earned", "at": "1000"}, "Given for 1,000 stars earned."),
        ({"at": ""}, "Type what counts and at which number"),
    ):
        shown = manager.get("/badges/preview", query_string=TEN | changes)
        assert shown.status_code == 200
        assert words in shown.text, changes
    assert manager.get("/badges/preview").status_code == 200


def test_another_rule_takes_nothing_from_those_who_have_it(field: Field, as_: As) -> None:
    manager = as_(field.channel.manager)
    make(manager)
    deliver()
    form = manager.get("/badges/ten-helmets/change").text
    assert faults(form) == []
    assert "The 1 person who has it keeps it" in form
    changed = manager.post("/badges/ten-helmets/change", data=TEN | {"name": "Three helmets", "at": "3"})
    assert changed.status_code == 303
    deliver()
    assert holders("ten-helmets") == sorted([field.ana.name, "Petra Novak"])
    manager.post("/badges/ten-helmets/change", data=TEN | {"name": "Many helmets", "at": "500"})
    deliver()
    assert holders("ten-helmets") == sorted([field.ana.name, "Petra Novak"])
    assert acts() == ["badge.added", "badge.changed", "badge.changed"]
    assert (
        manager.post("/badges/ten-helmets/change", data=TEN | {"name": "Many helmets", "at": "500"}).status_code == 303
    )
    assert acts() == ["badge.added", "badge.changed", "badge.changed"]
    wrong = manager.post("/badges/ten-helmets/change", data=TEN | {"name": "First sale"})
    assert (wrong.status_code, "There is already a badge called" in wrong.text) == (422, True)


def test_a_retired_badge_stays_with_those_who_have_it_and_goes_to_nobody_else(field: Field, as_: As) -> None:
    manager, novak = as_(field.channel.manager), field.sellers["Novak"]
    make(manager)
    deliver()
    assert manager.post("/badges/ten-helmets/retire").status_code == 303
    assert manager.post("/badges/ten-helmets/retire").status_code == 303
    field.sold(novak, 20)
    with transaction():
        award_badges_for([novak.id, field.ana.id])
    assert holders("ten-helmets") == [field.ana.name]
    assert "Yours since 3 August 2026" in as_(field.ana).get("/badges/ten-helmets").text
    assert as_(novak).get("/badges/ten-helmets").status_code == 404
    assert "Ten helmets" not in as_(novak).get("/badges").text
    assert goals_in(campaigns_by_code()["helmet-sprint"]) == [25]
    page = manager.get("/badges/ten-helmets").text
    assert faults(page) == []
    assert "Given to nobody else since 15 August 2026." in page
    assert "Ten helmets" in manager.get("/badges?state=retired").text
    assert manager.post("/badges/ten-helmets/change", data=TEN | {"at": "11"}).status_code == 303
    assert parse_rule(get_badge("ten-helmets").rule) == Rule(
        "units", 11, "sell_out", "helmet-sprint", dt.date(2026, 8, 15)
    )
    assert manager.post("/badges/ten-helmets/restore").status_code == 303
    deliver()
    assert holders("ten-helmets") == sorted([field.ana.name, "Petra Novak"])
    assert acts() == ["badge.added", "badge.retired", "badge.changed", "badge.restored"]


def test_an_installation_without_badges_says_how_they_begin(app: Flask, as_: As) -> None:
    manager = Viewer(person_id=1, role=Role.CHANNEL_MANAGER, name="Tess", email="tess@example.com")
    auditor = Viewer(person_id=2, role=Role.AUDITOR, name="Otto", email="otto@example.com")
    page = as_(manager).get("/badges").text
    assert faults(page) == []
    assert "There is no badge yet." in page
    assert "/badges/new" in page
    assert "/badges/new" not in as_(auditor).get("/badges").text
    assert "nobody could reach 1." in make(as_(manager), count="categories", at="1", sales="flow:sell_out").text
    first = make(as_(manager), count="approved_claims", sales="flow:sell_out", name="Zehn Anträge!")
    assert first.location == "/badges/zehn-antrage"


def test_an_auditor_reads_badges_and_makes_none(field: Field, as_: As) -> None:
    auditor = as_(Viewer(person_id=90, role=Role.AUDITOR, name="Otto", email="otto@example.com"))
    assert auditor.get("/badges/first-sale").status_code == 200
    assert "Retire" not in auditor.get("/badges/first-sale").text
    assert auditor.get("/badges/new").status_code == 403
    assert auditor.post("/badges/first-sale/retire").status_code == 403
    assert as_(field.ana).post("/badges/first-sale/change", data=TEN).status_code == 403


def test_an_address_is_made_of_the_name_and_never_of_a_page() -> None:
    assert propose_code("Helmet sprint 25", set()) == "helmet-sprint-25"
    assert propose_code("New", set()) == "new-2"
    assert propose_code("日本", {"badge"}) == "badge-2"
    assert len(propose_code("x" * 120, set())) == 50


def test_every_picture_that_can_be_chosen_is_drawn() -> None:
    drawn = set(re.findall(r' id="([^"]+)"', (STATIC / "img" / "badges.svg").read_text(encoding="utf-8")))
    assert drawn - {"coin", "coin-small"} == set(GLYPHS)
