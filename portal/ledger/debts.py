"""Taking back what was earned too much, and recovering what could not be taken back at once (D23)."""

from __future__ import annotations

from portal.ledger.book import Book, Draft, Pair
from portal.ledger.lots import Lot, clawback_order, repayment, takes
from portal.ledger.models import EntryKind

# At most this part of each earning repays a debt.
RECOVER_PERCENT = {"partner": 100, "person": 50, "vendor": 100}
IN_FULL = 100


def take_back(
    book: Book, draft: Draft, pair: Pair, amount: int, *, earning_key: str | None = None, first: tuple[Lot, ...] = ()
) -> None:
    """Take an amount from pending, then available, never from what is held; what is missing becomes debt.

    Within pending and within available the same earning (and the lots of `first`) comes first, then newest first.
    """
    for part, lot in clawback_order(book.lots[pair], earning_key, first):
        for giver, given in takes([lot], part, amount):
            book.post(draft, giver, part, -given)
            amount -= given
    if amount:
        owing = Lot(*pair, earning_key, book.today, book.today, None)
        book.open_lot(draft, owing)
        book.post(draft, owing, "debt", -amount)


def repay(book: Book, cause: Draft, lot: Lot, earned: int, percent: int) -> None:
    """Of what just became available in a lot, repay the owner's debts, oldest first, as an entry of its own."""
    debts = [other for other in book.lots[lot.owner_id, lot.unit] if other.debt < 0]
    left = repayment(-sum(other.debt for other in debts), earned, percent)
    if not left:
        return
    draft = book.entry(
        EntryKind.RECOVER,
        f"{cause.key}/recover/{len(book.drafts)}",
        "What was taken back earlier and could not be covered then is repaid.",
        on=cause.accounting_date,
        program_code=cause.program_code,
        run_id=cause.run_id,
        reference=cause.reference,
    )
    for debt in debts:
        part = min(left, -debt.debt)
        if part:
            left -= part
            book.post(draft, lot, "available", -part)
            book.post(draft, debt, "debt", part)
