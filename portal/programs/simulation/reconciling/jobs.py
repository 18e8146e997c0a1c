"""Working through comparisons with what was paid; each step says how far it is."""

from __future__ import annotations

from sqlalchemy import or_, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.programs.definitions.queries import engine_programs
from portal.programs.simulation.models import PaidFile
from portal.programs.simulation.reconciling import services
from portal.programs.simulation.reconciling.comparing import STAGES, compare, periods_of
from portal.programs.simulation.reconciling.payments import unpack
from portal.programs.simulation.services import WAITING


class Stopped(Exception):
    """Somebody canceled the comparison, or another worker took it over."""


def run_waiting_comparisons() -> int:
    """What the worker calls: work out every comparison that waits; returns how many."""
    free = or_(PaidFile.lease_until.is_(None), PaidFile.lease_until < clock.now())
    query = select(PaidFile.id).where(PaidFile.state.in_(WAITING), free).order_by(PaidFile.id)
    waiting = list(session.scalars(query))
    session.rollback()
    return sum(run_comparison(number) for number in waiting)


def run_comparison(number: int) -> bool:
    """Work out one comparison; False when it was not there to be taken, or was taken away meanwhile."""
    text = session.scalar(select(PaidFile.payments).where(PaidFile.id == number)) or "[]"
    payments = unpack(text, engine_programs())
    session.rollback()
    with transaction():
        if not services.claim_comparison(number, len(STAGES) * len(periods_of(payments))):
            return False

    def told(stage: str) -> None:
        with transaction():
            kept = services.step_comparison(number, stage)
        if not kept:
            raise Stopped

    try:
        result = compare(payments, told=told)
        with transaction():
            if not services.step_comparison(number, "store"):
                return False
            services.finish_comparison(number, result)
    except Stopped:
        return False
    except PortalError as error:
        with transaction():
            services.fail_comparison(number, error.sentence)
    return True
