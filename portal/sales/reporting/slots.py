"""Reporting in the rail, and who has not reported on the homes of managers and finance."""

from __future__ import annotations

from flask import render_template

from portal.sales.reporting.queries import count_states, list_reports
from portal.security.viewer import Role, Viewer
from portal.web.slots import NavItem, Tile

LIST = "sales.reporting.list_reports"
SHOWN = 5
NAV = [
    NavItem("Reporting", LIST, "calendar", group="Channel", order=39, permission="report:read",
            owns=("sales.reporting.",)),
]  # fmt: skip


def draw_late(viewer: Viewer) -> str | None:
    """The files that are late, missing or unusual; nothing when every file is there."""
    every = list_reports(viewer)
    rows = [one for one in every if one.needs_eyes]
    if not rows:
        return None
    return render_template("sales/reporting/_late.html", rows=rows[:SHOWN], counts=count_states(every))


TILES = [
    Tile("Who has not reported", LIST, frozenset({Role.CHANNEL_MANAGER.value}), place="main", order=35,
         render=draw_late),
    Tile("Who has not reported", LIST, frozenset({Role.FINANCE.value}), place="main", order=40, render=draw_late),
]  # fmt: skip
