"""Pure decisions about partners: codes, dated values, and what a change does to later ones."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from portal.core.errors import InvalidInput

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Values:
    """The dated values of a partner on one day."""

    type: str
    tier: str = ""
    territory: str = ""
    segment: str = ""
    parent_id: int | None = None
    country: str = ""


VALUE_NAMES = tuple(field.name for field in fields(Values))


@dataclass(frozen=True)
class ValuesFrom:
    """Values with the day from which they hold."""

    valid_from: dt.date
    values: Values


def in_force(timeline: Iterable[ValuesFrom], day: dt.date) -> Values:
    """The values in force on a day; the timeline is ordered by day and starts with the first of all days."""
    found = None
    for entry in timeline:
        if entry.valid_from > day:
            break
        found = entry.values
    if found is None:
        raise LookupError(f"No values are recorded for {day}.")
    return found


def with_change(timeline: list[ValuesFrom], valid_from: dt.date, changes: Mapping[str, Any]) -> list[ValuesFrom]:
    """The rows to write so that `changes` hold from a day on.

    A change in the past goes on through later rows, field by field, until a row that had changed the field itself.
    """
    base = in_force(timeline, valid_from)
    rows, live, previous = [ValuesFrom(valid_from, replace(base, **changes))], dict(changes), base
    for entry in (row for row in timeline if row.valid_from > valid_from):
        live = {name: value for name, value in live.items() if getattr(entry.values, name) == getattr(previous, name)}
        if not live:
            break
        rows.append(ValuesFrom(entry.valid_from, replace(entry.values, **live)))
        previous = entry.values
    return [row for row in rows if in_force(timeline, row.valid_from) != row.values]


def clean_code(text: str) -> str:
    """A partner code as it is stored; refuses what would not survive a file or an address."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            f"“{text[:40]}” cannot be a partner code. Use letters, digits, dots, dashes; 40 at most.", field="code"
        )
    return code


def differing(before: Values, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the changes that really changes something."""
    unknown = set(changes) - set(VALUE_NAMES)
    if unknown:
        raise ValueError(f"No dated value of a partner: {', '.join(sorted(unknown))}")
    return {name: value for name, value in changes.items() if getattr(before, name) != value}
