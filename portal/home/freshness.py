"""Whether a home page is still true: one cheap statement instead of drawing every tile again."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, func, select

from portal.core import clock
from portal.core.db import Base, session
from portal.security.viewer import Viewer

# Whatever a tile shows leaves a higher number in one of these; asked of the primary key, that costs microseconds.
_NUMBERED = (
    "notification",
    "ledger_entry",
    "program_run",
    "claim_step",
    "sale_line",
    "reward_order_step",
    "badge_award",
    "book_check",
)
HOLDS_SECONDS = 20


def stamp_of(viewer: Viewer) -> str:
    """A word that changes whenever something the viewer's home may show has changed, and at least every 20 seconds."""
    tables = Base.metadata.tables
    notices, claims = tables["notification"].c, tables["claim"].c
    asked: list[ColumnElement[object]] = [
        select(tables["audit_head"].c.last_id).limit(1).scalar_subquery(),
        *(_newest(tables[name]) for name in _NUMBERED),
        select(func.max(notices.read_at)).where(notices.person_id == viewer.person_id).scalar_subquery(),
        select(func.max(claims.saved_at)).where(claims.seller_id == viewer.person_id).scalar_subquery(),
    ]
    parts = [*session.execute(select(*asked)).one(), int(clock.now().timestamp()) // HOLDS_SECONDS, clock.today()]
    return "-".join("0" if part is None else str(part) for part in parts)


def _newest(table: Table) -> ColumnElement[object]:
    return select(func.max(table.c.id)).scalar_subquery()
