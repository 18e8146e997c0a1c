"""What other pages show of the queue."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask import render_template, url_for
from sqlalchemy import func

from portal.claims import waiting
from portal.claims.models import Claim
from portal.claims.review.queries import count_queue, list_by_age, waiting_claims
from portal.core.db import session
from portal.security.viewer import Role, Viewer
from portal.web.slots import LooseEnd, NavItem, Tile

waiting.register()
MANAGERS = frozenset({Role.CHANNEL_MANAGER.value})
NAV = [
    NavItem(
        "Claims", "claims.review.list_queue", "claim", order=20, permission="claim:review",
        count_endpoint="claims.review.count_waiting", count_permission="claim:approve", thumb=True,
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


def open_claims(viewer: Viewer, partner_ids: Collection[int]) -> Iterable[LooseEnd]:
    """Claims of these partners that nobody has decided yet."""
    query = waiting_claims(viewer).where(Claim.partner_id.in_(partner_ids)).with_only_columns(func.count())
    number = session.scalar(query) or 0
    if number and viewer.can("claim:review"):
        label = "One claim waits" if number == 1 else f"{number} claims wait"
        says = "They stay in the queue and are decided as usual; an open question lapses when nobody answers it."
        yield LooseEnd(f"{label} for a decision.", says, url_for("claims.review.list_queue"))


LOOSE_ENDS = [open_claims]
