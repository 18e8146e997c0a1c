"""Reading and proving the chain."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from sqlalchemy import Select, or_, select

from portal.audit.models import AuditEntry, AuditHead
from portal.audit.rules import CHAINED, GENESIS, chain_hash
from portal.core.db import engine, session
from portal.core.errors import NotFound

EntryQuery: TypeAlias = Select[AuditEntry]


def search_entries(
    *,
    text: str = "",
    act: str = "",
    actor: str = "",
    kind: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> EntryQuery:
    """Entries that fit all given filters, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if text:
        like = f"%{escape_like(text)}%"
        columns = (
            AuditEntry.label, AuditEntry.act, AuditEntry.actor, AuditEntry.object_id, AuditEntry.after,
            AuditEntry.reason,
        )  # fmt: skip
        query = query.where(or_(*(column.ilike(like, escape="\\") for column in columns)))
    if act:
        query = query.where(AuditEntry.act.startswith(act, autoescape=True))
    if actor:
        query = query.where(AuditEntry.actor.ilike(f"%{escape_like(actor)}%", escape="\\"))
    if kind:
        query = query.where(AuditEntry.kind == kind)
    if since:
        query = query.where(AuditEntry.at >= since)
    if until:
        query = query.where(AuditEntry.at < until)
    return query


def escape_like(text: str) -> str:
    """Text in which % and _ mean themselves (escape character: backslash)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def get_entry(number: int) -> AuditEntry:
    """One entry, or NotFound."""
    entry = session.get(AuditEntry, number)
    if entry is None:
        raise NotFound
    return entry


def entries_about(kind: str, object_id: int | str) -> list[AuditEntry]:
    """The history of one thing, oldest first."""
    query = select(AuditEntry).where(AuditEntry.kind == kind, AuditEntry.object_id == str(object_id))
    return list(session.scalars(query.order_by(AuditEntry.id)))


def kinds() -> list[str]:
    """The kinds of things that appear in the log."""
    return list(session.scalars(select(AuditEntry.kind).distinct().order_by(AuditEntry.kind)))


def head() -> AuditHead | None:
    """The head of the chain."""
    return session.get(AuditHead, 1)


def verify_chain() -> list[str]:
    """Recompute every hash; sentences naming the first wrong entry, empty when all is well."""
    previous, expected = GENESIS, 0
    table = AuditEntry.__table__
    # a cursor that stays at the server needs a transaction around it
    streamed, there = {"yield_per": 2000}, {"bind": engine()}
    rows = session.execute(select(table).order_by(table.c.id), execution_options=streamed, bind_arguments=there)
    for row in rows.mappings():
        expected += 1
        if row["id"] != expected:
            return [f"Audit entry {expected} is missing: the next one found is {row['id']}."]
        if row["previous_hash"] != previous or row["hash"] != chain_hash(previous, {n: row[n] for n in CHAINED}):
            return [f"Audit entry {row['id']} ({row['act']}) was changed: its hash does not fit."]
        previous = row["hash"]
    found = head()
    if found is not None and (found.last_id != expected or found.last_hash != previous):
        return [f"The audit log ends at entry {expected}, but its head names entry {found.last_id}."]
    return []
