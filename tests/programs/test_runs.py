"""Runs: what is owed is posted once, as a difference, in the period it belongs to."""

import datetime as dt

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import FourEyes, InvalidInput
from portal.ledger.models import LedgerEntry
from portal.ledger.queries import balances
from portal.programs.definitions.services import publish_version
from portal.programs.runs.jobs import close_periods, run_full
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.services import preview_lines, run_for
from portal.programs.runs.values import PreviewLine
from portal.security.viewer import SYSTEM
from tests.programs.channel import SPRINT, VOLUME, Channel, make_channel, publish, sell


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


def total(owner_id: int, unit: str) -> int:
    found = balances(owner_id).get(unit)
    return found.pending + found.available + found.debt if found else 0


def test_a_run_posts_the_earning_to_the_cent(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    run_full()
    assert total(channel.shop.owner_id, "USD") == 4637


def test_a_second_run_posts_nothing(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    assert run_full().posted == 1
    assert run_full().posted == 0


def test_bikes_do_not_count(channel: Channel):
    sell(channel, "BK-1", 1, 500000, "2026-07-14")
    run_full()
    assert total(channel.shop.owner_id, "USD") == 0


def test_a_linked_return_takes_back_what_its_line_earned(channel: Channel):
    line = sell(channel, "WB-1", 10, 202177, "2026-07-14")
    run_full()
    sell(channel, "WB-1", -3, -21600, "2026-08-09", returns=line, origin="2026-07-14")
    assert run_full().posted == 1
    assert total(channel.shop.owner_id, "USD") == 3773


def test_a_late_return_into_a_locked_period_is_a_prior_period_adjustment(channel: Channel):
    line = sell(channel, "WB-1", 10, 202177, "2026-07-14")
    with clock.frozen("2026-10-05T10:00"):
        assert close_periods() > 0
    with clock.frozen("2026-11-06T10:00"):
        sell(channel, "WB-1", -3, -21600, "2026-11-06", returns=line, origin="2026-07-14")
        run_full()
        entry = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
    assert entry.prior_period
    assert entry.period_start == dt.date(2026, 7, 1)
    assert entry.accounting_date == dt.date(2026, 11, 6)
    assert total(channel.shop.owner_id, "USD") == 3773


def test_what_is_no_longer_computed_is_taken_back(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    run_full()
    publish(channel, VOLUME.replace("[Accessories, Clothing]", "[Nothing]"), inside_period="recalculate")
    run_full()
    assert total(channel.shop.owner_id, "USD") == 0


def test_an_earlier_time_is_only_looked_at(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    with clock.frozen("2026-08-11T10:00"):
        run_full()
        looked = run_full(as_of=clock.parse_moment("2026-08-10T09:00"))
    assert looked.posted is None
    assert looked.earnings.height == 0


def test_a_time_to_come_is_refused(channel: Channel):
    with pytest.raises(InvalidInput, match="future"):
        run_full(as_of=clock.now() + dt.timedelta(days=1))


def test_only_the_touched_participants_are_posted(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    sell(channel, "WB-1", 10, 50000, "2026-07-14", partner=channel.rival)
    with transaction():
        posted = run_for(partner_ids={channel.shop.id}, reason="one shop", by=SYSTEM)
    assert [(p.program_code, p.amount) for p in posted] == [("volume", 4637)]
    assert total(channel.rival.owner_id, "USD") == 0
    assert run_full().posted == 1


def test_a_touched_run_sees_what_its_own_transaction_wrote(channel: Channel):
    sell(channel, "HL-1", 3, 10497, "2026-08-09", flow="sell_out", seller=channel.seller)
    with transaction():
        posted = run_for(
            partner_ids={channel.shop.id},
            seller_ids={channel.seller.id},
            reason="claim",
            by=SYSTEM,
            days=(dt.date(2026, 8, 9), dt.date(2026, 8, 9)),
        )
    assert [(p.participant_kind, p.unit, p.amount) for p in posted] == [("person", "points", 120)]
    assert run_full().posted == 0


def test_a_run_limited_to_days_leaves_other_periods_alone(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-04-14")
    run_full()
    sell(channel, "WB-1", 1, 10000, "2026-08-09")
    with transaction():
        posted = run_for(
            partner_ids={channel.shop.id}, reason="one day", by=SYSTEM, days=(dt.date(2026, 8, 9), dt.date(2026, 8, 9))
        )
    assert [p.amount for p in posted] == [100]
    assert total(channel.shop.owner_id, "USD") == 4737


@pytest.mark.parametrize(("answer", "person", "company"), [("forbidden", 0, 0), ("to_company", 0, 120)])
def test_the_employers_answer_decides_who_gets_the_stars(db, answer: str, person: int, company: int):
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel(answer=answer)
        sell(channel, "HL-1", 3, 10497, "2026-08-09", flow="sell_out", seller=channel.seller)
        run_full()
    assert total(channel.seller.owner_id, "points") == person
    assert total(channel.shop.owner_id, "points") == company


def test_a_preview_says_what_each_line_would_earn(channel: Channel):
    lines = [
        PreviewLine(channel.products[sku].id, count, 3499, "USD")
        for sku, count in [("HL-1", 3), ("HL-2", 1), ("WB-1", 1)]
    ]
    found = preview_lines(
        seller_id=channel.seller.id, partner_id=channel.shop.id, sold_on=dt.date(2026, 8, 10), lines=lines
    )
    assert [line.points for line in found] == [120, 40, 0]
    assert found[0].programs == ["sprint"]
    assert found[2].reason == "In no program"


def test_the_writer_of_a_version_cannot_approve_it(channel: Channel):
    with pytest.raises(FourEyes, match="Sam Idris can"), transaction():
        publish_version(SPRINT, by=channel.manager, approved_by=channel.manager)


def test_groups_remember_measure_band_and_version(channel: Channel):
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    run_full()
    group = session.scalars(select(EarnedGroup)).one()
    assert (group.measure, group.earned, group.posted, group.version_number) == (202177, 4637, 4637, 1)
