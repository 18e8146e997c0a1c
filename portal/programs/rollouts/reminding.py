"""Some days before their answer day, those who have not accepted changed terms are reminded, once."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import select

from portal.audit import services as audit
from portal.audit.queries import entries_about
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import emit
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import Program
from portal.programs.definitions.words import day_words
from portal.programs.enrollments.models import JOINED, TermsAcceptance
from portal.programs.enrollments.queries import steps_of, terms_of
from portal.programs.enrollments.rules import Terms, state_on
from portal.programs.rollouts.events import AnswerDayReminded
from portal.security.viewer import SYSTEM, Role

# So long before its answer day a partner that has not accepted is reminded: a working week.
LEAD = dt.timedelta(days=7)
ACT = "terms.answer_reminded"


def remind_of_answer_days() -> int:
    """Remind the admins of every partner whose answer is due soon; returns how many people. Safe to run twice."""
    numbers = list(session.scalars(select(Program.id).order_by(Program.id)))
    session.rollback()
    found = 0
    for number in numbers:
        with transaction():
            found += remind_of(session.get_one(Program, number))
    return found


def remind_of(program: Program) -> int:
    """Remind of the terms of one program whose answer day is near; each text once. Joins the running transaction."""
    today = clock.today()
    near = [one for one in terms_of(program) if one.answer_by is not None and today < one.answer_by <= today + LEAD]
    if not near:
        return 0
    return sum(_remind(program, terms) for terms in near if find_reminder(program, terms) is None)


@dataclass(frozen=True)
class Reminder:
    """When the portal reminded of some terms, and how many people."""

    sent_at: dt.datetime
    recipients: int


def find_reminder(program: Program, terms: Terms) -> Reminder | None:
    """The one reminder about some terms; None as long as there was none."""
    for entry in entries_about("program", program.code):
        told = json.loads(entry.after or "{}") if entry.act == ACT else {}
        if told.get("terms_digest") == terms.digest:
            return Reminder(entry.at, told["recipients"])
    return None


def _remind(program: Program, terms: Terms) -> int:
    admins = _admins(partners_waiting(program, terms))
    by = terms.answer_by
    if not admins or by is None:
        return 0
    emit(
        AnswerDayReminded(
            program_code=program.code, program_name=program.name, terms_digest=terms.digest, answer_by=day_words(by),
            person_ids=[admin.id for admin in admins], recipients=[admin.email for admin in admins],
        )
    )  # fmt: skip
    after = {"recipients": len(admins), "terms_digest": terms.digest, "answer_by": by.isoformat()}
    audit.record(ACT, kind="program", id=program.code, label=program.name, after=after, actor=SYSTEM)
    return len(admins)


def partners_waiting(program: Program, terms: Terms) -> list[int]:
    """The partners that take part on the answer day of some terms, as it is known now, and have not accepted them."""
    accepted = select(TermsAcceptance.partner_id).where(
        TermsAcceptance.program_id == program.id, TermsAcceptance.terms_digest == terms.digest
    )
    answered = set(session.scalars(accepted))
    joined = []
    for partner_id, steps in steps_of(program).items():
        then = state_on(steps, terms.answer_by or terms.effective_from)
        if then is not None and then.state == JOINED and partner_id not in answered:
            joined.append(partner_id)
    return joined


def _admins(partner_ids: list[int]) -> list[Person]:
    query = select(Person).where(
        Person.partner_id.in_(partner_ids), Person.role == Role.PARTNER_ADMIN, Person.state == PersonState.ACTIVE
    )
    return list(session.scalars(query.order_by(Person.id)))
