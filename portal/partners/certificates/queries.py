"""Reading certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.certificates.models import Certificate
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import Role


def list_people(partner: Partner) -> Sequence[Person]:
    """The people of a partner by name."""
    return session.scalars(select(Person).where(Person.partner_id == partner.id).order_by(Person.name)).all()


def list_certificates(partner: Partner) -> list[Certificate]:
    """What a partner and its people hold and held: of several rows for one day the newest, by name."""
    people = select(Person.id).where(Person.partner_id == partner.id)
    query = select(Certificate).where(or_(Certificate.partner_id == partner.id, Certificate.person_id.in_(people)))
    newest = {
        (row.partner_id, row.person_id, row.name, row.valid_from): row
        for row in session.scalars(query.order_by(Certificate.seq, Certificate.id))
    }
    return sorted(newest.values(), key=lambda row: (row.name, row.valid_from, row.id))


def get_certificate(partner: Partner, number: int | None) -> Certificate:
    """A certificate in force of a partner or of its people; another's does not exist."""
    found = next((row for row in list_certificates(partner) if row.id == number), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Holdings:
    """Who holds which certificates on a day, each with the first day without it (None where no end is known)."""

    partners: dict[int, dict[str, dt.date | None]] = field(default_factory=dict)
    people: dict[int, dict[str, dt.date | None]] = field(default_factory=dict)

    def has(self, kind: str, number: int, names: Iterable[str]) -> bool:
        """Whether a partner or person holds one of some certificates."""
        return bool(self.found(kind, number, names))

    def found(self, kind: str, number: int, names: Iterable[str]) -> dict[str, dt.date | None]:
        """Those of some certificates that a partner or person holds."""
        held = (self.people if kind == "person" else self.partners).get(number, {})
        return {name: held[name] for name in names if name in held}


def holdings_on(day: dt.date, partner_ids: Collection[int] | None = None) -> Holdings:
    """What partners (all, or some) and their people hold on a day; one statement of SQL."""
    query = select(Certificate).outerjoin(Person, Person.id == Certificate.person_id)
    if partner_ids is not None:
        query = query.where(or_(Certificate.partner_id.in_(partner_ids), Person.partner_id.in_(partner_ids)))
    newest = {
        (row.partner_id, row.person_id, row.name, row.valid_from): row
        for row in session.scalars(query.order_by(Certificate.seq, Certificate.id))
    }
    found = Holdings()
    for row in newest.values():
        if row.valid_from <= day and (row.valid_until is None or day < row.valid_until):
            held = found.people if row.person_id is not None else found.partners
            known = held.setdefault(row.person_id or row.partner_id or 0, {})
            known[row.name] = _later(known[row.name], row.valid_until) if row.name in known else row.valid_until
    return found


def _later(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return None if one is None or other is None else max(one, other)


def sellers_of(partner_ids: Collection[int]) -> dict[int, list[int]]:
    """The sellers of some partners, without those who left."""
    query = select(Person.partner_id, Person.id).where(
        Person.partner_id.in_(partner_ids), Person.role == Role.SELLER, Person.state != PersonState.ENDED
    )
    found: dict[int, list[int]] = {}
    for partner_id, number in session.execute(query.order_by(Person.id)):
        found.setdefault(partner_id or 0, []).append(number)
    return found
