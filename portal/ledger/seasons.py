"""What time does to lots: they mature, and points expire. Safe to run again: what is done is done once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, select

from portal.core import clock
from portal.core.db import session
from portal.ledger.book import Book, Pair
from portal.ledger.debts import RECOVER_PERCENT, repay
from portal.ledger.models import EntryKind, LedgerLot
from portal.ledger.owners import kinds_of

AT_ONCE = 10_000


def mature_due(today: dt.date | None = None, *, at_once: int = AT_ONCE) -> int:
    """Make pending lots available whose day has come, after repaying debt; returns how many, 0 when none is left.

    One call handles at most `at_once` lots, so that no transaction holds the lock for long: a job calls it until 0.
    """
    day = today or clock.today()
    due = (LedgerLot.pending > 0) & (LedgerLot.matures_on <= day)
    book = _open_book(due, at_once)
    percents = {owner: RECOVER_PERCENT[kind] for owner, kind in kinds_of({owner for owner, _ in book.pairs}).items()}
    done = 0
    for pair in book.pairs:
        for lot in [lot for lot in book.lots[pair] if lot.pending and lot.matures_on <= day]:
            amount = lot.pending
            draft = book.entry(EntryKind.MATURE, f"mature/{lot.id}", f"Matured on {lot.matures_on}.", on=day)
            book.move(draft, lot, "pending", "available", amount)
            repay(book, draft, lot, amount, percents[lot.owner_id])
            done += 1
    book.write()
    return done


def expire_due(today: dt.date | None = None, *, at_once: int = AT_ONCE) -> int:
    """Expire the available points of lots whose last day has passed; returns how many lots, 0 when none is left."""
    day = today or clock.today()
    due = (LedgerLot.available > 0) & (LedgerLot.expires_on <= day)
    book = _open_book(due, at_once)
    done = 0
    for pair in book.pairs:
        for lot, last in [(lot, lot.expires_on) for lot in book.lots[pair] if lot.available and lot.expires_on]:
            if last > day:
                continue
            until = last - dt.timedelta(days=1)
            draft = book.entry(EntryKind.EXPIRE, f"expire/{lot.id}/{day}", f"Valid until {until}.", on=day)
            book.vendor(draft, lot.unit, "breakage", lot.available)
            book.post(draft, lot, "available", -lot.available)
            done += 1
    book.write()
    return done


def _open_book(due: ColumnElement[bool], at_once: int) -> Book:
    """The owners of some due lots, locked; their lots are read only then, so that nobody changes them meanwhile."""
    query = select(LedgerLot.owner_id, LedgerLot.unit).where(due).order_by(LedgerLot.id).limit(at_once)
    pairs: list[Pair] = [(owner, unit) for owner, unit in session.execute(query)]
    book = Book(pairs)
    book.read_lots()
    return book
