"""Whom a plan pays by today's values: partners, their sellers, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.engine.credit import matches
from portal.engine.periods import Version
from portal.engine.plan import Plan
from portal.partners.certificates.queries import holdings_on
from portal.partners.organizations.frames import read_partner_values
from portal.partners.organizations.models import Partner, PartnerState
from portal.partners.people.models import Person, PersonState
from portal.partners.spif.models import Answer, SpifAnswer
from portal.programs.definitions.events import ProgramAnnounced
from portal.programs.definitions.phrases import listed
from portal.programs.definitions.words import component_words, day_words
from portal.programs.pilots.sides import control_among
from portal.security.viewer import Role


def partners_of(version: Version) -> list[int]:
    """The active partners whose values of today fit, without the control group of a pilot."""
    today = clock.day_number(clock.today())
    newest: dict[int, dict[str, str]] = {}
    for row in read_partner_values().iter_rows(named=True):
        if row["valid_from"] <= today:
            newest[row["partner_id"]] = row
    active = session.scalars(select(Partner.id).where(Partner.state == PartnerState.ACTIVE).order_by(Partner.id))
    eligibility = version.plan.eligibility
    fit = [number for number in active if number in newest and matches(eligibility, newest[number])]
    left_out = control_among({version.plan.code: version}, fit).get(version.plan.code, ())
    return [number for number in fit if number not in left_out]


def announcement(version: Version) -> ProgramAnnounced:
    """The fact that tells partner admins, and for a plan that pays sellers the sellers, what is new."""
    plan, number, partners = version.plan, version.number, partners_of(version)
    admins = _people(partners, Role.PARTNER_ADMIN)
    sellers = _certified(plan, _people(_allowing(partners), Role.SELLER)) if plan.participant == "seller" else []
    wanted = plan.eligibility.certificates
    asked = f" It needs the certificate {listed(wanted, 'or')}." if wanted else ""
    terms = bool(getattr(plan, "terms", None))
    told = "new" if number == 1 else f"changed to version {number}"
    return ProgramAnnounced(
        program_code=plan.code,
        program_name=plan.name,
        version=number,
        effective_from=plan.starts.isoformat(),
        sentence=f"{plan.name} is {told} from {day_words(plan.starts)}. {component_words(plan.components[0], plan)}"
        + asked,
        link=f"/my-programs/{plan.code}" if terms else f"/programs/{plan.code}",
        terms=terms,
        person_ids=[person.id for person in (*admins, *sellers)],
        recipients=[person.email for person in admins],
    )


def _certified(plan: Plan, sellers: list[Person]) -> list[Person]:
    """Those who hold one of the certificates a plan asks for today; everybody where it asks for none."""
    names = plan.eligibility.certificates
    if not names:
        return sellers
    held = holdings_on(clock.today())
    return [one for one in sellers if held.has("person", one.id, names)]


def _people(partner_ids: Sequence[int], role: Role) -> list[Person]:
    query = select(Person).where(Person.role == role, Person.state == PersonState.ACTIVE)
    return list(session.scalars(query.where(Person.partner_id.in_(partner_ids)).order_by(Person.id)))


def _allowing(partner_ids: Sequence[int]) -> list[int]:
    """Those of the partners that let their people be paid today."""
    query = select(SpifAnswer.partner_id, SpifAnswer.answer).where(SpifAnswer.valid_from <= clock.today())
    answers = dict(session.execute(query.order_by(SpifAnswer.valid_from, SpifAnswer.seq)).all())
    return [number for number in partner_ids if answers.get(number) == Answer.ALLOWED]
