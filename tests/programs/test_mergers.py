"""Shops that become one, or two: joint from a day on, undone to the cent, refused once a period is locked."""

import datetime as dt

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict, InvalidInput
from portal.ledger.models import LedgerEntry
from portal.ledger.queries import balances
from portal.partners.mergers.queries import list_mergers_of
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import find_partner_by_code
from portal.partners.people.models import Person
from portal.partners.people.queries import list_employments
from portal.partners.people.services import add_person
from portal.programs.mergers.jobs import begin_mergers
from portal.programs.mergers.rules import PeriodIsLocked
from portal.programs.mergers.services import NewShop, Outcome, merge_partners, split_partner, undo_merger
from portal.programs.runs.explanations import explain
from portal.programs.runs.jobs import close_periods, run_full
from portal.programs.runs.models import EarnedGroup
from portal.sales.activities import importing as activities
from tests.people import fresh
from tests.programs.channel import Channel, make_channel, publish, sell

JULY, MID_JULY = dt.date(2026, 7, 1), dt.date(2026, 7, 20)
GROWTH = """
code: growth
name: Growth bonus
kind: growth
effective: {from: 2026-01-01}
period: quarter
grace_days: 0
pay: {in: USD}
qualify: {categories: [Bikes]}
components:
  - {code: growth, method: growth, measure: revenue, scope: excess, bands: [{from: 110, percent: 10}]}
"""
DEMOS = """
code: demos
name: More demos
kind: growth
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
components:
  - {code: demos, method: growth, measure: "activity:demos", scope: whole,
     bands: [{from: 110, fixed: 50}, {from: 200, fixed: 100}]}
"""


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


@pytest.fixture
def sold(channel: Channel) -> Channel:
    """2,000.00 and 3,000.00 in the third quarter, 1,000.00 of the old shop in the second; all posted."""
    sell(channel, "WB-1", 10, 200000, "2026-07-14")
    sell(channel, "WB-1", 10, 100000, "2026-07-05", partner=channel.rival)
    sell(channel, "WB-1", 10, 200000, "2026-07-25", partner=channel.rival)
    sell(channel, "WB-1", 10, 100000, "2026-06-05", partner=channel.rival)
    run_full()
    return channel


def merge(channel: Channel, day: dt.date = JULY, *, move_balance: bool = False) -> Outcome:
    with transaction():
        return merge_partners(
            fresh(channel.rival), fresh(channel.shop), valid_from=day, reason="one owner", by=channel.manager,
            move_balance=move_balance,
        )  # fmt: skip


def undo(channel: Channel) -> Outcome:
    with transaction():
        merger = list_mergers_of(channel.rival.id)[0]
        return undo_merger(merger, reason="it was a mistake", by=channel.manager)


def earned(program: str = "volume") -> dict[tuple[int, str], int]:
    query = select(EarnedGroup).where(EarnedGroup.component == program)
    return {(row.participant_id, row.period_start.isoformat()): row.posted for row in session.scalars(query)}


def owned(partner: Partner) -> int:
    found = balances(partner.owner_id).get("USD")
    return found.owned if found else 0


def test_the_bands_of_merged_shops_are_climbed_together(sold: Channel):
    shop, rival = sold.shop, sold.rival
    assert earned() == {(shop.id, "2026-07-01"): 4550, (rival.id, "2026-07-01"): 8550, (rival.id, "2026-04-01"): 1750}
    outcome = merge(sold)
    assert earned() == {(shop.id, "2026-07-01"): 17050, (rival.id, "2026-07-01"): 0, (rival.id, "2026-04-01"): 1750}
    assert sorted(one.amount for one in outcome.posted) == [-8550, 12500]
    assert (owned(shop), owned(rival)) == (17050, 1750)


def test_inside_a_quarter_lines_before_the_day_stay_with_the_old_shop(sold: Channel):
    merge(sold, MID_JULY)
    assert earned()[sold.shop.id, "2026-07-01"] == 12550
    assert earned()[sold.rival.id, "2026-07-01"] == 1750


def test_a_full_run_after_a_merger_finds_nothing_to_post(sold: Channel):
    merge(sold, MID_JULY)
    assert run_full().posted == 0


def test_a_late_line_under_the_old_code_is_calculated_for_both(sold: Channel):
    merge(sold)
    sell(sold, "WB-1", 1, 100000, "2026-08-01", partner=sold.rival)
    assert run_full().posted == 1
    assert earned()[sold.shop.id, "2026-07-01"] == 22050


