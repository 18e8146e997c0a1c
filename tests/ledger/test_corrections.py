"""Adjustments by two people, transfers, reversals."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import InvalidInput, NotFound
from portal.core.events import OutboxRow
from portal.ledger import services
from portal.ledger.errors import AlreadySettled, NotEnough, NotReversible, OwnAdjustment
from portal.ledger.models import EntryKind, LedgerEntry, LedgerOwner
from portal.ledger.queries import Balance, count_waiting_adjustments, living_lots
from tests.ledger.cast import FINANCE, SECOND, TODAY, balance, earn, owner, proved, vendor_balances

Db = scoped_session[Session]


def adjust(owner_id: int, amount: int, key: str = "adj", expires_on: dt.date | None = None) -> LedgerEntry:
    with transaction():
        return services.adjust(
            owner_id=owner_id, unit="points", amount=amount, reason="Goodwill", key=key,
            proposed_by=11, confirmed_by=12, expires_on=expires_on,
        )  # fmt: skip


def propose(db: Db, owner_id: int, amount: int, **more: str) -> int:
    with transaction():
        who = db.get_one(LedgerOwner, owner_id)
        return services.propose_adjustment(who, "points", amount, "Trade show", by=FINANCE, **more).id


def test_an_adjustment_is_posted_when_a_second_person_confirms_it(db: Db) -> None:
    shop = owner()
    number = propose(db, shop, 250)
    assert balance(shop) == Balance()
    assert (count_waiting_adjustments(FINANCE), count_waiting_adjustments(SECOND)) == (0, 1)
    with transaction():
        entry = services.confirm_adjustment(number, by=SECOND)
    assert (entry.kind, entry.reason, entry.actor_person_id) == ("adjust", "Trade show", 12)
    assert balance(shop) == Balance(available=250)
    assert vendor_balances() == {("selling_expense", "points"): -250}
    assert set(db.scalars(select(AuditEntry.act))) == {"adjustment.proposed", "adjustment.confirmed"}
    assert db.scalars(select(OutboxRow.fact)).all() == ["AdjustmentConfirmed"]
    assert proved()


def test_nobody_confirms_an_adjustment_of_their_own(db: Db) -> None:
    shop = owner()
    number = propose(db, shop, 250)
    with pytest.raises(OwnAdjustment, match="someone else"), transaction():
        services.confirm_adjustment(number, by=FINANCE)
    with pytest.raises(OwnAdjustment), transaction():
        services.adjust(owner_id=shop, unit="points", amount=1, reason="x", key="k", proposed_by=11, confirmed_by=11)
    assert balance(shop) == Balance()


def test_an_adjustment_is_decided_once(db: Db) -> None:
    shop = owner()
    number = propose(db, shop, 250)
    with transaction():
        assert services.refuse_adjustment(number, by=SECOND).state == "refused"
    with pytest.raises(AlreadySettled, match="refused already by Omar Finance"), transaction():
        services.confirm_adjustment(number, by=SECOND)
    with pytest.raises(NotFound), transaction():
        services.confirm_adjustment(999, by=SECOND)
    assert balance(shop) == Balance()


def test_only_a_participant_and_a_known_treatment_will_do(db: Db) -> None:
    shop = owner()
    with pytest.raises(InvalidInput, match="treatments"):
        propose(db, shop, 5, treatment="breakage")
    with transaction():
        vendor = services.vendor_owner().id
    with pytest.raises(InvalidInput, match="partner or a person"):
        propose(db, vendor, 5)


def test_a_deduction_beyond_what_is_there_becomes_debt(db: Db) -> None:
    shop = owner()
    earn(shop, 10, "a", hold_days=0)
    entry = adjust(shop, -25)
    assert balance(shop) == Balance(debt=-15)
    assert adjust(shop, -25).id == entry.id
    adjust(shop, 20, "more")
    assert balance(shop) == Balance(available=5)
    assert proved()


def test_a_transfer_keeps_the_expiry_of_each_lot(db: Db) -> None:
    shop, other = owner(), owner("AW2")
    over = TODAY + dt.timedelta(days=90)
    earn(shop, 60, "a", hold_days=0, expires_on=over)
    earn(shop, 60, "b", hold_days=0)
    with transaction():
        moved = services.transfer(shop, other, "points", 100, "T-1", reason="The employer takes SPIFs.")
        assert services.transfer(shop, other, "points", 100, "T-1", reason="again").id == moved.id
    assert (balance(shop).available, balance(other).available) == (20, 100)
    assert [(lot.available, lot.expires_on) for lot in living_lots(other, "points")] == [(60, over), (40, None)]
    with pytest.raises(NotEnough), transaction():
        services.transfer(shop, other, "points", 100, "T-2", reason="x")
    with pytest.raises(InvalidInput, match="two different owners"), transaction():
        services.transfer(shop, shop, "points", 1, "T-3", reason="x")
    assert proved()


def test_a_reversed_transfer_takes_from_the_one_and_gives_to_the_other(db: Db) -> None:
    shop, other = owner(), owner("AW2")
    earn(shop, 60, "a", hold_days=0, expires_on=TODAY + dt.timedelta(days=90))
    with transaction():
        moved = services.transfer(shop, other, "points", 50, "T-1", reason="Merged.")
        services.hold(other, "points", 20, "R-1")
        undone = services.reverse(moved.id, reason="Wrong shop.")
        assert services.reverse(moved.id, reason="again").id == undone.id
    assert balance(shop) == Balance(available=60)
    assert balance(other) == Balance(held=20, debt=-20)
    (lot,) = living_lots(shop, "points")
    assert lot.expires_on == TODAY + dt.timedelta(days=90)
    assert proved()


def test_a_reversed_gift_is_taken_from_its_own_lot_first(db: Db) -> None:
    shop = owner()
    gift = adjust(shop, 30, expires_on=TODAY + dt.timedelta(days=400))
    newer = earn(shop, 30, "later", hold_days=0)
    with transaction():
        undone = services.reverse(gift.id, reason="Wrong shop.", actor_person_id=11)
    assert (undone.kind, undone.reverses_entry_id, undone.actor_person_id) == (EntryKind.REVERSE, gift.id, 11)
    (left,) = living_lots(shop, "points")
    assert left.entry_id == newer.id
    assert vendor_balances()["selling_expense", "points"] == 0
    assert proved()


@pytest.mark.parametrize(
    ("days_later", "expected"), [(0, Balance(pending=50, available=40)), (31, Balance(available=90))]
)
def test_a_reversed_deduction_gives_back_pending_available_and_debt(db: Db, days_later: int, expected: Balance) -> None:
    shop = owner()
    earn(shop, 50, "a")
    earn(shop, 40, "b", hold_days=0, expires_on=TODAY + dt.timedelta(days=365))
    taken = adjust(shop, -100)
    assert balance(shop) == Balance(debt=-10)
    with clock.frozen(clock.now() + dt.timedelta(days=days_later)), transaction():
        services.reverse(taken.id, reason="It was another shop.")
    assert balance(shop) == expected
    assert proved()


def test_captured_and_expired_points_can_be_reinstated(db: Db) -> None:
    shop = owner()
    earn(shop, 50, "a", hold_days=0, expires_on=TODAY + dt.timedelta(days=5))
    with transaction():
        services.hold(shop, "points", 20, "R-1")
        captured = services.capture("R-1")
        services.reverse(captured.id, reason="The parcel came back.")
    assert balance(shop) == Balance(available=50)
    late = clock.now() + dt.timedelta(days=10)
    with clock.frozen(late), transaction():
        services.expire_due()
        expired = db.scalars(select(LedgerEntry).where(LedgerEntry.kind == "expire")).one()
        services.reverse(expired.id, reason="We were closed.")
    assert balance(shop) == Balance(available=50)
    assert {lot.expires_on for lot in living_lots(shop, "points")} == {TODAY + dt.timedelta(days=n) for n in (30, 40)}
    assert proved()


def test_what_is_corrected_otherwise_is_not_reversed(db: Db) -> None:
    shop = owner()
    entry = earn(shop, 50, "a")
    with pytest.raises(NotReversible, match="next calculation"), transaction():
        services.reverse(entry.id, reason="x")
    with pytest.raises(NotFound), transaction():
        services.reverse(999, reason="x")
