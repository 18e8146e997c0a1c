"""Holds, captures, releases and payouts."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.ledger import services
from portal.ledger.errors import AlreadySettled, NoSuchHold, NotEnough, NotReversible, UnusableAmount
from portal.ledger.models import EntryKind
from portal.ledger.queries import Balance, available, living_lots, postings_of
from tests.ledger.cast import TODAY, balance, earn, owner, proved

Db = scoped_session[Session]


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_an_order_is_held_then_captured_once(db: Db) -> None:
    shop = owner()
    earn(shop, 2020, "a", hold_days=0)
    with transaction():
        held = services.hold(shop, "points", 2000, "R-2001", "order R-2001", actor_person_id=7)
        assert services.hold(shop, "points", 2000, "R-2001").id == held.id
    assert balance(shop) == Balance(available=20, held=2000)
    assert available(shop, "points") == 20
    with transaction():
        captured = services.capture("R-2001")
        assert services.capture("R-2001").id == captured.id
    assert (captured.kind, captured.reverses_entry_id, captured.reference) == ("capture", held.id, "order R-2001")
    assert balance(shop) == Balance(available=20, paid=2000)
    with transaction(), pytest.raises(AlreadySettled, match="handed over already"):
        services.release("R-2001")
    assert proved()


def test_more_than_is_available_is_refused_in_words_and_nothing_is_taken(db: Db) -> None:
    shop = owner()
    earn(shop, 20, "a", hold_days=0)
    earn(shop, 5000, "b")
    with (
        pytest.raises(NotEnough, match="2,000 points are needed and 20 points are available, so 1,980 points"),
        transaction(),
    ):
        services.hold(shop, "points", 2000, "R-1")
    assert balance(shop) == Balance(available=20, pending=5000)


def test_a_negative_hold_is_refused(db: Db) -> None:
    shop = owner()
    earn(shop, 20, "a", hold_days=0)
    with pytest.raises(UnusableAmount), transaction():
        services.hold(shop, "points", -5, "R-1")


def test_points_are_spent_first_expiring_first_and_a_release_restores_the_very_lots(db: Db) -> None:
    shop = owner()
    late = earn(shop, 50, "a", hold_days=0, expires_on=in_days(300))
    never = earn(shop, 50, "b", hold_days=0)
    soon = earn(shop, 50, "c", hold_days=0, expires_on=in_days(100))
    before = [(lot.entry_id, lot.available, lot.expires_on) for lot in living_lots(shop, "points")]
    with transaction():
        services.hold(shop, "points", 120, "R-1")
    left = {lot.entry_id: (lot.available, lot.held) for lot in living_lots(shop, "points")}
    assert left == {soon.id: (0, 50), late.id: (0, 50), never.id: (30, 20)}
    with transaction():
        released = services.release("R-1")
        assert services.release("R-1").id == released.id
    assert [(lot.entry_id, lot.available, lot.expires_on) for lot in living_lots(shop, "points")] == before
    with transaction(), pytest.raises(AlreadySettled, match="given back already"):
        services.capture("R-1")
    assert proved()


def test_points_we_give_back_live_at_least_thirty_days_more(db: Db) -> None:
    shop = owner()
    earn(shop, 80, "a", hold_days=0, expires_on=in_days(5))
    with transaction():
        services.hold(shop, "points", 50, "R-1")
        services.release("R-1", reason="Out of stock.")
    lots = [(lot.available, lot.expires_on) for lot in living_lots(shop, "points")]
    assert lots == [(30, in_days(5)), (50, in_days(30))]
    assert proved()


@pytest.mark.parametrize(("days_later", "expected"), [(2, 5), (5, 6), (9, 10)])
def test_a_person_who_cancels_keeps_the_old_date_but_never_one_that_is_over(
    db: Db, days_later: int, expected: int
) -> None:
    shop = owner()
    earn(shop, 50, "a", hold_days=0, expires_on=in_days(5))
    with transaction():
        services.hold(shop, "points", 50, "R-1")
    with clock.frozen(clock.now() + dt.timedelta(days=days_later)), transaction():
        services.release("R-1", min_days=0)
        assert services.expire_due() == 0
    (lot,) = living_lots(shop, "points")
    assert (lot.available, lot.expires_on) == (50, in_days(expected))


def test_what_comes_back_repays_what_was_clawed_back_meanwhile(db: Db) -> None:
    seller = owner("ana@shop.example", "person")
    earn(seller, 100, "a", hold_days=0)
    with transaction():
        services.hold(seller, "points", 100, "R-1")
    earn(seller, -70, "b")
    with transaction():
        services.release("R-1")
    assert balance(seller) == Balance(available=30)
    assert proved()


def test_a_key_without_a_hold_is_refused(db: Db) -> None:
    with pytest.raises(NoSuchHold), transaction():
        services.capture("R-404")


def test_a_payout_that_fails_comes_back_once(db: Db) -> None:
    shop = owner()
    usd = "volume/base/AW1/2026-04-01/USD"
    earn(shop, 4637, "a", hold_days=0, unit="USD", earning_key=usd)
    with transaction():
        paid = services.payout(shop, "USD", 4637, "P-1", "payout 1")
        assert services.payout(shop, "USD", 4637, "P-1").id == paid.id
    assert balance(shop, "USD") == Balance(paid=4637)
    with transaction():
        failed = services.payout_failed("P-1", reason="The bank refused the account.")
        assert services.payout_failed("P-1", reason="again").id == failed.id
    assert failed.kind == EntryKind.PAYOUT_FAILED
    assert balance(shop, "USD") == Balance(available=4637)
    assert sorted((p.account, p.amount) for p in postings_of(failed.id)) == [("available", 4637), ("paid", -4637)]
    assert proved()


def test_held_money_can_be_paid_and_fail_too(db: Db) -> None:
    shop = owner()
    earn(shop, 500, "a", hold_days=0, unit="USD", earning_key="v/b/AW1/2026-04-01/USD")
    with transaction():
        services.hold(shop, "USD", 500, "B-1")
        services.capture("B-1", kind=EntryKind.PAYOUT)
    earn(shop, -200, "b", unit="USD", earning_key="v/b/AW1/2026-04-01/USD")
    assert balance(shop, "USD") == Balance(paid=500, debt=-200)
    with transaction():
        services.payout_failed("B-1", reason="Returned.")
    assert balance(shop, "USD") == Balance(available=300)
    assert proved()


def test_only_a_payout_can_fail(db: Db) -> None:
    shop = owner()
    earn(shop, 50, "a", hold_days=0)
    for key in ("a", "unknown"):
        with pytest.raises(NotReversible, match="No payout"), transaction():
            services.payout_failed(key, reason="x")
