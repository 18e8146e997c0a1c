"""Reading certificates."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.certificates.models import Certificate
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person


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
