"""Asking for a calculation, working it off, and closing a period for good."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden
from portal.programs.closing import queries
from portal.programs.closing.checks import blocking, checklist, fingerprint
from portal.programs.closing.models import CalculationTask, TaskState
from portal.programs.closing.queries import PeriodRow
from portal.programs.definitions.models import Program
from portal.programs.runs.periods import DuePeriod, lock_period
from portal.security.viewer import Viewer

LEASE = dt.timedelta(minutes=15)
LOCKED = (
    "This period is locked and is never opened again. What changes later is posted in the next open period as an "
    "adjustment; an agreed amount is asked for as an exception."
)


def ask_calculation(code: str | None, *, by: Viewer) -> CalculationTask:
    """Let the worker calculate a program (or all) now; one that waits already is not asked for twice."""
    if by.person_id is None:
        raise Forbidden
    known = queries.find_task(code)
    if known is not None:
        return known
    task = CalculationTask(
        program_code=code, state=TaskState.WAITING, asked_by_id=by.person_id, asked_by_name=by.name,
        asked_at=clock.now(),
    )  # fmt: skip
    session.add(task)
    session.flush()
    audit.record("calculation.asked", kind="program", id=code or "all", label=code or "every program", actor=by)
    return task


def claim_task(number: int) -> bool:
    """Take a calculation over; False when another worker has it or it is finished."""
    now = clock.now()
    free = or_(CalculationTask.lease_until.is_(None), CalculationTask.lease_until < now)
    taken = session.execute(
        update(CalculationTask)
        .where(CalculationTask.id == number, CalculationTask.state.in_((TaskState.WAITING, TaskState.RUNNING)), free)
        .values(state=TaskState.RUNNING, lease_until=now + LEASE)
        .returning(CalculationTask.id)
    )
    return taken.first() is not None


def step_task(number: int, *, done: int, total: int, posted: int) -> None:
    """How far a calculation is; its worker keeps it."""
    task = queries.get_task(number)
    task.done, task.total, task.posted, task.lease_until = done, total, posted, clock.now() + LEASE


def finish_task(number: int, failure: str | None = None) -> None:
    """A calculation is through, or ended with a sentence."""
    task = queries.get_task(number)
    task.state, task.failure = (TaskState.FAILED if failure else TaskState.DONE), failure
    task.finished_at, task.lease_until = clock.now(), None


def close_period(row: PeriodRow, *, seen: str, by: Viewer) -> None:
    """Lock a due period for good, once nothing on its checklist keeps it open and its figures were looked at."""
    program = session.scalars(select(Program).where(Program.id == row.program_id).with_for_update()).one()
    row = queries.get_row(row.code, row.start)
    if row.state == "locked":
        raise Conflict(LOCKED)
    wrong = blocking(checklist(row))
    if wrong:
        raise Conflict(f"{wrong[0].title}. {wrong[0].more or 'See the checklist.'}")
    if seen != fingerprint(row, queries.amounts_of(row)):
        raise Conflict("The figures have changed since you looked at them. Look again below, then close.")
    lock_period(program, DuePeriod(row.code, row.start, row.end), by)
