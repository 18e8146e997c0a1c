"""Working off the calculations people asked for, program by program."""

from __future__ import annotations

from sqlalchemy import or_, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person
from portal.programs.closing import queries, services
from portal.programs.closing.models import CalculationTask, TaskState
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.jobs import run_full


def run_waiting_calculations() -> int:
    """What the worker calls: every calculation somebody asked for; returns how many were finished."""
    free = or_(CalculationTask.lease_until.is_(None), CalculationTask.lease_until < clock.now())
    open_states = (TaskState.WAITING, TaskState.RUNNING)
    query = select(CalculationTask.id).where(CalculationTask.state.in_(open_states), free).order_by(CalculationTask.id)
    waiting = list(session.scalars(query))
    session.rollback()
    return sum(run_calculation(number) for number in waiting)


def run_calculation(number: int) -> bool:
    """Calculate and post what one task asks for; False when another worker has it."""
    with transaction():
        if not services.claim_task(number):
            return False
    task = queries.get_task(number)
    by = make_viewer(session.get_one(Person, task.asked_by_id))
    codes = [task.program_code] if task.program_code else [program.code for program in engine_programs()]
    posted, failure = 0, None
    session.rollback()
    try:
        for done, code in enumerate(codes):
            with transaction():
                services.step_task(number, done=done, total=len(codes), posted=posted)
            result = run_full(program_code=code, by=by, reason=f"calculated at the period desk by {by.name}")
            posted += result.posted or 0
        with transaction():
            services.step_task(number, done=len(codes), total=len(codes), posted=posted)
    except PortalError as error:
        session.rollback()
        failure = error.sentence
    with transaction():
        services.finish_task(number, failure)
    return True
