"""Statement quarters: their address, their days and their names. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from portal.core.errors import NotFound

_ADDRESS = re.compile(r"([0-9]{4})-Q([1-4])")
_ORDINALS = ("First", "Second", "Third", "Fourth")


@dataclass(frozen=True, order=True)
class Quarter:
    """One calendar quarter."""

    year: int
    number: int

    @property
    def address(self) -> str:
        """2026-Q3."""
        return f"{self.year}-Q{self.number}"

    @property
    def start(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, self.number * 3 - 2, 1)

    @property
    def until(self) -> dt.date:
        """The first day after it."""
        return self.next.start

    @property
    def last_day(self) -> dt.date:
        """The last day."""
        return self.until - dt.timedelta(days=1)

    @property
    def title(self) -> str:
        """July to September 2026."""
        return f"{self.start:%B} to {self.last_day:%B} {self.year}"

    @property
    def name(self) -> str:
        """Third quarter 2026."""
        return f"{_ORDINALS[self.number - 1]} quarter {self.year}"

    @property
    def next(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> Quarter:
        """The quarter before it."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)


def quarter_of(day: dt.date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


def parse_quarter(text: str) -> Quarter:
    """The quarter of an address such as 2026-Q3, or NotFound."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not 1 < int(match[1]) < 9999:
        raise NotFound
    return Quarter(int(match[1]), int(match[2]))
