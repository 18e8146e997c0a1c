"""Who waits to join, in the rail; and what somebody who waits reads at home."""

from __future__ import annotations

from flask import render_template

from portal.security.viewer import Role, Viewer
from portal.web.slots import NavItem, Tile

NAV = [
    NavItem("Joining", "partners.joining.list_joiners", "plus", group="Company", order=66, permission="join:decide",
            count_endpoint="partners.joining.count_joiners", owns=("partners.joining.",)),
]  # fmt: skip


def draw_waiting(viewer: Viewer) -> str | None:
    """Why nothing is earned yet, for somebody whose shop has still to confirm."""
    return render_template("partners/joining/_waiting.html") if viewer.waiting else None


TILES = [
    Tile("Your shop has to confirm you", "partners.access.show_account", frozenset({Role.SELLER.value}), place="note",
         order=1, render=draw_waiting),
]  # fmt: skip
