"""Badges are given once, with the day they were earned."""

import datetime as dt

import pytest
import sqlalchemy.exc

from portal.claims.models import Claim, ClaimState
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.gamification.badges.listeners import award_after_batch, award_after_claim, award_after_earnings
from portal.gamification.badges.models import BadgeAward
from portal.gamification.badges.queries import badges_of, find_closest
from portal.gamification.badges.services import award_badges_for, award_everybody, load_badges
from portal.gamification.badges.words import headline, missing_words, progress_words, rule_words
from portal.partners.people.models import Person
from portal.sales.journal.models import SaleLine
from tests.gamification.field import BADGES, Field
from tests.rewards.counting import counted_statements
from tests.rewards.shelf import give


def award(*people: Person) -> list[str]:
    """Give what is due; the codes of the badges given."""
    with transaction():
        given = award_badges_for([person.id for person in people])
        ids = [one.badge_id for one in given]
    return sorted(BADGES[number - 1]["code"] for number in ids)  # type: ignore[misc]


def facts() -> int:
    """How many badges were announced."""
    session.rollback()
    return session.query(OutboxRow).filter_by(fact="BadgeAwarded").count()


def test_the_helmet_badge_comes_with_the_twenty_fifth_helmet(field: Field) -> None:
    field.sold(field.ana, 22, day="2026-08-01")
    assert award(field.ana) == ["first-sale"]
    field.sold(field.ana, 4, day="2026-08-14")
    assert award(field.ana) == ["sprint-25"]
    views = {view.badge.code: view for view in badges_of(field.ana.id)}
    assert views["sprint-25"].earned_on == dt.date(2026, 8, 14)
    assert views["first-sale"].earned_on == dt.date(2026, 8, 1)
    assert views["all-rounder"].state == "open"
    assert views["ten-claims"].state == "far"


def test_asking_again_gives_nothing_again(field: Field) -> None:
    field.sold(field.ana, 30)
    assert award(field.ana) == ["first-sale", "sprint-25"]
    assert award(field.ana) == []
    assert facts() == 2


def test_a_badge_stays_when_helmets_come_back(field: Field) -> None:
    line = field.sold(field.ana, 25)
    award(field.ana)
    field.sold(field.ana, -5, day="2026-08-10", returns=line, origin="2026-08-01")
    award(field.ana)
    view = next(view for view in badges_of(field.ana.id) if view.badge.code == "sprint-25")
    assert (view.state, view.progress.count) == ("earned", 20)


def test_stars_and_families_count(field: Field) -> None:
    give(field.ana, 1000)
    for sku in ("HL-1", "BK-1", "CH-1", "JE-1"):
        field.sold(field.ana, 1, sku=sku)
    assert award(field.ana) == ["all-rounder", "first-sale", "thousand"]


def test_ten_wholly_approved_claims_count(field: Field) -> None:
    with transaction():
        for number in range(11):
            state = ClaimState.APPROVED if number < 10 else ClaimState.PARTIALLY_APPROVED
            session.add(
                Claim(
                    number=f"C-{number}", partner_id=field.channel.shop.id, seller_id=field.ana.id, state=state,
                    entered_by_id=field.ana.id, currency="USD", created_at=clock.now(), saved_at=clock.now(),
                    decided_at=clock.now(),
                )
            )  # fmt: skip
    assert award(field.ana) == ["ten-claims"]


def test_each_fact_gives_what_it_brought(field: Field) -> None:
    line = field.sold(field.ana, 25)
    with transaction():
        award_after_batch({"batch_id": session.get_one(SaleLine, line).batch_id})
    assert facts() == 2
    with transaction():
        award_after_claim({"seller_id": field.ana.id})
        award_after_earnings({"participant_kind": "person", "participant_id": field.ana.id})
        award_after_earnings({"participant_kind": "partner", "participant_id": field.ana.id})
    assert facts() == 2


def test_a_history_is_given_in_silence(field: Field) -> None:
    field.sold(field.ana, 1)
    field.sold(field.sellers["Novak"], 1)
    with transaction():
        assert award_everybody(announce=False) == 2
    with transaction():
        assert award_everybody() == 0
    assert facts() == 0


def test_an_award_cannot_be_changed_or_taken(field: Field) -> None:
    field.sold(field.ana, 1)
    award(field.ana)
    with pytest.raises(sqlalchemy.exc.DatabaseError, match="append-only"), transaction():
        session.execute(BadgeAward.__table__.delete())  # type: ignore[attr-defined]


def test_loading_the_catalog_twice_adds_nothing(field: Field) -> None:
    with transaction():
        assert load_badges({"badges": BADGES}) == 0


def test_the_closest_badge_says_what_is_missing(field: Field) -> None:
    field.sold(field.ana, 22)
    award(field.ana)
    view = find_closest(field.ana.id)
    assert view is not None
    assert view.badge.code == "sprint-25"
    assert missing_words(view.rule, view.progress, view.campaign) == "3 more helmets"
    assert progress_words(view.rule, view.progress, view.campaign) == "22 of 25 helmets"
    assert headline(view.rule, view.campaign) == "25 helmets. The badge is yours."
    assert "25 helmets sold in Helmet sprint" in rule_words(view.rule, view.campaign)


def test_a_hundred_people_cost_no_more_statements_than_one(field: Field) -> None:
    for person in field.sellers.values():
        field.sold(person, 1)
    ids = [person.id for person in field.sellers.values()]
    with transaction(), counted_statements() as sent:
        assert len(award_badges_for(ids, announce=False)) == len(ids)
    assert len(sent) <= 12
