"""The period desk in the rail and what is due on home pages."""

from __future__ import annotations

from flask import g, render_template

from portal.programs.closing import queries
from portal.programs.closing.queries import PeriodRow
from portal.security.viewer import VENDOR_ROLES, Role, Viewer
from portal.web.slots import NavItem, Tile

DESK = "programs.closing.list_periods"
NAV = [
    NavItem("Periods", DESK, "calendar", group="Channel", order=42, permission="period:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), owns=("programs.closing.",)),
]  # fmt: skip


def _rows() -> list[PeriodRow]:
    """Every period, read once for all tiles of a page."""
    if "period_rows" not in g:
        g.period_rows = queries.list_rows()
    return list(g.period_rows)


def draw_held(_viewer: Viewer) -> str | None:
    """The alarm: periods the hourly job should have locked and could not, because nothing was calculated."""
    rows = queries.held(_rows())
    return render_template("programs/closing/_held.html", rows=rows) if rows else None


def draw_due(_viewer: Viewer) -> str | None:
    """The periods that are in grace or due; nothing when none is."""
    rows = [row for row in _rows() if row.state in ("due", "grace")]
    return render_template("programs/closing/_due.html", rows=rows[:5], more=len(rows) - 5) if rows else None


TILES = [
    Tile("Periods held open", DESK, frozenset({Role.CHANNEL_MANAGER, Role.FINANCE}), place="note", order=2,
         render=draw_held),
    Tile("Periods to close", DESK, frozenset({Role.CHANNEL_MANAGER, Role.FINANCE}), place="side", order=25,
         render=draw_due),
]  # fmt: skip
