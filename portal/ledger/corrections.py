"""Moving and mending by hand: transfers between owners, failed payouts, reversals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portal.core.db import session
from portal.core.errors import InvalidInput, NotFound
from portal.ledger import rows
from portal.ledger.book import Book, Draft, Pair, checked
from portal.ledger.debts import IN_FULL, RECOVER_PERCENT, repay, take_back
from portal.ledger.errors import NotEnough, NotReversible
from portal.ledger.lots import Lot, spending_order, takes
from portal.ledger.models import PARTICIPANT_KINDS, EntryKind, LedgerEntry
from portal.ledger.owners import kinds_of
from portal.ledger.queries import postings_of
from portal.ledger.spending import Taken, give_back, taken_by

REVERSIBLE = {EntryKind.ADJUST, EntryKind.TRANSFER, EntryKind.CAPTURE, EntryKind.EXPIRE}


def transfer(
    from_owner_id: int,
    to_owner_id: int,
    unit: str,
    amount: int,
    key: str,
    *,
    reason: str,
    actor_person_id: int | None = None,
    reference: str | None = None,
) -> LedgerEntry:
    """Move what is available from one owner to another; each lot keeps its expiry. Idempotent by key."""
    checked(amount, unit)
    if from_owner_id == to_owner_id:
        raise InvalidInput("Choose two different owners for a transfer.")
    source, target = (from_owner_id, unit), (to_owner_id, unit)
    book = Book([source, target])
    if first := rows.entries_by_key([key]):
        return session.get_one(LedgerEntry, first[key])
    book.read_lots()
    if book.available(source) < amount:
        raise NotEnough(book.available(source), amount, unit)
    draft = book.entry(EntryKind.TRANSFER, key, reason, actor_person_id=actor_person_id, reference=reference)
    percent = RECOVER_PERCENT[kinds_of([to_owner_id])[to_owner_id]]
    for lot, given in list(takes(spending_order(book.lots[source]), "available", amount)):
        book.post(draft, lot, "available", -given)
        moved = book.open_lot(draft, Lot(*target, None, lot.opened_on, lot.matures_on, lot.expires_on))
        book.post(draft, moved, "available", given)
        repay(book, draft, moved, given, percent)
    return session.get_one(LedgerEntry, book.write()[0])


def payout_failed(key: str, *, reason: str, actor_person_id: int | None = None) -> LedgerEntry:
    """Give the money of a failed payout (its key, or the key of the captured hold) back to available."""
    found = rows.entries_by_key([key, f"{key}/capture"])
    number = found.get(f"{key}/capture", found.get(key))
    entry = session.get(LedgerEntry, number) if number else None
    if entry is None or entry.kind != EntryKind.PAYOUT:
        raise NotReversible("No payout was posted under this key, so none can fail.")
    return _undo(entry, EntryKind.PAYOUT_FAILED, f"{entry.idempotency_key}/failed", reason, actor_person_id, 0)


def reverse(entry_id: int, *, reason: str, actor_person_id: int | None = None, min_days: int = 30) -> LedgerEntry:
    """Undo an adjustment, transfer, capture or expiry, once: a second call returns the first reversal.

    What the entry took goes back to its lots with their dates; what it gave is taken back like a clawback.
    """
    entry = session.get(LedgerEntry, entry_id)
    if entry is None:
        raise NotFound
    if entry.kind not in REVERSIBLE:
        raise NotReversible(
            f"An entry of kind “{entry.kind}” is not reversed by hand: earnings are corrected by their next "
            "calculation, holds by canceling the order."
        )
    return _undo(entry, EntryKind.REVERSE, f"reverse/{entry.id}", reason, actor_person_id, min_days)


def _undo(entry: LedgerEntry, kind: EntryKind, key: str, reason: str, actor: int | None, min_days: int) -> LedgerEntry:
    touched = taken_by(entry.id)
    book = Book({item.pair for item in touched})
    if first := rows.entries_by_key([key]):
        return session.get_one(LedgerEntry, first[key])
    book.read_lots(also={item.lot_id for item in touched})
    draft = book.entry(
        kind, key, reason, reverses_entry_id=entry.id, reference=entry.reference, program_code=entry.program_code,
        actor_person_id=actor,
    )  # fmt: skip
    for posting in postings_of(entry.id):
        if posting.account not in PARTICIPANT_KINDS:
            book.vendor(draft, posting.unit, posting.account, -posting.amount)
    for item in touched:
        if item.account == "paid":
            book.post(draft, book.lot(item.lot_id), "paid", -item.amount)
    for pair in book.pairs:
        mine = [item for item in touched if item.pair == pair and item.account != "paid"]
        _take_again(book, draft, pair, [item for item in mine if item.amount > 0])
        _give_again(book, draft, [item for item in mine if item.amount < 0], min_days)
    return session.get_one(LedgerEntry, book.write()[0])


def _take_again(book: Book, draft: Draft, pair: Pair, gained: Sequence[Taken]) -> None:
    lots = tuple(book.lot(item.lot_id) for item in gained)
    take_back(book, draft, pair, sum(item.amount for item in gained), first=lots)


def _give_again(book: Book, draft: Draft, lost: Sequence[Taken], min_days: int) -> None:
    for item in lost:
        lot = book.lot(item.lot_id)
        if item.account == "pending" and lot.matures_on > book.today:
            book.post(draft, lot, "pending", -item.amount)
        elif item.account == "debt":
            given = book.open_lot(draft, Lot(*item.pair, None, book.today, book.today, None))
            book.post(draft, given, "available", -item.amount)
            repay(book, draft, given, -item.amount, IN_FULL)
        else:
            give_back(book, draft, [replace(item, amount=-item.amount)], min_days)
