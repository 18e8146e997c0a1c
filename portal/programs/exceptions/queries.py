"""Reading exceptions within what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Select, func, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.ledger.models import LedgerOwner
from portal.programs.definitions.models import Program
from portal.programs.exceptions.models import ExceptionState, ProgramException
from portal.programs.statements.participants import visible_owners
from portal.security.limits.queries import Desk, seen_by
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer


def visible_exceptions(viewer: Viewer) -> Select[ProgramException]:
    """The exceptions of participants whose statements a viewer may read."""
    owners = visible_owners(viewer).with_only_columns(LedgerOwner.id)
    return select(ProgramException).where(ProgramException.owner_id.in_(owners))


def search_exceptions(
    viewer: Viewer, *, q: str = "", state: str = "", program_id: int | None = None, period: dt.date | None = None
) -> Select[ProgramException, Program]:
    """Rows (exception, program), what waits first, then the newest."""
    query = visible_exceptions(viewer).add_columns(Program).join(Program, Program.id == ProgramException.program_id)
    if q:
        columns = (ProgramException.participant_name, ProgramException.participant_code, Program.name,
                   ProgramException.reason)  # fmt: skip
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
    if state:
        query = query.where(ProgramException.state == state)
    if program_id is not None:
        query = query.where(ProgramException.program_id == program_id)
    if period is not None:
        query = query.where(ProgramException.period_start == period)
    waits = ProgramException.state == ExceptionState.ASKED
    return query.order_by(waits.desc(), ProgramException.id.desc())


def get_exception(viewer: Viewer, number: int) -> ProgramException:
    """A visible exception; a stranger's does not exist."""
    found = session.scalar(visible_exceptions(viewer).where(ProgramException.id == number))
    if found is None:
        raise NotFound
    return found


def lock_exception(viewer: Viewer, number: int) -> ProgramException:
    """A visible exception, locked for a decision."""
    query = visible_exceptions(viewer).where(ProgramException.id == number).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def count_waiting(viewer: Viewer) -> int:
    """How many exceptions of others wait for the viewer as their second person."""
    query = visible_exceptions(viewer).where(ProgramException.state == ExceptionState.ASKED)
    query = query.where(ProgramException.asked_by_id != viewer.person_id)
    return session.scalar(query.with_only_columns(func.count())) or 0


def why_above(viewer: Viewer, rows: Iterable[ProgramException]) -> dict[int, str | None]:
    """Why the viewer's limit does not reach, for those that wait, by their numbers."""
    desk, waiting = Desk(viewer, Kind.EXCEPTION), [row for row in rows if row.state == ExceptionState.ASKED]
    seen = seen_by(visible_exceptions, ProgramException.id, [row.id for row in waiting])
    return {row.id: desk.why_above({row.unit: row.amount}, but=[row.asked_by_id], sees=seen(row.id)) for row in waiting}
