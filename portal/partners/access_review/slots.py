"""The review of access in the rail, and the reminder on the homes of those who answer for it."""

from __future__ import annotations

import datetime as dt

from flask import render_template
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session
from portal.partners.access_review import queries
from portal.partners.access_review.rules import Quarter, quarter_of
from portal.partners.people.models import Person
from portal.security.viewer import Role, Viewer
from portal.web.slots import NavItem, Tile

LIST = "partners.access_review.list_reviews"
REMINDED = frozenset({Role.ADMIN.value, Role.AUDITOR.value})
NAV = [
    NavItem("Access review", LIST, "key", group="Proof", order=92, permission="access:review",
            owns=("partners.access_review.",)),
]  # fmt: skip


def draw_reminder(viewer: Viewer) -> str | None:
    """The quarter that has no sign-off: the last one when it was missed, else this one."""
    signed = {review.quarter for review, signature in queries.list_reviews(viewer) if signature}
    current = quarter_of(clock.today())
    if current.name in signed:
        return None
    review = queries.find_review(viewer, current.name)
    return render_template(
        "partners/access_review/_reminder.html", current=current.name, review=review,
        missed=current.previous.name if _was_missed(current, signed) else None,
        progress=queries.progress_of(review) if review else None,
    )  # fmt: skip


def _was_missed(current: Quarter, signed: set[str]) -> bool:
    """Whether the quarter before had accounts to look at and nobody signed for them."""
    if current.previous.name in signed:
        return False
    first = session.scalar(select(func.min(Person.created_at)))
    begin = dt.datetime.combine(current.previous.start, dt.time(), clock.zone())
    return first is not None and first < begin


TILES = [Tile("Access review", LIST, REMINDED, place="note", order=30, render=draw_reminder)]
