"""Programs in the rail, in the search and on the manager's home."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, url_for

from portal.core.db import session
from portal.programs.definitions.overview import list_programs, rows_of
from portal.programs.definitions.queries import search_programs
from portal.programs.definitions.words import KINDS
from portal.programs.targets.importing import offer_targets
from portal.security.viewer import VENDOR_ROLES, Role, Viewer
from portal.web.slots import Hit, NavItem, Tile

offer_targets()
LIST = "programs.definitions.list_programs"
OWNS = ("programs.definitions.",)
NAV = [
    NavItem("Programs", LIST, "plan", group="Channel", order=40, permission="program:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), owns=OWNS),
]  # fmt: skip


def draw_budgets(viewer: Viewer) -> str | None:
    """How much of each running program's budget is used; the fullest first."""
    rows = rows_of(session.scalars(list_programs(viewer)).all())
    rows = [row for row in rows if row.state == "running" and row.used_percent is not None]
    if not rows:
        return None
    rows.sort(key=lambda row: -(row.used_percent or 0))
    return render_template("programs/definitions/_budgets.html", rows=rows[:5])


TILES = [
    Tile("Budgets", LIST, frozenset({Role.CHANNEL_MANAGER, Role.FINANCE}), place="side", order=30, render=draw_budgets)
]


def find_programs(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Visible programs whose name or code fits."""
    if not text.strip():
        return []
    return [
        Hit(
            program.name,
            KINDS.get(program.kind, program.kind),
            url_for("programs.definitions.show_program", code=program.code),
            "plan",
            "Programs",
        )
        for program in session.scalars(search_programs(viewer, text).limit(6))
    ]


SEARCH = [find_programs]
