"""Programs as bars over the days of a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from portal.core.db import session
from portal.programs.definitions.models import ProgramVersion
from portal.programs.definitions.overview import ProgramRow, Wanted, list_rows
from portal.programs.definitions.queries import list_drafts
from portal.programs.definitions.variants import parse_plan
from portal.security.viewer import Viewer

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Bar:
    """One program in one year: the days it covers, as places along the year, and where later versions begin."""

    row: ProgramRow
    first: dt.date
    last: dt.date | None
    start: int
    length: int
    turns: tuple[int, ...]


def bars_of(viewer: Viewer, year: int) -> list[Bar]:
    """The programs that touch a year, by their first day; drafts by the days they are meant for."""
    rows = list_rows(viewer, Wanted())
    versions = _versions([row.program.id for row in rows])
    bars = (_bar(row, versions.get(row.program.id, []), year) for row in rows)
    return sorted((bar for bar in bars if bar is not None), key=lambda bar: (bar.first, bar.row.program.name))


def _versions(ids: list[int]) -> dict[int, list[ProgramVersion]]:
    query = select(ProgramVersion).where(ProgramVersion.program_id.in_(ids)).order_by(ProgramVersion.number)
    found: dict[int, list[ProgramVersion]] = {}
    for version in session.scalars(query):
        found.setdefault(version.program_id, []).append(version)
    return found


def _bar(row: ProgramRow, versions: list[ProgramVersion], year: int) -> Bar | None:
    begins, until = _days(row, versions)
    if begins is None:
        return None
    opens, closes = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    start, end = max(begins, opens), min(until or closes, closes)
    if start >= end:
        return None
    turns = tuple((one.effective_from - opens).days for one in versions[1:] if start < one.effective_from < end)
    last = until - dt.timedelta(days=1) if until else None
    return Bar(row, begins, last, (start - opens).days, (end - start).days, turns)


def _days(row: ProgramRow, versions: list[ProgramVersion]) -> tuple[dt.date | None, dt.date | None]:
    if versions:
        return versions[0].effective_from, versions[-1].effective_until
    draft = next(iter(list_drafts(row.program)), None)
    if draft is None:
        return None, None
    plan = parse_plan(draft.source_text)
    return plan.starts, plan.effective.until


def place_of(day: dt.date, year: int) -> int | None:
    """Where a day stands along a year; None when it lies in another one."""
    return (day - dt.date(year, 1, 1)).days if day.year == year else None


def length_of(year: int) -> int:
    """How many days a year has."""
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
