"""Lots as plain values: which of them an amount is taken from, and in what order. No database here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

NEVER = dt.date.max


@dataclass(slots=True, eq=False)
class Lot:
    """What one difference brought: how much is pending, available, held or owed. `id` is 0 until it is written."""

    owner_id: int
    unit: str
    earning_key: str | None
    opened_on: dt.date
    matures_on: dt.date
    expires_on: dt.date | None
    id: int = 0
    entry_id: int = 0
    pending: int = 0
    available: int = 0
    held: int = 0
    debt: int = 0
    read: tuple[int, int, int, int] = field(default=(0, 0, 0, 0))

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """The four amounts."""
        return self.pending, self.available, self.held, self.debt


def takes(lots: Iterable[Lot], part: str, amount: int) -> Iterator[tuple[Lot, int]]:
    """Walk through lots taking up to `amount` of one part; yields what each gives."""
    for lot in lots:
        if amount <= 0:
            return
        given = min(amount, getattr(lot, part))
        if given > 0:
            amount -= given
            yield lot, given


def spending_order(lots: Iterable[Lot]) -> list[Lot]:
    """First expiring first; what never expires last; then oldest first."""
    return sorted(lots, key=lambda lot: (lot.expires_on or NEVER, lot.opened_on, lot.id))


def clawback_order(lots: list[Lot], earning_key: str | None, first: tuple[Lot, ...] = ()) -> list[tuple[str, Lot]]:
    """Pending of the same earning, then other pending, then available (the same earning first); newest first."""
    chosen = set(first)
    newest = [*first, *(lot for lot in reversed(lots) if lot not in chosen)]
    chosen |= {lot for lot in newest if earning_key is not None and lot.earning_key == earning_key}
    same = [lot for lot in newest if lot in chosen]
    others = [lot for lot in newest if lot not in chosen]
    return [(part, lot) for part in ("pending", "available") for lot in [*same, *others]]


def repayment(owed: int, earned: int, percent: int) -> int:
    """How much of something earned repays a debt: at most `percent` of it, rounded down, never more than is owed."""
    return min(owed, earned * percent // 100)
