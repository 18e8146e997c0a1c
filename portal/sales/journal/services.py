"""Writing the journal: batches, lines, confirmation. Nothing here commits; rows count once their batch is confirmed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, literal, select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.sales.errors import BatchClosed
from portal.sales.journal.events import JournalBatchConfirmed
from portal.sales.journal.matching import match_claimed_lines
from portal.sales.journal.models import BatchState, Flow, JournalBatch, JournalDay, SaleLine
from portal.security.viewer import Viewer

NAMED_PARTNERS = 2000


@dataclass(frozen=True)
class NewLine:
    """One row for the journal; amount in minor units. `origin_on` is left out unless the row takes something back."""

    external_id: str
    partner_id: int
    product_id: int
    quantity: int
    amount: int
    currency: str
    sold_on: dt.date
    flow: str = Flow.SELL_IN
    seller_id: int | None = None
    distributor_id: int | None = None
    invoice_no: str | None = None
    end_customer: str | None = None
    serial_no: str | None = None
    origin_on: dt.date | None = None
    returns_line_id: int | None = None
    reverses_line_id: int | None = None
    corrects_line_id: int | None = None
    generated: bool = False


COMPARED = tuple(field.name for field in dataclasses.fields(NewLine) if field.name not in ("external_id", "generated"))


def open_batch(source: str, kind: str, *, by: Viewer | None = None, note: str | None = None) -> JournalBatch:
    """A batch that takes rows; it counts after `confirm_batch`."""
    batch = JournalBatch(
        source=source, kind=kind, state=BatchState.OPEN, note=note, line_count=0,
        by_person_id=by.person_id if by else None, created_at=clock.now(),
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def add_lines(batch: JournalBatch, rows: Iterable[NewLine]) -> list[SaleLine]:
    """Put rows into an open batch, in order; a row the journal already holds is returned as it stands there.

    The same id with other content is refused. For files use the importer, which checks and writes in bulk.
    """
    _require_open(batch)
    wanted = list(rows)
    known = _known_lines(batch.source, [row.external_id for row in wanted])
    lines = []
    for row in wanted:
        line = known.get(row.external_id)
        if line is None:
            line = SaleLine(batch_id=batch.id, source=batch.source, **_values(row))
            session.add(line)
            known[row.external_id] = line
        elif changed := _differences(line, row):
            raise Conflict(
                f"Line {row.external_id} of {batch.source} is already in the journal with another {', '.join(changed)}."
            )
        lines.append(line)
    session.flush()
    return lines


def _values(row: NewLine) -> dict[str, Any]:
    values = dataclasses.asdict(row)
    return values | {"origin_on": row.origin_on or row.sold_on}


def _differences(line: SaleLine, row: NewLine) -> list[str]:
    values = _values(row)
    return [name.removesuffix("_id") for name in COMPARED if getattr(line, name) != values[name]]


def _known_lines(source: str, external_ids: Sequence[str]) -> dict[str, SaleLine]:
    query = select(SaleLine).where(SaleLine.source == source, SaleLine.external_id.in_(external_ids))
    return {line.external_id: line for line in session.scalars(query)}


def _require_open(batch: JournalBatch) -> None:
    if batch.state != BatchState.OPEN:
        raise BatchClosed(f"Batch {batch.id} is {batch.state}; only an open batch can be changed.")


def confirm_batch(batch: JournalBatch, *, by: Viewer | None = None) -> int:
    """Take the journal lock, stamp the next `seq` and now: from here on the rows count. Returns the seq."""
    _require_open(batch)
    session.flush()
    seq = next_seq()
    batch.state, batch.seq, batch.recorded_at = BatchState.CONFIRMED, seq, clock.now()
    count, first, last = _count_days(batch.id)
    batch.line_count = count
    session.flush()
    matched = match_claimed_lines(batch, seq)
    partner_ids = _partners_of(batch.id)
    emit(
        JournalBatchConfirmed(
            batch_id=batch.id, seq=seq, source=batch.source, kind=batch.kind, line_count=count,
            partner_ids=partner_ids if len(partner_ids) <= NAMED_PARTNERS else (),
            all_partners=len(partner_ids) > NAMED_PARTNERS, first_day=first, last_day=last,
        )
    )  # fmt: skip
    after = {"source": batch.source, "kind": batch.kind, "lines": count, "seq": seq, "matched": matched}
    label = f"{batch.source} #{batch.id}"
    audit.record("batch.confirmed", kind="batch", id=batch.id, label=label, after=after, actor=by)
    return seq


def _count_days(batch_id: int) -> tuple[int, int, int]:
    """Write how many lines the batch has on each day; all of them, and the first and last day they belong to."""
    linked = SaleLine.returns_line_id.is_not(None)
    day = (SaleLine.flow, SaleLine.sold_on, SaleLine.origin_on, linked)
    counted = select(literal(batch_id), *day, func.count()).where(SaleLine.batch_id == batch_id).group_by(*day)
    session.execute(
        insert(JournalDay).from_select(["batch_id", "flow", "sold_on", "origin_on", "linked", "lines"], counted)
    )
    days = [end(column) for end in (func.min, func.max) for column in (JournalDay.sold_on, JournalDay.origin_on)]
    query = select(func.sum(JournalDay.lines), *days).where(JournalDay.batch_id == batch_id)
    count, *found = session.execute(query).one()
    return (int(count), clock.day_number(min(found)), clock.day_number(max(found))) if count else (0, 0, 0)


def _partners_of(batch_id: int) -> tuple[int, ...]:
    query = select(SaleLine.partner_id).where(SaleLine.batch_id == batch_id).distinct()
    return tuple(session.scalars(query.order_by(SaleLine.partner_id).limit(NAMED_PARTNERS + 1)))


def discard_batch(batch: JournalBatch) -> int:
    """Remove the rows of a never-confirmed batch, the one deletion the journal allows. Returns how many."""
    _require_open(batch)
    found = session.execute(delete(SaleLine).where(SaleLine.batch_id == batch.id))
    batch.state = BatchState.DISCARDED
    session.flush()
    session.expire_all()
    return int(found.rowcount)  # type: ignore[attr-defined]
