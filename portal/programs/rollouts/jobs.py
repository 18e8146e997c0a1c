"""The worker's part of telling a version."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import session, transaction
from portal.programs.rollouts.models import Rollout
from portal.programs.rollouts.services import step_rollout

# So many steps at a time that other facts are delivered in between.
STEPS = 5


def run_waiting_rollouts() -> int:
    """What the worker calls: tell the next people of every version whose figures are there; returns the steps."""
    waiting = list(session.scalars(select(Rollout.id).where(Rollout.told_at.is_(None)).order_by(Rollout.id)))
    session.rollback()
    return sum(_told(number) for number in waiting)


def _told(number: int) -> int:
    for step in range(STEPS):
        with transaction():
            went_on = step_rollout(number)
        if not went_on:
            return step
    return STEPS
