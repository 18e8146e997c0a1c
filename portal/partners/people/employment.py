"""What ends for all people of a partner at once."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import close_partner
from portal.partners.people.models import Person, PersonState
from portal.partners.people.services import end_employment
from portal.security.viewer import Viewer


def close_with_people(partner: Partner, *, by: Viewer, reason: str) -> int:
    """Close a partner and end the employment of everybody there; returns how many people it was."""
    close_partner(partner, by=by, reason=reason)
    query = select(Person).where(Person.partner_id == partner.id, Person.state != PersonState.ENDED)
    people = session.scalars(query.order_by(Person.id)).all()
    for person in people:
        end_employment(person, by=by, organization=partner.name)
    return len(people)
