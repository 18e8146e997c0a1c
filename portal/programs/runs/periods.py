"""Locking periods: a recorded act, after the grace, and only when a run has posted the period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from portal.audit import services as audit
from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.db import session
from portal.core.events import emit
from portal.engine.periods import windows_of
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.events import PeriodLocked
from portal.programs.runs.models import PeriodState, ProgramPeriod, ProgramRun
from portal.security.viewer import SYSTEM, Viewer


@dataclass(frozen=True)
class DuePeriod:
    """A period whose grace has passed and which is still open."""

    program_code: str
    period_start: dt.date
    period_end: dt.date


def due_periods(today: dt.date | None = None) -> list[DuePeriod]:
    """Periods that may be locked: ended, grace over, not locked yet."""
    today = today or clock.today()
    locked = {
        (code, start)
        for code, start in session.execute(
            select(Program.code, ProgramPeriod.period_start)
            .join(Program, Program.id == ProgramPeriod.program_id)
            .where(ProgramPeriod.state == PeriodState.LOCKED)
        )
    }
    due = []
    for program in engine_programs():
        for window in windows_of(program, day_number(today)):
            last = from_day_number(window.period_end) + dt.timedelta(days=window.version.plan.grace_days)
            start = from_day_number(window.period_start)
            if last <= today and (program.code, start) not in locked:
                locked.add((program.code, start))  # versions that share a period are one period
                due.append(DuePeriod(program.code, start, from_day_number(window.period_end)))
    return due


def calculated_since_end(program_code: str, period_end: dt.date) -> bool:
    """Whether a run has calculated and posted a program after a period's end: without it, nothing is locked."""
    ended = dt.datetime.combine(period_end, dt.time.min, tzinfo=clock.zone())
    covers = or_(ProgramRun.program_code == program_code, ProgramRun.program_code.is_(None))
    query = select(func.max(ProgramRun.as_of)).where(
        ProgramRun.scope == "full", ProgramRun.posted.is_(True), ProgramRun.finished_at.is_not(None), covers
    )
    last = session.scalar(query)
    return last is not None and last >= ended


def lock_periods(due: Iterable[DuePeriod], *, by: Viewer = SYSTEM) -> list[DuePeriod]:
    """Lock those of some due periods that a run has posted, and say which; joins the running transaction.

    What waits elsewhere (claims, imports, exceptions) keeps no period open: it is posted as an adjustment later.
    """
    due = [one for one in due if calculated_since_end(one.program_code, one.period_end)]
    programs = {
        p.code: p for p in session.scalars(select(Program).where(Program.code.in_({d.program_code for d in due})))
    }
    for period in due:
        lock_period(programs[period.program_code], period, by)
    return due


def lock_period(program: Program, due: DuePeriod, by: Viewer) -> None:
    """Lock one period for good; joins the running transaction. Whoever calls has made sure that it is due."""
    period = session.scalar(
        select(ProgramPeriod).where(
            ProgramPeriod.program_id == program.id, ProgramPeriod.period_start == due.period_start
        )
    )
    if period is None:
        period = ProgramPeriod(program_id=program.id, period_start=due.period_start, period_end=due.period_end)
        session.add(period)
    period.state, period.locked_at, period.locked_by_id = PeriodState.LOCKED, clock.now(), by.person_id
    session.flush()
    label = f"{program.name}, {due.period_start} to {due.period_end - dt.timedelta(days=1)}"
    audit.record("period.locked", kind="program", id=program.code, label=label, actor=by)
    emit(PeriodLocked(program.code, program.name, due.period_start.isoformat(), due.period_end.isoformat()))
