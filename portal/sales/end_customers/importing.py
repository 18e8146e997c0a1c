"""End customers from a file: the same row twice changes nothing, another segment for a known day is a newer row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.events import emit
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.sales.end_customers.events import EndCustomersClassified
from portal.sales.end_customers.models import EndCustomer
from portal.sales.products.importing import RowOutcome, parse_day
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("end_customer", "segment")
OPTIONAL = ("valid_from",)
LONGEST = {"end_customer": 200, "segment": 80}
Key = tuple[str, dt.date]


@dataclass
class _Known:
    """The segments in force, and the keys of this file by line."""

    segments: dict[Key, str]
    seen: dict[Key, int] = field(default_factory=dict)


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Classify end customers; without `valid_from` a segment holds from the beginning, an empty one ends it."""
    query = select(EndCustomer).order_by(EndCustomer.seq, EndCustomer.id)
    known = _Known({(row.name, row.valid_from): row.segment for row in session.scalars(query)})
    seq = 0 if dry_run else next_seq()
    outcomes = [_import_row(line, row, known, seq) for line, row in rows]
    session.flush()
    if seq and any(outcome.outcome in ("new", "changed") for outcome in outcomes):
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "changed", "same", "error")}
        label = f"End customers from {source}"
        audit.record("end_customer.imported", kind="import", id=source, label=label, actor=by, after=counts)
        emit(EndCustomersClassified(source))
    return outcomes


def _import_row(line: int, row: Mapping[str, str], known: _Known, seq: int) -> RowOutcome:
    errors = list(_text_errors(row, line))
    day, day_errors = parse_day((row.get("valid_from") or "").strip(), line, "valid_from")
    errors += day_errors
    name, segment = row["end_customer"].strip().lower(), row["segment"].strip()
    key = (name, day or clock.FIRST_DAY)
    if not errors and key in known.seen:
        sentence = f"Line {known.seen[key]} already names this end customer from the same day."
        errors.append(RowError(line, "end_customer", name[:80], sentence))
    if errors:
        return RowOutcome(line, "error", tuple(errors))
    known.seen[key] = line
    is_new = key not in known.segments
    if known.segments.get(key) == segment:
        return RowOutcome(line, "same")
    if seq:
        session.add(EndCustomer(name=name, segment=segment, valid_from=key[1], seq=seq, recorded_at=clock.now()))
    return RowOutcome(line, "new" if is_new else "changed")


def _text_errors(row: Mapping[str, str], line: int) -> Iterable[RowError]:
    for column, longest in LONGEST.items():
        text = row[column].strip()
        if not text and column == "end_customer":
            yield RowError(line, column, "", "The end customer is missing.")
        elif len(text) > longest:
            yield RowError(line, column, text[:80], f"Longer than {longest} characters.")
        elif not text.isprintable():
            yield RowError(line, column, "", "This cell holds an invisible character.")
