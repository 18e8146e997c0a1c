"""Points and money on their way out: held, captured or released, paid out, and given back when that fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.ledger import rows
from portal.ledger.book import Book, Draft, Pair, checked
from portal.ledger.debts import IN_FULL, repay
from portal.ledger.errors import AlreadySettled, NoSuchHold, NotEnough
from portal.ledger.lots import Lot, spending_order, takes
from portal.ledger.models import EntryKind, LedgerAccount, LedgerEntry, LedgerPosting


@dataclass(frozen=True)
class Taken:
    """What an earlier entry did to one lot on one account."""

    lot_id: int
    pair: Pair
    account: str
    amount: int


def hold(
    owner_id: int,
    unit: str,
    amount: int,
    key: str,
    reference: str | None = None,
    *,
    reason: str = "Held for an order.",
    actor_person_id: int | None = None,
) -> LedgerEntry:
    """Set an amount aside, first expiring first; refused when there is less. The same key returns the first hold."""
    return _take((owner_id, unit), amount, key, EntryKind.HOLD, "held", reference, reason, actor_person_id)


def payout(
    owner_id: int,
    unit: str,
    amount: int,
    key: str,
    reference: str | None = None,
    *,
    reason: str = "Paid out.",
    actor_person_id: int | None = None,
) -> LedgerEntry:
    """Pay an amount out of what is available, at once; the same key returns the first payout."""
    return _take((owner_id, unit), amount, key, EntryKind.PAYOUT, "paid", reference, reason, actor_person_id)


def _take(
    pair: Pair,
    amount: int,
    key: str,
    kind: EntryKind,
    target: str,
    reference: str | None,
    reason: str,
    actor: int | None,
) -> LedgerEntry:
    checked(amount, pair[1])
    book = Book([pair])
    if first := rows.entries_by_key([key]):
        return session.get_one(LedgerEntry, first[key])
    book.read_lots()
    if book.available(pair) < amount:
        raise NotEnough(book.available(pair), amount, pair[1])
    draft = book.entry(kind, key, reason, reference=reference, actor_person_id=actor)
    for lot, given in takes(spending_order(book.lots[pair]), "available", amount):
        book.move(draft, lot, "available", target, given)
    return session.get_one(LedgerEntry, book.write()[0])


def capture(
    key: str,
    *,
    kind: EntryKind = EntryKind.CAPTURE,
    reason: str = "Handed over.",
    actor_person_id: int | None = None,
) -> LedgerEntry:
    """Turn a hold into something paid (`kind` payout for money); a second capture returns the first."""
    hold_entry, taken = _held_under(key)
    book = Book({item.pair for item in taken})
    if done := _settled(key, "capture"):
        return done
    book.read_lots(also={item.lot_id for item in taken})
    draft = _settle(book, kind, f"{key}/capture", reason, hold_entry, actor_person_id)
    for item in taken:
        book.move(draft, book.lot(item.lot_id), "held", "paid", item.amount)
    return session.get_one(LedgerEntry, book.write()[0])


def release(
    key: str,
    min_days: int = 30,
    *,
    reason: str = "The order was canceled.",
    actor_person_id: int | None = None,
) -> LedgerEntry:
    """Give a hold back to the very lots it came from; points live at least `min_days` more (D12).

    Pass `min_days=0` when the person canceled: the old date then counts, but never a day that is already over. Debt
    that arose meanwhile is repaid from what comes back. A second release returns the first.
    """
    hold_entry, taken = _held_under(key)
    book = Book({item.pair for item in taken})
    if done := _settled(key, "release"):
        return done
    book.read_lots(also={item.lot_id for item in taken})
    draft = _settle(book, EntryKind.RELEASE, f"{key}/release", reason, hold_entry, actor_person_id)
    for item in taken:
        book.post(draft, book.lot(item.lot_id), "held", -item.amount)
    give_back(book, draft, taken, min_days)
    return session.get_one(LedgerEntry, book.write()[0])


def _held_under(key: str) -> tuple[LedgerEntry, list[Taken]]:
    query = select(LedgerEntry).where(LedgerEntry.idempotency_key == key, LedgerEntry.kind == EntryKind.HOLD)
    entry = session.scalar(query)
    if entry is None:
        raise NoSuchHold("Nothing is held under this key, so nothing can be settled.")
    return entry, [item for item in taken_by(entry.id) if item.account == "held"]


def _settled(key: str, wanted: str) -> LedgerEntry | None:
    done = rows.entries_by_key([f"{key}/capture", f"{key}/release"])
    if not done:
        return None
    ((settled, number),) = done.items()
    if not settled.endswith(f"/{wanted}"):
        was = "handed over" if wanted == "release" else "given back"
        raise AlreadySettled(f"This amount was {was} already, so it cannot be changed again. Nothing was posted.")
    return session.get_one(LedgerEntry, number)


def _settle(book: Book, kind: EntryKind, key: str, reason: str, entry: LedgerEntry, actor: int | None) -> Draft:
    return book.entry(kind, key, reason, reference=entry.reference, reverses_entry_id=entry.id, actor_person_id=actor)


def taken_by(entry_id: int) -> list[Taken]:
    """The postings of an entry on participants' lots."""
    query = (
        select(
            LedgerPosting.lot_id, LedgerAccount.owner_id, LedgerAccount.unit, LedgerAccount.kind, LedgerPosting.amount
        )
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerPosting.entry_id == entry_id, LedgerPosting.lot_id.is_not(None))
        .order_by(LedgerPosting.id)
    )
    return [
        Taken(int(lot or 0), (owner, unit), account, amount)
        for lot, owner, unit, account, amount in session.execute(query)
    ]


def give_back(book: Book, draft: Draft, taken: Sequence[Taken], min_days: int) -> None:
    """Make amounts available again in the lots they came from, then repay in full what is owed meanwhile.

    Points that would live less than `min_days` more go to a new lot with that life; all else about it is inherited.
    """
    for item in taken:
        lot = _still_living(book, draft, book.lot(item.lot_id), min_days)
        book.post(draft, lot, "available", item.amount)
        repay(book, draft, lot, item.amount, IN_FULL)


def _still_living(book: Book, draft: Draft, lot: Lot, min_days: int) -> Lot:
    soonest = clock.today() + dt.timedelta(days=max(min_days, 1))
    if lot.expires_on is None or lot.expires_on >= soonest:
        return lot
    return book.open_lot(draft, Lot(lot.owner_id, lot.unit, lot.earning_key, lot.opened_on, lot.matures_on, soonest))
