"""The windows finance looks at: a month, a quarter, a year, or any two days. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core import clock


@dataclass(frozen=True)
class Window:
    """A half-open range of days [since, until) with its name."""

    label: str
    since: dt.date
    until: dt.date

    @property
    def last(self) -> dt.date:
        """The last day inside."""
        return self.until - dt.timedelta(days=1)

    @property
    def params(self) -> dict[str, str]:
        """The window as parameters of an address."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}


def _months(first: dt.date, count: int) -> dt.date:
    index = first.year * 12 + first.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def this_month(today: dt.date) -> Window:
    """The month of today."""
    first = today.replace(day=1)
    return Window("This month", first, _months(first, 1))


def choices(today: dt.date) -> list[Window]:
    """The windows offered as chips."""
    month = today.replace(day=1)
    quarter = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return [
        this_month(today),
        Window("Last month", _months(month, -1), month),
        Window("This quarter", quarter, _months(quarter, 3)),
        Window("Last quarter", _months(quarter, -3), quarter),
        Window("This year", dt.date(today.year, 1, 1), dt.date(today.year + 1, 1, 1)),
    ]


def read_window(since: str | None, until: str | None) -> Window:
    """The window of an address; anything unusable means this month."""
    today = clock.today()
    try:
        first, end = dt.date.fromisoformat(since or ""), dt.date.fromisoformat(until or "")
    except ValueError:
        return this_month(today)
    if first >= end:
        return this_month(today)
    known = {(window.since, window.until): window for window in choices(today)}
    return known.get((first, end), Window("Chosen days", first, end))
