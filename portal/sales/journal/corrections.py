"""What is wrong in the journal is reversed and, where something remains true, written anew; both are linked."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import select

from portal.audit import services as audit
from portal.core.db import session
from portal.sales.errors import LineTaken
from portal.sales.journal.models import BatchKind, JournalBatch, SaleLine
from portal.sales.journal.queries import is_reversed, taken_back
from portal.sales.journal.rules import next_version_id, reversal_id
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


def correct_line(line: SaleLine, *, by: Viewer, reason: str, **changes: Any) -> SaleLine:
    """Reverse a line and write it anew with other values; returns the new line, linked to the old one."""
    require_reversible(line)
    batch = open_batch(line.source, BatchKind.CORRECTION, by=by, note=reason)
    version = next_version(line)
    _, renewed = add_lines(batch, [reversal_of(line), corrected(line, version, **changes)])
    confirm_batch(batch, by=by)
    audit.record("line.corrected", kind="line", id=line.id, label=line.external_id, reason=reason, actor=by,
                 after={name: str(value) for name, value in changes.items()}, partner_id=line.partner_id)  # fmt: skip
    return renewed


def next_version(line: SaleLine) -> int:
    """The number of the next version of a line, 2 for one never corrected."""
    number, current = 2, line
    while current.corrects_line_id is not None:
        number += 1
        current = session.scalars(select(SaleLine).where(SaleLine.id == current.corrects_line_id)).one()
    return number
