"""Joining, leaving, accepting terms, and reminding those who have not."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.partners.organizations.models import Partner
from portal.programs.definitions.models import Program
from portal.programs.enrollments import queries
from portal.programs.enrollments.events import ProgramJoined, ProgramLeft, TermsAccepted, TermsReminded
from portal.programs.enrollments.models import JOINED, LEFT, Enrollment, TermsAcceptance, TermsReminder
from portal.programs.enrollments.participants import Participants
from portal.programs.enrollments.rules import Terms, check_day, rows_to_write
from portal.security.viewer import Viewer

CHANGED = "The terms have changed since you opened this page. Read the text below, then accept it."


def join_program(
    program: Program, partner: Partner, *, day: dt.date, accepted: str | None, by: Viewer
) -> TermsAcceptance | None:
    """Take part from a day on; `accepted` is the digest of the terms that were read. Returns the receipt."""
    standing = queries.standings(partner.id, [program.id])[program.id]
    if not standing.opt_in:
        raise Conflict("Nobody needs to join this program: it counts for every partner it is open to.")
    _check(program, day)
    days = rows_to_write(standing.steps, JOINED, day)
    if not days:
        raise Conflict("You take part in this program already.")
    receipt = None
    if standing.terms is not None:
        receipt = _receipt(program, partner, standing.terms, accepted, by)
    _write(program, partner, JOINED, days, receipt.terms_digest if receipt else None, by)
    emit(ProgramJoined(program.code, partner.id, day.isoformat()))
    _record("enrollment.joined", program, partner, {"valid_from": day.isoformat()}, by)
    return receipt


def leave_program(program: Program, partner: Partner, *, day: dt.date, by: Viewer) -> None:
    """Take part no longer from a day on; what was sold before still counts."""
    standing = queries.standings(partner.id, [program.id])[program.id]
    if not standing.opt_in:
        raise Conflict("This program counts for every partner it is open to, so it cannot be left.")
    _check(program, day)
    if not standing.joined and standing.planned is None:
        raise Conflict("You take no part in this program.")
    days = rows_to_write(standing.steps, LEFT, day)
    if not days:
        raise Conflict("You leave this program by then already.")
    _write(program, partner, LEFT, days, None, by)
    emit(ProgramLeft(program.code, partner.id, day.isoformat()))
    _record("enrollment.left", program, partner, {"valid_from": day.isoformat()}, by)


def accept_terms(program: Program, partner: Partner, *, accepted: str, by: Viewer) -> TermsAcceptance:
    """Accept the terms whose text has this digest, for a partner; the receipt names text, person and time."""
    found = [terms for terms in queries.terms_of(program) if terms.digest == accepted]
    if not found:
        raise Conflict(CHANGED)
    return _receipt(program, partner, found[0], accepted, by)


def _receipt(program: Program, partner: Partner, terms: Terms, accepted: str | None, by: Viewer) -> TermsAcceptance:
    if by.person_id is None or by.read_only:
        raise Forbidden
    if accepted != terms.digest:
        raise Conflict(CHANGED, field="accepted")
    known = session.scalar(
        select(TermsAcceptance).where(
            TermsAcceptance.program_id == program.id, TermsAcceptance.partner_id == partner.id,
            TermsAcceptance.terms_digest == terms.digest,
        )
    )  # fmt: skip
    if known is not None:
        return known
    receipt = TermsAcceptance(
        program_id=program.id, version_number=terms.version, partner_id=partner.id, terms_digest=terms.digest,
        by_person_id=by.person_id, by_name=by.name, accepted_at=clock.now(), accepted_on=clock.today(),
    )  # fmt: skip
    session.add(receipt)
    session.flush()
    emit(TermsAccepted(program.code, partner.id, receipt.id, terms.digest))
    _record("terms.accepted", program, partner, {"version": terms.version, "terms_digest": terms.digest}, by)
    return receipt


def _check(program: Program, day: dt.date) -> None:
    current = queries.current_versions(queries.versions_of(program))
    if not current:
        raise Conflict("This program has ended.")
    check_day(day, clock.today(), current[-1].effective_until)


def _write(program: Program, partner: Partner, state: str, days: list[dt.date], digest: str | None, by: Viewer) -> None:
    seq, moment = next_seq(), clock.now()
    session.add_all(
        Enrollment(
            program_id=program.id, partner_id=partner.id, state=state, valid_from=day, terms_digest=digest,
            by_person_id=by.person_id, recorded_at=moment, seq=seq,
        )
        for day in days
    )  # fmt: skip
    session.flush()


def _record(act: str, program: Program, partner: Partner, after: dict[str, object], by: Viewer) -> None:
    label = f"{program.name}, {partner.name}"
    after = after | {"partner": partner.code}
    audit.record(act, kind="program", id=program.code, label=label, after=after, actor=by)


def remind_partners(program: Program, who: Participants, *, by: Viewer) -> TermsReminder:
    """Mail the admins of every partner that has not accepted the terms yet; at most once a day."""
    if who.terms is None or by.person_id is None:
        raise Conflict("This program has no terms to accept.")
    last = queries.last_reminder(program, who.terms)
    if last is not None and clock.local(last.sent_at).date() == clock.today():
        raise Conflict(f"{last.by_name} sent a reminder today already. Wait a day before the next.")
    recipients = queries.admin_addresses([row.partner_id for row in who.rows if row.receipt is None])
    if not recipients:
        raise Conflict("Nobody is left to remind: everybody who can log in has accepted.")
    reminder = TermsReminder(
        program_id=program.id, terms_digest=who.terms.digest, recipients=len(recipients), by_person_id=by.person_id,
        by_name=by.name, sent_at=clock.now(),
    )  # fmt: skip
    session.add(reminder)
    session.flush()
    emit(TermsReminded(program.code, program.name, recipients))
    audit.record(
        "terms.reminded", kind="program", id=program.code, label=program.name,
        after={"recipients": len(recipients), "terms_digest": who.terms.digest}, actor=by,
    )  # fmt: skip
    return reminder
