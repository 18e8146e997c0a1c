"""How many claims wait for a decision: the period desk asks before it closes a period."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.claims.rules import WAITING
from portal.core.db import session
from portal.programs.closing.waiting import Waiting, register_waiting


def count_waiting_claims(since: dt.date, until: dt.date) -> Waiting:
    """Claims that are not decided yet, of sales on the days [since, until)."""
    query = select(func.count()).where(Claim.state.in_(WAITING), Claim.sold_on >= since, Claim.sold_on < until)
    return Waiting("claims", session.scalar(query) or 0, "claims.review.list_queue")


def register() -> None:
    """Let the period desk ask."""
    register_waiting(count_waiting_claims)
