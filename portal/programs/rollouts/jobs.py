"""The worker's part of telling a version."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.programs.rollouts.events import VersionTold
from portal.programs.rollouts.models import Rollout
from portal.programs.rollouts.services import step_rollout

# So many facts at most wait for delivery at a time: other news, a claim that was approved say, never stands far behind.
AHEAD = 4


def run_waiting_rollouts() -> int:
    """What the worker calls: tell the next people of every version whose figures are there; returns the steps."""
    waiting = list(session.scalars(select(Rollout.id).where(Rollout.told_at.is_(None)).order_by(Rollout.id)))
    session.rollback()
    return sum(_told(number) for number in waiting)


def _told(number: int) -> int:
    room = AHEAD - _undelivered()
    for step in range(room):
        with transaction():
            went_on = step_rollout(number)
        if not went_on:
            return step
    return max(room, 0)


def _undelivered() -> int:
    query = select(func.count()).select_from(OutboxRow).where(OutboxRow.delivered_at.is_(None))
    found = session.scalar(query.where(OutboxRow.fact == VersionTold.__name__)) or 0
    session.rollback()
    return found
