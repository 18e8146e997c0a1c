"""Claiming an occurrence and running it: exactly one worker commits its effect."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.models import JobRun

log = logging.getLogger("portal.jobs")
LEASE = dt.timedelta(minutes=15)


class LostClaim(Exception):
    """Another worker took this occurrence over while we were at it; our work is rolled back."""


@dataclass(frozen=True)
class Job:
    """A job of the table: its name, how often, what it does.

    `daily_at` is a time of day in the portal's zone; otherwise `every` divides the day into slots. An `atomic` job
    is one transaction with its own completion; another opens its own transactions and is safe to run twice.
    """

    name: str
    work: Callable[[], object]
    every: dt.timedelta | None = None
    daily_at: dt.time | None = None
    atomic: bool = True

    def due_slot(self, moment: dt.datetime) -> dt.datetime:
        """The latest due time at or before the moment, in UTC."""
        local = clock.local(moment)
        midnight = dt.datetime.combine(local.date(), dt.time(), clock.zone())
        if self.daily_at is not None:
            slot = dt.datetime.combine(local.date(), self.daily_at, clock.zone())
            if slot > local:
                slot = dt.datetime.combine(local.date() - dt.timedelta(days=1), self.daily_at, clock.zone())
            return slot.astimezone(dt.UTC)
        if self.every is None:
            raise ValueError(f"job {self.name} has neither `every` nor `daily_at`")
        since = moment - midnight.astimezone(dt.UTC)
        return (midnight.astimezone(dt.UTC) + since // self.every * self.every).astimezone(dt.UTC)


def claim(job: Job, slot: dt.datetime) -> JobRun | None:
    """Claim an occurrence in a transaction of its own; None when it is done or another worker holds it."""
    moment = clock.now()
    try:
        with transaction():
            found = session.scalar(select(JobRun).where(JobRun.job == job.name, JobRun.scheduled_for == slot))
            if found is None:
                found = JobRun(job=job.name, scheduled_for=slot, claimed_at=moment, lease_until=moment + LEASE)
                session.add(found)
                return found
            if found.finished_at is not None or found.lease_until > moment:
                return None
            found.claimed_at, found.lease_until, found.fencing = moment, moment + LEASE, found.fencing + 1
            return found
    except IntegrityError:
        return None


def run_job(job: Job, moment: dt.datetime | None = None) -> bool:
    """Run the latest due occurrence if nobody has; True when this worker did it."""
    occurrence = claim(job, job.due_slot(moment or clock.now()))
    if occurrence is None:
        return False
    number, fencing = occurrence.id, occurrence.fencing
    try:
        if not job.atomic:
            job.work()
        with transaction():
            if job.atomic:
                job.work()
            _finish(number, fencing, None)
    except LostClaim:
        log.warning("job %s was taken over by another worker", job.name)
        return False
    except Exception as error:
        log.exception("job %s failed", job.name)
        with transaction():
            _finish(number, fencing, f"{type(error).__name__}: {error}"[:2000])
    return True


def _finish(number: int, fencing: int, error: str | None) -> None:
    done = session.execute(
        update(JobRun)
        .where(JobRun.id == number, JobRun.fencing == fencing, JobRun.finished_at.is_(None))
        .values(finished_at=clock.now(), error=error)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise LostClaim
