"""Asking for an exception, approving it (a second person) and rejecting it with a note."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, FourEyes, InvalidInput
from portal.core.events import emit
from portal.core.money import show_minor
from portal.engine.periods import day_number, windows_of
from portal.ledger.services import adjust
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.exceptions.events import ExceptionApproved, ExceptionAsked, ExceptionRejected
from portal.programs.exceptions.models import ExceptionState, ProgramException
from portal.programs.exceptions.queries import visible_exceptions
from portal.programs.statements.participants import Participant
from portal.security.limits.queries import Desk, seen_by
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer

OWN = "You asked for this exception, so someone else must decide on it."
KINDS = {"partner": "partner", "parent": "partner", "seller": "person"}


@dataclass(frozen=True)
class Wanted:
    """What is asked for: `amount` in minor units or points of the program's unit, signed for the participant."""

    amount: int
    dated: dt.date
    reason: str


def ask_exception(
    program: Program, period: dt.date, who: Participant, wanted: Wanted, *, by: Viewer
) -> ProgramException:
    """Ask for an exception; nothing is posted until another person approves it."""
    if by.person_id is None or by.read_only:
        raise Forbidden
    check_period(program, period)
    if KINDS[program.participant] != who.kind and not (program.participant == "seller" and who.kind == "partner"):
        pays = "people" if program.participant == "seller" else "partners"
        raise InvalidInput(f"{program.name} pays {pays}. Name one of them.", field="participant")
    if wanted.dated > clock.today():
        raise InvalidInput("That day is still to come. Choose today or the day it was agreed.", field="dated")
    if not wanted.amount:
        raise InvalidInput("Write an amount other than zero; a minus takes.", field="amount")
    row = ProgramException(
        program_id=program.id, period_start=period, owner_id=who.owner_id, participant_code=who.code,
        participant_name=who.name, unit=program.unit, amount=wanted.amount, dated=wanted.dated, reason=wanted.reason,
        state=ExceptionState.ASKED, asked_by_id=by.person_id, asked_by_name=by.name, asked_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    emit(ExceptionAsked(row.id))
    _record("exception.asked", row, program, by)
    return row


def check_period(program: Program, period: dt.date) -> None:
    """A period of the program that has begun."""
    shaped = next(iter(engine_programs(code=program.code)), None)
    starts = {window.period_start for window in windows_of(shaped, day_number(clock.today()))} if shaped else set()
    if day_number(period) not in starts:
        raise InvalidInput(f"{program.name} has no period that begins on {period}.", field="period")


def approve_exception(row: ProgramException, program: Program, *, by: Viewer) -> ProgramException:
    """Post an exception that somebody else asked for; it stands on the statement with its reason."""
    _decide(row, ExceptionState.APPROVED, by)
    sees = seen_by(visible_exceptions, ProgramException.id, [row.id])(row.id)
    Desk(by, Kind.EXCEPTION).check({row.unit: row.amount}, but=[row.asked_by_id], sees=sees)
    entry = adjust(
        owner_id=row.owner_id, unit=row.unit, amount=row.amount, reason=statement_reason(row, program),
        key=f"exception/{row.id}", proposed_by=row.asked_by_id, confirmed_by=row.decided_by_id,
        treatment=program.treatment, reference=f"exception {row.id}",
    )  # fmt: skip
    row.entry_id = entry.id
    session.flush()
    _record("exception.approved", row, program, by)
    emit(ExceptionApproved(f"exception-{row.id}", row.owner_id, row.unit, row.amount, statement_reason(row, program)))
    return row


def reject_exception(row: ProgramException, program: Program, *, note: str, by: Viewer) -> ProgramException:
    """Reject an exception with a note; nothing is posted."""
    if not note.strip():
        raise InvalidInput("Say why, so that whoever asked can mend it or tell the participant.", field="note")
    _decide(row, ExceptionState.REJECTED, by)
    row.note = note.strip()
    session.flush()
    _record("exception.rejected", row, program, by)
    emit(ExceptionRejected(row.id, row.asked_by_id, row.note))
    return row


def statement_reason(row: ProgramException, program: Program) -> str:
    """How the exception is told on the statement."""
    begins = f"{row.period_start.day} {row.period_start:%B %Y}"
    return f"Exception of {row.dated.day} {row.dated:%B %Y} for {program.name}, period from {begins}: {row.reason}"


def _decide(row: ProgramException, state: ExceptionState, by: Viewer) -> None:
    if row.state != ExceptionState.ASKED:
        raise Conflict(f"This exception was {row.state} already by {row.decided_by_name}.")
    if by.person_id is None or by.person_id == row.asked_by_id:
        raise FourEyes(OWN)
    row.state, row.decided_at = state, clock.now()
    row.decided_by_id, row.decided_by_name = by.person_id, by.name


def _record(act: str, row: ProgramException, program: Program, by: Viewer) -> None:
    audit.record(
        act, kind="exception", id=row.id,
        label=f"{show_minor(row.amount, row.unit)} {row.unit} for {row.participant_code}, {program.code}",
        after={"state": str(row.state), "amount": row.amount, "unit": row.unit, "period": row.period_start.isoformat(),
               "note": row.note}, reason=row.reason, actor=by,
    )  # fmt: skip
