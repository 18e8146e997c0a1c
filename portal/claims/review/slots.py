"""What other pages show of the queue."""

from __future__ import annotations

from flask import render_template

from portal.claims.review.queries import count_queue, list_by_age
from portal.security.viewer import Role, Viewer
from portal.web.slots import NavItem, Tile

MANAGERS = frozenset({Role.CHANNEL_MANAGER.value})
NAV = [
    NavItem(
        "Claims", "claims.review.list_queue", "claim", order=20, permission="claim:review",
        count_endpoint="claims.review.count_waiting", thumb=True,
        owns=("claims.review.", "claims.submission."),
    ),
]  # fmt: skip


def draw_summary(viewer: Viewer) -> str:
    """The queue in sentences and its age, for the home page."""
    counts = count_queue(viewer)
    return render_template("claims/review/_summary.html", counts=counts, ages=list_by_age(viewer))


TILES = [
    Tile("Claims to decide", "claims.review.list_queue", MANAGERS, place="main", order=10, render=draw_summary),
]