def test_a_return_goes_where_its_sale_was_counted(sold: Channel):
    line = sell(sold, "WB-1", 10, 100000, "2026-06-20", partner=sold.rival)
    merge(sold)
    sell(sold, "WB-1", -10, -100000, "2026-08-02", partner=sold.rival, returns=line, origin="2026-06-20")
    run_full()
    assert earned() == {
        (sold.shop.id, "2026-07-01"): 17050, (sold.rival.id, "2026-07-01"): 0, (sold.rival.id, "2026-04-01"): 1750,
    }  # fmt: skip


def test_undoing_restores_every_cent_and_every_person(sold: Channel):
    with transaction():
        person = add_person("rob@rival.example", "Rob Vance", "seller", fresh(sold.rival))
    before, owned_before = earned(), (owned(sold.shop), owned(sold.rival))
    merge(sold, move_balance=True)
    assert fresh(sold.rival).state == "closed"
    assert session.get_one(Person, person.id).partner_id == sold.shop.id
    undo(sold)
    assert earned() == before
    assert (owned(sold.shop), owned(sold.rival)) == owned_before
    assert fresh(sold.rival).state == "active"
    assert session.get_one(Person, person.id).partner_id == sold.rival.id
    assert [(job.partner_id, job.ended_on) for job, _ in list_employments(person.id)] == [(sold.rival.id, None)]
    assert run_full().posted == 0
    with pytest.raises(Conflict, match="undone already"):
        undo(sold)


def test_a_balance_goes_over_and_comes_back_when_asked(sold: Channel):
    outcome = merge(sold, move_balance=True)
    assert outcome.moved == {"USD": 1750}
    assert (owned(sold.shop), owned(sold.rival)) == (18800, 0)
    reason = session.scalars(select(LedgerEntry.reason).where(LedgerEntry.kind == "transfer")).one()
    assert reason == "Permanent Finish is part of Friendly Bike Shop: one owner"
    undo(sold)
    assert (owned(sold.shop), owned(sold.rival)) == (4550, 10300)


def test_undoing_is_refused_once_a_period_is_locked(sold: Channel):
    merge(sold)
    with clock.frozen("2026-10-05T10:00"):
        assert close_periods() > 0
        with pytest.raises(PeriodIsLocked, match=r"Volume rebate, 2026-07-01 to 2026-09-30, is locked"):
            undo(sold)


def test_a_day_inside_a_locked_period_is_refused_with_the_first_one_that_is_not(sold: Channel):
    with clock.frozen("2026-10-05T10:00"):
        close_periods()
        with pytest.raises(PeriodIsLocked, match=r"name 2026-10-01 or a later day"):
            merge(sold)
        assert list_mergers_of(sold.rival.id) == []
        merge(sold, dt.date(2026, 10, 1))


def test_what_was_known_before_the_merger_is_explained_without_it(sold: Channel):
    before = clock.now()
    with clock.frozen("2026-08-11T10:00"):
        merge(sold)
        assert explain("volume", "partner", sold.shop.id, "SHOP", JULY).earned == 17050
        assert explain("volume", "partner", sold.shop.id, "SHOP", JULY, as_of=before).earned == 4550
        undo_at = clock.now()
    with clock.frozen("2026-08-12T10:00"):
        undo(sold)
        assert explain("volume", "partner", sold.shop.id, "SHOP", JULY).earned == 4550
        assert explain("volume", "partner", sold.shop.id, "SHOP", JULY, as_of=undo_at).earned == 17050


def test_merged_partners_add_their_baselines_from_the_day_of_the_merger(channel: Channel):
    publish(channel, GROWTH)
    for day, amount in (("2025-07-10", 100000), ("2026-07-10", 200000)):
        sell(channel, "BK-1", 1, amount, day)
    for day, amount in (("2025-07-05", 50000), ("2025-07-25", 150000), ("2026-07-05", 100000), ("2026-07-25", 200000)):
        sell(channel, "BK-1", 1, amount, day, partner=channel.rival)
    run_full()
    assert earned("growth") == {(channel.shop.id, "2026-07-01"): 10000, (channel.rival.id, "2026-07-01"): 10000}
    merge(channel, MID_JULY)
    # 4,000.00 against 1,000.00 + 1,500.00 (sold since 20 July a year before), and 1,000.00 against 500.00
    assert earned("growth") == {(channel.shop.id, "2026-07-01"): 15000, (channel.rival.id, "2026-07-01"): 5000}
    told = explain("growth", "partner", channel.shop.id, "SHOP", JULY)
    assert (told.earned, told.components[0].fact.baseline) == (15000, 250000)
    undo(channel)
    assert earned("growth") == {(channel.shop.id, "2026-07-01"): 10000, (channel.rival.id, "2026-07-01"): 10000}


