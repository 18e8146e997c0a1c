"""Reading applications; a manager with territories sees those of the territories, and those without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.onboarding.models import ApplicationState, PartnerApplication
from portal.partners.onboarding.rules import propose_code
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import sees_all_partners
from portal.partners.people.models import Person
from portal.partners.people.queries import list_managers
from portal.partners.territories.models import Territory
from portal.partners.territories.queries import territory_ids_of
from portal.security.viewer import Viewer


def visible_applications(viewer: Viewer) -> Select[PartnerApplication]:
    """The applications a viewer of the vendor may decide or read; a partner's people see none."""
    query = select(PartnerApplication)
    if sees_all_partners(viewer):
        return query
    if not viewer.is_vendor:
        return query.where(PartnerApplication.id.is_(None))
    own = PartnerApplication.territory_id.in_(sorted(viewer.territory_ids))
    return query.where(or_(own, PartnerApplication.territory_id.is_(None)))


def get_application(viewer: Viewer, application_id: int) -> PartnerApplication:
    """One visible application, or NotFound."""
    found = session.scalar(visible_applications(viewer).where(PartnerApplication.id == application_id))
    if found is None:
        raise NotFound
    return found


def search_applications(viewer: Viewer, state: str) -> Select[Any]:
    """Visible applications in a state (all when empty) with territory and decider, the oldest waiting first."""
    query = (
        visible_applications(viewer)
        .add_columns(Territory.name, Person.name)
        .outerjoin(Territory, Territory.id == PartnerApplication.territory_id)
        .outerjoin(Person, Person.id == PartnerApplication.decided_by_id)
    )
    if state:
        query = query.where(PartnerApplication.state == state)
    return query.order_by(PartnerApplication.state != ApplicationState.SUBMITTED, PartnerApplication.id)


def count_waiting(viewer: Viewer) -> int:
    """How many visible applications wait for a decision."""
    waiting = visible_applications(viewer).where(PartnerApplication.state == ApplicationState.SUBMITTED)
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def free_code(company: str) -> str:
    """A partner code that is still free, made of the company's name."""
    return propose_code(company, set(session.scalars(select(Partner.code))))


def responsible_managers(territory_id: int | None) -> Sequence[Person]:
    """The channel managers who look after a territory: those assigned to it, else those assigned to none."""
    everyone = list_managers()
    assigned = {person.id: territory_ids_of(person.id) for person in everyone}
    own = [person for person in everyone if territory_id in assigned[person.id]]
    return own or [person for person in everyone if not assigned[person.id]] or everyone
