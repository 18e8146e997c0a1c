"""Planning who owes which file, asking for it, and signing off what did not come."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import emit
from portal.sales.reporting.counting import refresh_duty
from portal.sales.reporting.errors import NothingIsMissing
from portal.sales.reporting.events import ReportAnswered, ReportReminded
from portal.sales.reporting.models import Answer, ReportAnswer, ReportDuty, ReportReminder, Rhythm
from portal.sales.reporting.queries import Report, reports_of
from portal.sales.reporting.rules import State, periods_between
from portal.security.viewer import SYSTEM, Viewer

MOST_DAYS, LONGEST = 60, 500
FARTHEST = dt.timedelta(days=731)


def add_duty(
    *, source: str, rhythm: str, due_days: int, contact_name: str, contact_email: str, valid_from: dt.date,
    by: Viewer, kind: str = "sales", flow: str = "sell_in", partner_id: int | None = None,
) -> ReportDuty:  # fmt: skip
    """Say that a source owes a file for every period from a day on, and count what is there already."""
    if rhythm not in tuple(Rhythm):
        raise InvalidInput("Choose month, week or day.", field="rhythm")
    if not 1 <= due_days <= MOST_DAYS:
        raise InvalidInput(f"A file is due 1 to {MOST_DAYS} business days after its period.", field="due_days")
    today = clock.today()
    if valid_from < today - FARTHEST:
        raise InvalidInput("A duty reaches two years back at most.", field="valid_from")
    same = select(ReportDuty.id).where(
        ReportDuty.source == source, ReportDuty.kind == kind, ReportDuty.partner_id.is_not_distinct_from(partner_id),
        ReportDuty.flow == flow, ReportDuty.valid_until.is_(None),
    )  # fmt: skip
    if session.scalar(same.limit(1)) is not None:
        raise Conflict(f"“{source}” owes this file already. End that duty before you plan another.", field="source")
    duty = ReportDuty(
        source=source, kind=kind, flow=flow, partner_id=partner_id, rhythm=rhythm, due_days=due_days,
        contact_name=contact_name, contact_email=contact_email, valid_from=valid_from, added_at=clock.now(),
        added_by_id=by.person_id,
    )  # fmt: skip
    session.add(duty)
    session.flush()
    refresh_duty(duty, periods_between(Rhythm(rhythm), valid_from, today))
    after = {"kind": kind, "rhythm": rhythm, "due_days": due_days, "contact": contact_email, "from": valid_from}
    audit.record("report_duty.added", kind="report_duty", id=duty.id, label=source, after=after, actor=by,
                 partner_id=partner_id)  # fmt: skip
    return duty


def end_duty(duty: ReportDuty, *, on: dt.date, by: Viewer) -> None:
    """The source owes nothing for periods that end after a day."""
    if duty.valid_until is not None:
        raise Conflict("This duty has ended already.")
    if on <= duty.valid_from:
        raise InvalidInput("The last day comes before the first.", field="valid_until")
    duty.valid_until = on
    audit.record("report_duty.ended", kind="report_duty", id=duty.id, label=duty.source, after={"until": on}, actor=by,
                 partner_id=duty.partner_id)  # fmt: skip


def remind(report: Report, *, by: Viewer) -> ReportReminder:
    """Ask the contact for a file that is late, by mail, at most once a day."""
    if report.state not in (State.DUE, State.LATE, State.MISSING):
        raise NothingIsMissing(f"The file for {report.period.title} is not missing, so there is nothing to ask for.")
    today, duty = clock.today(), report.duty
    if report.reminded_on == today:
        raise Conflict(f"{duty.contact_name} was asked today already.")
    row = ReportReminder(
        duty_id=duty.id, period_start=report.period.start, sent_on=today, sent_at=clock.now(), sent_by_id=by.person_id
    )
    session.add(row)
    session.flush()
    audit.record("report.reminded", kind="report_duty", id=duty.id, label=f"{duty.source} {report.period.title}",
                 after={"to": duty.contact_email}, actor=by, partner_id=duty.partner_id)  # fmt: skip
    due = f"{report.due_on.day} {report.due_on:%B %Y}"
    speaks_for = report.partner or "all partners"
    emit(ReportReminded(
        duty.id, duty.contact_email, duty.contact_name, duty.source, speaks_for, report.period.title, due
    ))  # fmt: skip
    return row


def remind_of_late_files() -> int:
    """Ask once for every file that has become late; safe to run twice. Returns how many were asked for."""
    duties = session.scalars(select(ReportDuty)).all()
    late = [one for one in reports_of(duties) if one.state in (State.LATE, State.MISSING) and one.reminded_on is None]
    for report in late:
        remind(report, by=SYSTEM)
    return len(late)


def answer_gap(report: Report, *, answer: str, reason: str, by: Viewer) -> ReportAnswer:
    """Sign off that a file did not come: nothing was sold, or the figures are accepted without it."""
    if not report.is_gap:
        raise NothingIsMissing(f"The file for {report.period.title} is not missing, so there is nothing to sign off.")
    if answer not in tuple(Answer):
        raise InvalidInput("Say whether nothing was sold or the figures are accepted without the file.", field="answer")
    text, duty = reason.strip(), report.duty
    if not text:
        raise InvalidInput("Write why; the statement shows the reason.", field="reason")
    if len(text) > LONGEST:
        raise InvalidInput(f"The reason is longer than {LONGEST} characters.", field="reason")
    row = ReportAnswer(
        duty_id=duty.id, period_start=report.period.start, answer=answer, reason=text, signed_at=clock.now(),
        signed_by_id=by.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record("report.signed_off", kind="report_duty", id=duty.id, label=f"{duty.source} {report.period.title}",
                 after={"answer": answer}, reason=text, actor=by, partner_id=duty.partner_id)  # fmt: skip
    emit(ReportAnswered(duty.id, report.period.start.isoformat(), answer, text, by.name))
    return row
