"""Closing: allowed when the days are over and every period is locked; the report is kept as it was."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden
from portal.core.events import emit
from portal.core.ids import canonical_json, digest
from portal.programs.definitions import queries
from portal.programs.definitions.events import ProgramClosed
from portal.programs.definitions.models import Program, ProgramClosing, ProgramState
from portal.programs.ending.report import make_report
from portal.programs.runs.models import PeriodState, ProgramPeriod
from portal.security.viewer import Viewer


def hindrance(program: Program) -> str:
    """Why a program cannot be closed yet, in a sentence; nothing when it can."""
    versions = queries.list_versions(program)
    if not versions:
        return "It was never published. Discard its draft instead."
    if program.state == ProgramState.CLOSED:
        return "It is closed already."
    until = versions[-1].effective_until
    if until is None:
        return "It runs without an end. Amend its last day first."
    if until > clock.today():
        last = until - dt.timedelta(days=1)
        return f"It runs until {last.day} {last:%B %Y}. Amend its last day to end it sooner."
    query = select(ProgramPeriod.period_start).where(
        ProgramPeriod.program_id == program.id, ProgramPeriod.state == PeriodState.OPEN
    )
    opened = session.scalar(query.order_by(ProgramPeriod.period_start).limit(1))
    if opened is not None:
        return f"The period that began on {opened.day} {opened:%B %Y} is not locked yet. Close the program when it is."
    return ""


def close_program(program: Program, *, by: Viewer, reason: str) -> ProgramClosing:
    """Close a program for good and keep its report; what arrives later is still posted as adjustments."""
    if by.read_only or not by.can("program:close"):
        raise Forbidden
    session.refresh(program, with_for_update=True)
    if sentence := hindrance(program):
        raise Conflict(sentence)
    report = canonical_json(make_report(program))
    program.state = ProgramState.CLOSED
    closing = ProgramClosing(
        program_id=program.id, closed_at=clock.now(), closed_by_id=by.person_id, reason=reason, report=report,
        report_digest=digest(report),
    )  # fmt: skip
    session.add(closing)
    session.flush()
    emit(ProgramClosed(program.code, program.name, by.name))
    audit.record(
        "program.closed", kind="program", id=program.code, label=program.name, reason=reason,
        after={"report_digest": closing.report_digest}, actor=by,
    )  # fmt: skip
    return closing


def find_closing(program: Program) -> ProgramClosing | None:
    """The closing of a program, if it is closed."""
    return session.scalar(select(ProgramClosing).where(ProgramClosing.program_id == program.id))
