"""Periods and windows: which version of a program rates which days (DOMAIN section 5, "Which version rates what")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.engine.plan import Plan

EPOCH = date(1970, 1, 1)
NEVER = (date.max - EPOCH).days
FIRST_DAY = (date.min - EPOCH).days
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Version:
    """A published version: its number, its plan, what was chosen when it began inside a period.

    `split_day` is the first day of the program's first version.
    """

    number: int
    plan: Plan
    inside_period: str = "next_period"
    split_day: int | None = None

    @property
    def split_on(self) -> int:
        """The day by whose owners a pilot is split: the first of the whole program, where that is known."""
        return day_number(self.plan.starts) if self.split_day is None else self.split_day


@dataclass(frozen=True)
class Program:
    """A program and its versions, oldest first."""

    code: str
    versions: Sequence[Version]


@dataclass(frozen=True)
class Window:
    """A calendar period cut by `effective`; day numbers, ends excluded. `period_start` is the key of the period.

    Where versions share a period, each has a window over all of it; `paid` are the days whose lines it pays.
    """

    version: Version
    period_start: int
    period_end: int
    start: int
    end: int
    paid: tuple[int, int] | None = None

    def year_before(self) -> tuple[int, int]:
        """The same window one year earlier, cut alike; 29 February becomes 28."""
        return _a_year_back(self.start), _a_year_back(self.end)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


def windows_of(program: Program, last_day: int) -> list[Window]:
    """All windows of a program that begin on or before `last_day`, in order, each with the version that rates it."""
    windows: list[Window] = []
    cursor = day_number(program.versions[0].plan.starts)
    for index, version in enumerate(program.versions):
        begins = day_number(version.plan.starts)
        cursor = max(cursor, begins)
        if windows and windows[-1].end > begins and version.inside_period == "recalculate":
            cursor = windows.pop().start
            while windows and windows[-1].start == cursor:
                windows.pop()
        elif windows and windows[-1].end > begins and version.inside_period == "split":
            windows += _split(windows, version, begins)
            cursor = windows[-1].end
        until = _until(version.plan)
        successor = program.versions[index + 1].plan.starts if index + 1 < len(program.versions) else None
        stop = min(until, NEVER if successor is None else day_number(successor), last_day + 1)
        while cursor < stop:
            first, after = _calendar_period(version.plan.period, cursor, until)
            windows.append(Window(version, first, after, cursor, min(after, until)))
            cursor = windows[-1].end
    return windows


def _split(windows: list[Window], version: Version, begins: int) -> list[Window]:
    """The window of a version that shares the last period; the one before pays only until it begins."""
    before = windows.pop()
    since = before.start if before.paid is None else before.paid[0]
    end = max(min(before.period_end, _until(version.plan)), begins)
    shared = [replace(one, end=end) for one in windows if one.start == before.start]
    windows[:] = [one for one in windows if one.start != before.start] + shared
    first = [replace(before, end=end, paid=(since, begins))] if begins > since else []
    return [*first, Window(version, before.period_start, before.period_end, before.start, end, (begins, end))]


def _until(plan: Plan) -> int:
    return NEVER if plan.effective.until is None else day_number(plan.effective.until)


def _calendar_period(period: str, day: int, until: int) -> tuple[int, int]:
    if period == "campaign":
        return day, until
    months = MONTHS[period]
    there = day_of(day)
    first = date(there.year, (there.month - 1) // months * months + 1, 1)
    if (first.year, first.month + months) > (9999, 12):
        return day_number(first), NEVER
    year, month = divmod(first.month - 1 + months, 12)
    return day_number(first), day_number(date(first.year + year, month + 1, 1))


def a_year_on(day: int) -> int:
    """The same day of the following year; 29 February becomes 28."""
    there = day_of(day)
    last = (there.month, there.day) == (2, 29)
    return day_number(there.replace(year=min(there.year + 1, 9999), day=28 if last else there.day))


def _a_year_back(day: int) -> int:
    there = day_of(day)
    if there.year == 1:
        return day_number(date.min)
    if (there.month, there.day) == (2, 29):
        return day_number(date(there.year - 1, 2, 28))
    return day_number(there.replace(year=there.year - 1))


def spoken_day(number: int) -> str:
    """A day as it stands in a sentence: 3 May 2013."""
    day = day_of(number)
    return f"{day.day} {day:%B} {day.year}"
