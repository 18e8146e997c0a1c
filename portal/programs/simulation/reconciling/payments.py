"""Files of what was really paid: partner, program, period, amount."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from portal.core.clock import day_number, from_day_number
from portal.core.db import session
from portal.core.errors import InvalidInput, PortalError
from portal.core.money import parse_minor
from portal.core.rows import RowError
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Window, windows_of
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.sales.imports.reading import CsvFile

COLUMNS = ("partner", "program", "period", "amount")
MOST = 20_000
CHUNK = 5000
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
Who = tuple[str, int]


@dataclass(frozen=True)
class Paid:
    """One row that can be compared: who was paid for which window of a program, in minor units or points."""

    line: int
    who: Who
    program: EngineProgram
    window: Window
    amount: int


def read_payments(path: Path, programs: Iterable[EngineProgram]) -> tuple[list[Paid], list[RowError]]:
    """The rows of a file, and what is wrong with those that cannot be compared; raises FileRefused."""
    file = CsvFile(path, required=COLUMNS)
    rows: list[dict[str, str]] = []
    errors: list[RowError] = []
    for block in file.blocks():
        rows += block.frame.to_dicts()
        errors += block.ragged
        if len(rows) > MOST:
            raise InvalidInput(f"The file has more than {MOST:,} rows. Split it by program or period.", field="file")
    people = _people({row["partner"] for row in rows})
    known = {program.code: program for program in programs}
    found: list[Paid] = []
    for row in rows:
        paid = _paid(row, people, known)
        if isinstance(paid, RowError):
            errors.append(paid)
        else:
            found.append(paid)
    return found, sorted(errors, key=lambda one: one.line)


def pack(payments: Sequence[Paid]) -> str:
    """Rows as text, to be compared by another process."""
    return json.dumps([[one.line, *one.who, one.program.code, one.window.period_start, one.amount] for one in payments])


def unpack(text: str, programs: Iterable[EngineProgram]) -> list[Paid]:
    """The rows again; one whose period is no longer there is left out."""
    known = {program.code: program for program in programs}
    found = []
    for line, kind, number, code, start, amount in json.loads(text or "[]"):
        window = _window(known[code], from_day_number(start))
        if window is not None:
            found.append(Paid(line, (kind, number), known[code], window, amount))
    return found


def _paid(row: dict[str, str], people: dict[str, Who], programs: dict[str, EngineProgram]) -> Paid | RowError:
    line = int(row["line"])
    who, program = people.get(row["partner"].lower()), programs.get(row["program"])
    if who is None:
        return RowError(line, "partner", row["partner"], "Nobody has this code or address.")
    if program is None:
        return RowError(line, "program", row["program"], "There is no published program of this code.")
    start = _start(row["period"])
    window = None if start is None else _window(program, start)
    if window is None:
        said = "The program has no period that starts there. Write its first day, like 2026-07-01, or 2026-Q3."
        return RowError(line, "period", row["period"], said)
    try:
        return Paid(line, who, program, window, parse_minor(row["amount"], window.version.plan.unit))
    except PortalError as error:
        return RowError(line, "amount", row["amount"], error.sentence)


def _start(text: str) -> dt.date | None:
    quarter, month = _QUARTER.fullmatch(text.upper()), _MONTH.fullmatch(text)
    if quarter is not None:
        return dt.date(int(quarter[1]), int(quarter[2]) * 3 - 2, 1)
    if month is not None:
        return dt.date(int(month[1]), int(month[2]), 1)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _window(program: EngineProgram, start: dt.date) -> Window | None:
    windows = windows_of(program, day_number(start))
    return next((one for one in windows if day_number(start) in (one.period_start, one.start)), None)


def _people(codes: set[str]) -> dict[str, Who]:
    """Partners by code and persons by address, written as anybody may."""
    found: dict[str, Who] = {}
    wanted = sorted(code for code in codes if code)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        partners = select(Partner.code, Partner.id).where(Partner.code.in_(some))
        found |= {code.lower(): ("partner", number) for code, number in session.execute(partners)}
        people = select(Person.email, Person.id).where(Person.email.in_([one.lower() for one in some]))
        found |= {email.lower(): ("person", number) for email, number in session.execute(people)}
    return found
