"""Exchange rates from a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.audit import services as audit
from portal.core.clock import day_number
from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.events import emit
from portal.core.money import known_currency
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.sales.products.importing import RowOutcome, parse_day
from portal.sales.rates.events import RatesRecorded
from portal.sales.rates.models import FxRate
from portal.sales.rates.rules import parse_rate
from portal.sales.rates.services import add_rate
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("currency", "base", "rate", "from")
OPTIONAL: tuple[str, ...] = ()
ROUNDED = "Longer than ten decimals; rounded to the tenth."
_Key = tuple[str, str, dt.date]


@dataclass(frozen=True)
class ParsedRate:
    """A row whose cells are all well formed."""

    key: _Key
    rate: int
    rounded: bool


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Add rates; a known day with another rate gets a newer row, which counts from now on."""
    known = _known_rates()
    seq = 0 if dry_run else next_seq()
    seen: set[_Key] = set()
    days: list[dt.date] = []
    outcomes = [_import_row(line, row, known, seen, days, seq) for line, row in rows]
    if seq and days:
        emit(RatesRecorded(source, day_number(min(days))))
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "changed", "same", "error")}
        audit.record("rate.imported", kind="import", id=source, label=f"Rates from {source}", actor=by, after=counts)
    return outcomes


def _known_rates() -> dict[_Key, int]:
    query = select(FxRate.currency, FxRate.base, FxRate.valid_from, FxRate.rate).order_by(FxRate.seq, FxRate.id)
    return {(currency, base, day): rate for currency, base, day, rate in session.execute(query)}


def _import_row(
    line: int, row: Mapping[str, str], known: dict[_Key, int], seen: set[_Key], days: list[dt.date], seq: int
) -> RowOutcome:  # fmt: skip
    parsed = _parse(line, row)
    if not isinstance(parsed, ParsedRate):
        return RowOutcome(line, "error", tuple(parsed))
    if parsed.key in seen:
        sentence = "An earlier line of this file already sets this rate for this day."
        return RowOutcome(line, "error", (RowError(line, "from", row["from"], sentence),))
    seen.add(parsed.key)
    notes = (RowError(line, "rate", row["rate"], ROUNDED),) if parsed.rounded else ()
    before = known.get(parsed.key)
    if before == parsed.rate:
        return RowOutcome(line, "same", notes)
    days.append(parsed.key[2])
    if seq:
        add_rate(*parsed.key, parsed.rate, seq=seq)
    return RowOutcome(line, "new" if before is None else "changed", notes)


def _parse(line: int, row: Mapping[str, str]) -> ParsedRate | list[RowError]:
    errors = [
        RowError(line, column, row[column][:80], "No currency code. Use three letters such as USD.")
        for column in ("currency", "base")
        if not known_currency(row[column])
    ]
    if not errors and row["currency"] == row["base"]:
        errors.append(RowError(line, "base", row["base"], "A rate from a currency to itself says nothing."))
    day, day_errors = parse_day(row["from"], line)
    errors += day_errors
    if day is None and not day_errors:
        errors.append(RowError(line, "from", "", "The day is missing. Write it like 2026-03-31."))
    try:
        rate, rounded = parse_rate(row["rate"])
    except PortalError as error:
        return [*errors, RowError(line, "rate", row["rate"][:80], error.sentence)]
    if errors or day is None:
        return errors
    return ParsedRate((row["currency"], row["base"], day), rate, rounded)
