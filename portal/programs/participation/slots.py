"""My programs in the rail and on the home page."""

from __future__ import annotations

from flask import render_template

from portal.programs.participation.queries import list_my_programs
from portal.programs.statements.participants import own_participant
from portal.security.viewer import PARTNER_ROLES, Role, Viewer
from portal.web.slots import NavItem, Tile

PAGE = "programs.participation.show_my_programs"
OWNS = ("programs.participation.", "programs.estimator.", "programs.definitions.")
ROLES = frozenset(role.value for role in PARTNER_ROLES)
NAV = [NavItem("My programs", PAGE, "plan", order=22, permission="program:read", roles=ROLES, owns=OWNS)]


def draw_terms(viewer: Viewer) -> str | None:
    """The programs whose terms wait for an answer; nothing when none does."""
    who = own_participant(viewer)
    if who is None:
        return None
    asked = [one for one in list_my_programs(viewer, who, outlook=False) if one.standing.asks]
    return render_template("programs/participation/_terms.html", asked=asked) if asked else None


TILES = [Tile("Terms to accept", PAGE, frozenset({Role.PARTNER_ADMIN}), place="note", order=10, render=draw_terms)]
