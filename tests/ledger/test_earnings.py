"""Accruals, true-ups, clawbacks: what each does to whom."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.ledger import jobs, services
from portal.ledger.errors import UnusableAmount
from portal.ledger.models import EntryKind
from portal.ledger.queries import Balance, living_lots, postings_of
from tests.ledger.cast import JULY, TODAY, balance, earn, facts, owner, proved, vendor_balances

Db = scoped_session[Session]
OTHER = "volume/base/AW1/2026-07-01/points"


def test_the_first_difference_of_an_earning_accrues_and_the_next_trues_it_up(db: Db) -> None:
    shop = owner()
    first, second = earn(shop, 100, "a"), earn(shop, 60, "b")
    assert (first.kind, second.kind) == (EntryKind.ACCRUE, EntryKind.TRUE_UP)
    assert balance(shop) == Balance(pending=160)
    assert vendor_balances() == {("revenue_reduction", "points"): -160}
    assert [(p.account, p.amount) for p in postings_of(first.id)] == [("pending", 100), ("revenue_reduction", -100)]
    assert proved()


def test_the_same_key_returns_the_first_entry_and_posts_nothing(db: Db) -> None:
    shop = owner()
    first = earn(shop, 100, "a")
    assert earn(shop, 100, "a").id == first.id
    assert balance(shop).pending == 100


def test_without_a_hold_an_earning_is_available_at_once(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a", hold_days=0)
    assert balance(shop) == Balance(available=100)


def test_a_plan_may_count_the_hold_from_another_day(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a", matures_on=TODAY)
    assert balance(shop).available == 100


def test_a_clawback_takes_its_own_pending_then_other_pending_then_available_then_owes(db: Db) -> None:
    shop = owner()
    earn(shop, 10, "old", earning_key=OTHER, hold_days=0)
    earn(shop, 20, "other", earning_key=OTHER)
    earn(shop, 30, "own")
    entry = earn(shop, -35, "back1")
    assert entry.kind == EntryKind.CLAWBACK
    assert balance(shop) == Balance(pending=15, available=10)
    assert [(p.account, p.amount) for p in postings_of(entry.id)] == [
        ("pending", -30),
        ("pending", -5),
        ("revenue_reduction", 35),
    ]
    earn(shop, -32, "back2")
    assert balance(shop) == Balance(debt=-7)
    assert proved()


def test_within_its_own_earning_a_clawback_takes_the_newest_lot_first(db: Db) -> None:
    shop = owner()
    older = earn(shop, 30, "a")
    earn(shop, 30, "b")
    earn(shop, -40, "c")
    (left,) = living_lots(shop, "points")
    assert (left.entry_id, left.pending) == (older.id, 20)


def test_a_clawback_never_touches_what_is_held_for_an_order(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a", hold_days=0)
    with transaction():
        services.hold(shop, "points", 80, "R-1")
    earn(shop, -100, "b")
    assert balance(shop) == Balance(held=80, debt=-80)
    assert proved()


def test_a_first_difference_below_zero_is_a_clawback_that_becomes_debt(db: Db) -> None:
    shop = owner()
    assert earn(shop, -5, "a").kind == EntryKind.CLAWBACK
    assert balance(shop) == Balance(debt=-5)


def test_a_maturing_lot_of_a_partner_repays_the_oldest_debt_before_anything_is_available(db: Db) -> None:
    shop = owner()
    earn(shop, -30, "a")
    earn(shop, -30, "b", earning_key=OTHER)
    earn(shop, 40, "c")
    assert balance(shop) == Balance(pending=40, debt=-60)
    with transaction(), clock.frozen("2026-08-09T00:00:00+00:00"):
        assert services.mature_due() == 1
        assert services.mature_due() == 0
    assert balance(shop) == Balance(debt=-20)
    (left,) = living_lots(shop, "points")
    assert (left.earning_key, left.debt) == (OTHER, -20)
    assert proved()


def test_a_newer_debt_waits_until_the_oldest_is_repaid(db: Db) -> None:
    shop = owner()
    earn(shop, -30, "a")
    earn(shop, -30, "b", earning_key=OTHER)
    earn(shop, 20, "c", hold_days=0)
    assert [(lot.earning_key == OTHER, lot.debt) for lot in living_lots(shop, "points")] == [(False, -10), (True, -30)]
    assert balance(shop).owned == -40


def test_a_person_repays_at_most_half_of_each_earning(db: Db) -> None:
    seller = owner("ana@shop.example", "person")
    earn(seller, -30, "a")
    earn(seller, 41, "b", hold_days=0)
    assert balance(seller) == Balance(available=21, debt=-10)
    assert proved()


def test_a_debt_smaller_than_the_share_is_repaid_and_gone(db: Db) -> None:
    seller = owner("ana@shop.example", "person")
    earn(seller, -3, "a")
    earn(seller, 41, "b", hold_days=0)
    assert balance(seller) == Balance(available=38)


def test_points_expire_and_money_never_does(db: Db) -> None:
    shop = owner()
    over = dt.date(2026, 8, 1)
    earn(shop, 100, "a", hold_days=0, expires_on=over)
    earn(shop, 7, "later", hold_days=0, expires_on=dt.date(2027, 1, 1), earning_key=OTHER)
    earn(shop, 500, "b", hold_days=0, expires_on=over, unit="USD", earning_key="x/y/AW1/2026-07-01/USD")
    with transaction():
        assert services.expire_due(over - dt.timedelta(days=1)) == 0
        assert services.expire_due(over) == 1
        assert services.expire_due(over) == 0
    assert balance(shop).available == 7
    assert balance(shop, "USD").available == 500
    assert vendor_balances()["breakage", "points"] == 100
    assert proved()


def test_many_lots_mature_in_portions(db: Db) -> None:
    shop = owner()
    for number in range(5):
        earn(shop, 10, f"k{number}", earning_key=f"e{number}")
    late = TODAY + dt.timedelta(days=30)
    with transaction():
        # A portion names owners; all that is due for them is done at once.
        assert services.mature_due(late, at_once=2) == 5
    assert balance(shop).available == 50


@pytest.mark.parametrize("amount", [0, 10**13 + 1, -(10**13) - 1])
def test_an_amount_that_cannot_be_is_refused(db: Db, amount: int) -> None:
    shop = owner()
    with pytest.raises(UnusableAmount, match="cannot be posted"):
        earn(shop, amount, "a")
    assert balance(shop) == Balance()


def test_a_bulk_posting_equals_one_by_one(db: Db) -> None:
    shops = [owner(f"AW{number}") for number in range(3)]
    many = [
        services.Difference(
            **facts(shops[number % 3], amount, f"k{number}", earning_key=f"e{number % 7}", hold_days=hold)
        )
        for number, (amount, hold) in enumerate([(50, 0), (-20, 0), (30, 30), (-90, 0), (40, 0), (70, 30), (10, 0)] * 3)
    ]
    single = [owner(f"S{number}") for number in range(3)]
    with transaction():
        posted = services.post_earning_differences(many)
        assert services.post_earning_differences(many) == posted
    for number, difference in enumerate(many):
        earn(
            single[number % 3], difference.amount, f"s{number}",
            earning_key=f"s/{difference.earning_key}", hold_days=difference.hold_days,
        )  # fmt: skip
    assert [balance(shop) for shop in shops] == [balance(shop) for shop in single]
    assert proved()


def test_more_than_a_thousand_are_posted_in_one_act(db: Db) -> None:
    with transaction():
        owners = [o.id for o in services.ensure_owners([("partner", f"B{n}") for n in range(600)]).values()]
        many = [
            services.Difference(**facts(owner_id, 10 + n % 90, f"k{n}", earning_key=f"e{n}"))
            for n, owner_id in enumerate(owners * 2)
        ]
        assert len(set(services.post_earning_differences(many))) == 1200
        backs = [
            services.Difference(**facts(owner_id, -200, f"b{n}", earning_key=f"e{n}", period_start=JULY))
            for n, owner_id in enumerate(owners)
        ]
        services.post_earning_differences(backs)
    assert proved()


def test_the_jobs_go_on_until_nothing_is_due(db: Db) -> None:
    shop = owner()
    earn(shop, 10, "a", expires_on=TODAY + dt.timedelta(days=60))
    with clock.frozen("2026-08-20T00:00:00+00:00"):
        assert (jobs.mature_lots(), jobs.mature_lots()) == (1, 0)
    with clock.frozen("2026-10-20T00:00:00+00:00"):
        assert (jobs.expire_points(), jobs.expire_points()) == (1, 0)
    assert balance(shop) == Balance()
    assert proved()
