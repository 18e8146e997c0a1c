"""Pure rules of tiers: the window, the rung a revenue reaches, what is missing, when a lower one would hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

QUARTERS = 4
NOTICE_DAYS = 60


@dataclass(frozen=True)
class Rung:
    """One tier of the ladder in minor units of somebody's currency."""

    code: str
    name: str
    starts: int
    promise: str


@dataclass(frozen=True)
class Standing:
    """Where a revenue stands on the ladder: the rung it reaches, the next one and what is missing to it."""

    reached: Rung
    next: Rung | None
    amount: int

    @property
    def missing(self) -> int:
        """Minor units to the next rung, zero at the top."""
        return 0 if self.next is None else self.next.starts - self.amount


def quarter_start(day: dt.date) -> dt.date:
    """The first day of the calendar quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def window(today: dt.date, quarters: int = QUARTERS) -> tuple[dt.date, dt.date]:
    """The closed quarters before today, as [from, until)."""
    until = quarter_start(today)
    months = until.year * 12 + until.month - 1 - 3 * quarters
    return dt.date(months // 12, months % 12 + 1, 1), until


def standing(ladder: Sequence[Rung], amount: int) -> Standing:
    """The rung an amount reaches; less than nothing stands on the lowest."""
    reached = [rung for rung in ladder if amount >= rung.starts] or [ladder[0]]
    above = [rung for rung in ladder if rung.starts > max(amount, reached[-1].starts)]
    return Standing(reached[-1], above[0] if above else None, amount)


def place_of(ladder: Sequence[Rung], code: str) -> int:
    """Where a tier stands on the ladder; an unknown or empty one is below all."""
    return next((place for place, rung in enumerate(ladder) if rung.code == code), -1)


def lowered_on(noticed_on: dt.date) -> dt.date:
    """The first day a lower tier may hold: sixty days after the notice."""
    return noticed_on + dt.timedelta(days=NOTICE_DAYS)
