"""Which certificates programs ask for, and who of a shop has them: for My programs and the page of certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.engine.certificates import owner_kind
from portal.engine.plan import Plan
from portal.partners.certificates.models import Certificate
from portal.partners.certificates.queries import Holdings, holdings_on, list_certificates, list_people, sellers_of
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.definitions.phrases import listed
from portal.programs.definitions.words import day_words
from portal.programs.statements.participants import Participant
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class Need:
    """What one program asks for and how one participant stands: `have` of `all` sellers, or the shop itself."""

    names: tuple[str, ...]
    kind: str
    held: dict[str, dt.date | None]
    have: int
    all: int

    @property
    def is_met(self) -> bool:
        """Whether something that is sold today counts, as far as certificates go."""
        return bool(self.held) or self.have > 0

    def sentence(self, who: Participant) -> str:
        """What is asked for, who has it and until when."""
        asked = f"Needs the certificate {listed(self.names, 'or')}"
        if self.kind == "person" and who.kind == "partner":
            told = "no seller is on record" if not self.all else f"{self.have} of {self.all} sellers have it"
            return f"Who sells {asked[0].lower()}{asked[1:]}; {told}."
        whose = "You have" if who.kind == "person" and self.kind == "person" else "Your shop has"
        if self.held:
            ends = [until for until in self.held.values() if until is not None]
            until = "" if len(ends) < len(self.held) else f" until {day_words(max(ends) - dt.timedelta(days=1))}"
            return f"{asked}. {whose} it{until}."
        return f"{asked}. {whose.replace('have', 'do not have').replace('has', 'does not have')} it, so nothing counts."


def needs_of(who: Participant, plans: Iterable[tuple[str, Plan]]) -> dict[str, Need]:
    """What programs ask of a participant, by code; nothing is read where none asks for a certificate."""
    asking = {code: plan for code, plan in plans if plan.eligibility.certificates}
    if not asking or who.partner_id is None:
        return {}
    held = holdings_on(clock.today(), [who.partner_id])
    sellers = sellers_of([who.partner_id]).get(who.partner_id, [])
    return {code: need_of(plan, who, held, sellers) for code, plan in asking.items()}


def need_of(plan: Plan, who: Participant, held: Holdings, sellers: Sequence[int]) -> Need:
    """What one plan asks for, and how a participant stands."""
    names, kind = tuple(plan.eligibility.certificates or ()), owner_kind(plan)
    if kind == "person" and who.kind == "partner":
        have = sum(held.has(kind, seller, names) for seller in sellers)
        return Need(names, kind, {}, have, len(sellers))
    number = who.id if kind == "person" else who.partner_id or 0
    return Need(names, kind, held.found(kind, number, names), 0, 0)


SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class Held:
    """One certificate on record: whose it is, its first and last day, and how it stands today."""

    name: str
    holder: str
    since: dt.date
    last_day: dt.date | None
    state: str


def held_by(viewer: Viewer, who: Participant) -> list[Held]:
    """What a company and its people have on record, those that end soon first; a seller sees no colleague's."""
    partner = session.get(Partner, who.partner_id) if who.partner_id is not None else None
    if partner is None:
        return []
    names = {person.id: person.name for person in list_people(partner)}
    own = viewer.person_id if viewer.role is Role.SELLER else None
    rows = [row for row in list_certificates(partner) if own is None or row.person_id in (None, own)]
    found = [
        Held(
            row.name, names.get(row.person_id or 0, partner.name), row.valid_from,
            None if row.valid_until is None else row.valid_until - dt.timedelta(days=1), _state(row),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (STATES.index(one.state), one.name, one.holder, one.since))


STATES = ("ends soon", "valid", "coming", "ended")


def _state(row: Certificate) -> str:
    today = clock.today()
    if row.valid_from > today:
        return "coming"
    if row.valid_until is None or row.valid_until > today + SOON:
        return "valid"
    return "ended" if row.valid_until <= today else "ends soon"


def lacking(who: Participant, need: Need) -> list[str]:
    """The sellers of a company who have none of the certificates a program asks them for, by name."""
    if need.kind != "person" or who.kind != "partner" or who.partner_id is None:
        return []
    held = holdings_on(clock.today(), [who.partner_id])
    without = [
        one for one in sellers_of([who.partner_id]).get(who.partner_id, []) if not held.has("person", one, need.names)
    ]
    return list(session.scalars(select(Person.name).where(Person.id.in_(without)).order_by(Person.name)))
