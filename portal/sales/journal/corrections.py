"""What is wrong in the journal is reversed and, where something remains true, written anew; both are linked."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.sales.errors import LineTaken
from portal.sales.journal.models import BatchKind, JournalBatch, SaleLine
from portal.sales.journal.queries import is_reversed, seller_of, taken_back
from portal.sales.journal.rules import CLAIM_SOURCE, Figures, correction_fault, next_version_id, reversal_id
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import Viewer

_COPIED = tuple(field.name for field in dataclasses.fields(NewLine) if hasattr(SaleLine, field.name))


def reversal_of(line: SaleLine) -> NewLine:
    """The row that takes a line back: all its attributes, its day, the opposite quantity and amount."""
    values = {name: getattr(line, name) for name in _COPIED}
    taken: dict[str, Any] = {
        "external_id": reversal_id(line.external_id), "quantity": -line.quantity, "amount": -line.amount,
        "reverses_line_id": line.id, "returns_line_id": None, "corrects_line_id": None,
    }  # fmt: skip
    return NewLine(**(values | taken))


def corrected(line: SaleLine, version: int, **changes: Any) -> NewLine:
    """The row that replaces a line; `origin_on` follows `sold_on` unless the line takes something back."""
    values = {name: getattr(line, name) for name in _COPIED}
    moved = {"origin_on": None} if line.returns_line_id is None else {}
    new_id = {"external_id": next_version_id(line.external_id, version), "corrects_line_id": line.id}
    return NewLine(**(values | moved | new_id | changes))


def require_reversible(line: SaleLine) -> None:
    """Refuse a line that was taken back already, wholly or in part."""
    if line.reverses_line_id is not None:
        raise LineTaken("A reversal cannot be reversed; write the sale anew.")
    if is_reversed(line.id):
        raise LineTaken(f"Line {line.external_id} was reversed already.")
    if taken_back(line.id):
        raise LineTaken(f"Line {line.external_id} has returns. Reverse those first.")


def reverse_line(line: SaleLine, *, by: Viewer, reason: str) -> JournalBatch:
    """Take a line back on its own day, in a batch of its own that counts at once."""
    require_reversible(line)
    batch = open_batch(line.source, BatchKind.CORRECTION, by=by, note=reason)
    add_lines(batch, [reversal_of(line)])
    confirm_batch(batch, by=by)
    audit.record("line.reversed", kind="line", id=line.id, label=line.external_id, reason=reason, actor=by,
                 partner_id=line.partner_id)  # fmt: skip
    return batch


def correct_line(line: SaleLine, now: Figures, *, by: Viewer, reason: str) -> SaleLine:
    """Reverse a line and write it anew with other figures; returns the new line, linked to the old one.

    Raises LineTaken for a line of a claim or one that takes something back, InvalidInput beside the wrong field.
    """
    require_reversible(line)
    _require_correctable(line)
    was = Figures(line.quantity, line.amount, line.sold_on)
    field, fault = correction_fault(was, now, clock.today())
    if fault:
        raise InvalidInput(fault, field=field)
    changes = {name: value for name, value in vars(now).items() if value != getattr(was, name)}
    batch = open_batch(line.source, BatchKind.CORRECTION, by=by, note=reason)
    version = next_version(line)
    _, renewed = add_lines(batch, [reversal_of(line), corrected(line, version, **changes)])
    confirm_batch(batch, by=by)
    audit.record("line.corrected", kind="line", id=line.id, label=line.external_id, reason=reason, actor=by,
                 after={name: str(value) for name, value in changes.items()}, partner_id=line.partner_id)  # fmt: skip
    return renewed


def _require_correctable(line: SaleLine) -> None:
    """Refuse what hangs on something else: the figures of a claim are the claim's, those of a return its sale's."""
    if line.source == CLAIM_SOURCE or seller_of(line) != line.seller_id:
        raise LineTaken("A claim stands on this line. Take the claim back, then reverse the line.")
    if line.returns_line_id is not None:
        raise LineTaken("This line takes another one back. Reverse it and record the return anew.")


def next_version(line: SaleLine) -> int:
    """The number of the next version of a line, 2 for one never corrected."""
    number, current = 2, line
    while current.corrects_line_id is not None:
        number += 1
        current = session.scalars(select(SaleLine).where(SaleLine.id == current.corrects_line_id)).one()
    return number