def test_a_split_sends_the_lines_of_its_people_to_the_new_code(sold: Channel):
    sell(sold, "HL-1", 1, 300000, "2026-07-28", seller=sold.seller)
    run_full()
    assert earned()[sold.shop.id, "2026-07-01"] == 17050
    with transaction():
        outcome = split_partner(
            fresh(sold.shop), NewShop("SHOP-2", "Friendly Bikes South"), people=[fresh(sold.seller)],
            valid_from=MID_JULY, reason="a shop of its own", by=sold.manager,
        )  # fmt: skip
    new = find_partner_by_code("SHOP-2")
    assert new is not None
    assert outcome.people == 1
    assert (new.tier, new.territory_id) == (sold.shop.tier, sold.shop.territory_id)
    assert earned()[sold.shop.id, "2026-07-01"] == 4550
    assert earned()[new.id, "2026-07-01"] == 8550
    assert session.get_one(Person, sold.seller.id).partner_id == new.id
    with transaction():
        undo_merger(list_mergers_of(sold.shop.id)[0], reason="not yet", by=sold.manager)
    assert earned()[sold.shop.id, "2026-07-01"] == 17050
    assert earned()[new.id, "2026-07-01"] == 0
    assert session.get_one(Person, sold.seller.id).partner_id == sold.shop.id


def test_a_merger_of_a_day_to_come_waits_for_it(sold: Channel):
    outcome = merge(sold, dt.date(2026, 8, 20))
    assert outcome.posted == []
    assert fresh(sold.rival).state == "active"
    with clock.frozen("2026-08-20T01:00"):
        assert begin_mergers() == 1
        assert fresh(sold.rival).state == "closed"
        assert begin_mergers() == 0


@pytest.mark.one_database
def test_what_makes_no_sense_is_refused_in_words(sold: Channel):
    with pytest.raises(InvalidInput, match="two different"), transaction():
        merge_partners(fresh(sold.shop), fresh(sold.shop), valid_from=JULY, reason="x", by=sold.manager)
    with pytest.raises(InvalidInput, match="within the next year"):
        merge(sold, dt.date(2030, 1, 1))
    with pytest.raises(InvalidInput, match="Say why"), transaction():
        merge_partners(fresh(sold.rival), fresh(sold.shop), valid_from=JULY, reason=" ", by=sold.manager)
    merge(sold)
    with pytest.raises(Conflict, match="part of Friendly Bike Shop already"), transaction():
        merge_partners(fresh(sold.shop), fresh(sold.rival), valid_from=JULY, reason="back", by=sold.manager)
    with pytest.raises(InvalidInput, match="at least one person"), transaction():
        split_partner(
            fresh(sold.shop), NewShop("N", "N"), people=[], valid_from=JULY, reason="x", by=sold.manager
        )  # fmt: skip


@pytest.mark.one_database
def test_every_step_stands_in_the_audit_log(sold: Channel):
    merge(sold)
    undo(sold)
    steps = ["partner.merged", "partner.closed", "partner.reopened", "merger.undone"]
    query = select(AuditEntry.act).where(AuditEntry.act.in_(steps)).order_by(AuditEntry.id)
    assert list(session.scalars(query)) == steps


def test_growth_on_activities_stands_against_the_joint_baseline(channel: Channel):
    publish(channel, DEMOS)
    days = {"2025-08-03": (4, "SHOP"), "2025-08-04": (6, "RIVAL"), "2026-07-10": (15, "SHOP")}
    rows = [
        {"external_id": f"D{day}", "participant": code, "metric": "demos", "quantity": str(count), "done_on": day}
        for day, (count, code) in days.items()
    ]
    with transaction():
        activities.import_rows(enumerate(rows, 2), "lms")
    run_full()
    group = select(EarnedGroup.baseline, EarnedGroup.posted).where(
        EarnedGroup.component == "demos",
        EarnedGroup.participant_id == channel.shop.id,
        EarnedGroup.period_start == JULY,
    )
    assert session.execute(group).one() == (4, 10_000)
    merge(channel)
    assert session.execute(group).one() == (10, 5_000)
