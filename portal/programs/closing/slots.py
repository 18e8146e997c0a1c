"""The period desk in the rail and what is due on home pages."""

from __future__ import annotations

from flask import render_template

from portal.programs.closing import queries
from portal.security.viewer import VENDOR_ROLES, Role, Viewer
from portal.web.slots import NavItem, Tile

DESK = "programs.closing.list_periods"
NAV = [
    NavItem("Periods", DESK, "calendar", group="Channel", order=42, permission="period:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), owns=("programs.closing.",)),
]  # fmt: skip


def draw_due(_viewer: Viewer) -> str | None:
    """The periods that are in grace or due; nothing when none is."""
    rows = [row for row in queries.list_rows() if row.state in ("due", "grace")]
    return render_template("programs/closing/_due.html", rows=rows[:5], more=len(rows) - 5) if rows else None


TILES = [
    Tile("Periods to close", DESK, frozenset({Role.CHANNEL_MANAGER, Role.FINANCE}), place="side", order=25,
         render=draw_due),
]  # fmt: skip
