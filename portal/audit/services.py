"""Recording acts. `record` only buffers; the entries are written last in the transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry, AuditHead
from portal.audit.rules import GENESIS, chain_hash
from portal.core import clock, db
from portal.core.db import session, transaction
from portal.core.ids import canonical_json
from portal.security.viewer import SYSTEM, Viewer


def _nowhere() -> str | None:
    """Commands and jobs have no address."""
    return None


_origin: Callable[[], str | None] = _nowhere
_BUFFER = "audit_buffer"


def set_origin(source: Callable[[], str | None]) -> None:
    """Say where an act comes from (the client address); the web tier knows, this room does not."""
    global _origin
    _origin = source


def record(
    act: str,
    *,
    kind: str,
    id: int | str,  # noqa: A002  the word every room uses for it
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    actor: Viewer | None = None,
    partner_id: int | None = None,
    result: str = "done",
) -> None:
    """Buffer one entry of the running transaction. `act` is `noun.verbed`, such as `claim.approved`."""
    who = actor or SYSTEM
    session().info.setdefault(_BUFFER, []).append(
        {
            "at": clock.now(),
            "act": act,
            "actor_id": who.person_id,
            "actor": _actor_label(who),
            "kind": kind,
            "object_id": str(id),
            "label": label[:200],
            "partner_id": partner_id,
            "before": canonical_json(before) if before is not None else None,
            "after": canonical_json(after) if after is not None else None,
            "reason": reason,
            "origin": _origin(),
            "result": result,
        }
    )


def record_refusal(
    act: str,
    *,
    kind: str,
    id: int | str,  # noqa: A002  the word every room uses for it
    label: str = "",
    reason: str,
    actor: Viewer | None,
) -> None:
    """Write down an act that was refused, in a transaction of its own after the rollback."""
    with transaction():
        record(act, kind=kind, id=id, label=label, reason=reason, actor=actor, result="refused")


def record_refused_access(endpoint: str, path: str, sentence: str, actor: Viewer | None) -> None:
    """Write down that somebody tried what their role does not allow."""
    record_refusal("access.refused", kind="page", id=endpoint, label=path, reason=sentence, actor=actor)


def _actor_label(who: Viewer) -> str:
    label = f"{who.name} <{who.email}>" if who.email else who.name
    return f"{label} (viewed by {who.view_as_by})" if who.view_as_by else label[:200]


def write_entries(current: Session) -> None:
    """Chain and insert what was buffered; the last thing a transaction does."""
    buffered = current.info.pop(_BUFFER, None)
    if not buffered:
        return
    head = current.scalar(select(AuditHead).where(AuditHead.id == 1).with_for_update())
    if head is None:
        head = AuditHead(id=1, last_id=0, last_hash=GENESIS)
        current.add(head)
    rows = []
    number, previous = head.last_id, head.last_hash
    for values in buffered:
        number += 1
        chained = values | {"id": number}
        current_hash = chain_hash(previous, chained)
        rows.append(chained | {"previous_hash": previous, "hash": current_hash})
        previous = current_hash
    head.last_id, head.last_hash = number, previous
    current.flush()
    current.execute(insert(AuditEntry), rows)


def drop_buffer(current: Session) -> None:
    """A rolled-back transaction leaves no entries behind."""
    current.info.pop(_BUFFER, None)


db.before_commit(write_entries)
db.after_rollback(drop_buffer)
