"""Reading people, always within what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.people.models import Employment, GrantState, Person, PersonState, RoleGrant
from portal.security.viewer import Role, Viewer


def visible_people(viewer: Viewer) -> Select[Person]:
    """The people a viewer may know of: the vendor's of everybody in scope, a partner admin's own, a seller alone."""
    if viewer.role is Role.SELLER:
        return select(Person).where(Person.id == viewer.person_id)
    scope = partner_scope(viewer, Person.partner_id)
    if scope is None:
        return select(Person)
    if viewer.is_vendor:
        return select(Person).where(or_(scope, Person.partner_id.is_(None)))
    return select(Person).where(scope)


def get_person(viewer: Viewer, person_id: int) -> Person:
    """A visible person; a stranger does not exist."""
    found = session.scalar(visible_people(viewer).where(Person.id == person_id))
    if found is None:
        raise NotFound
    return found


def find_person_by_email(email: str) -> Person | None:
    """The person of that address whoever asks; for log-in, imports and commands, never for a page."""
    return session.scalar(select(Person).where(Person.email == email.strip().lower()))


@dataclass(frozen=True)
class PersonFilter:
    """What the list of people is narrowed to; empty means everybody."""

    q: str = ""
    role: str = ""
    state: str = ""
    partner_id: int | None = None


SORTABLE = {"name": Person.name, "email": Person.email, "role": Person.role, "partner": Partner.name,
            "last_login": Person.last_login_at}  # fmt: skip


def search_people(
    viewer: Viewer, wanted: PersonFilter, *, sort: str = "name", descending: bool = False
) -> Select[Person, str | None, str | None]:
    """Visible people with the name and code of their partner, filtered and sorted."""
    query = visible_people(viewer).add_columns(Partner.name, Partner.code)
    query = query.outerjoin(Partner, Partner.id == Person.partner_id)
    if wanted.q:
        columns = (Person.name, Person.email, Partner.name)
        query = query.where(or_(*(column.icontains(wanted.q, autoescape=True) for column in columns)))
    if wanted.role:
        query = query.where(Person.role == wanted.role)
    if wanted.state:
        query = query.where(Person.state == wanted.state)
    if wanted.partner_id is not None:
        query = query.where(Person.partner_id == wanted.partner_id)
    column: Any = SORTABLE.get(sort, Person.name)
    return query.order_by(column.desc().nulls_last() if descending else column.asc().nulls_last(), Person.id)


def list_people_of(viewer: Viewer, partner: Partner) -> Sequence[Person]:
    """The visible people of one partner, those who may log in first."""
    query = visible_people(viewer).where(Person.partner_id == partner.id)
    return session.scalars(query.order_by(Person.state == PersonState.ENDED, Person.name, Person.id)).all()


def list_employments(person_id: int) -> Sequence[Any]:
    """Where a person worked: rows (Employment, partner name), oldest first."""
    query = select(Employment, Partner.name).join(Partner, Partner.id == Employment.partner_id)
    return session.execute(query.where(Employment.person_id == person_id).order_by(Employment.started_on)).all()


def find_open_employment(person_id: int) -> Employment | None:
    """The employment that has not ended, or None."""
    return session.scalar(select(Employment).where(Employment.person_id == person_id, Employment.ended_on.is_(None)))


def list_admin_emails() -> list[str]:
    """The addresses of all active admins."""
    query = select(Person.email).where(Person.role == Role.ADMIN, Person.state == PersonState.ACTIVE)
    return list(session.scalars(query.order_by(Person.email)))


def list_partner_admin_emails(partner_id: int) -> list[str]:
    """The addresses of a partner's active admins."""
    query = select(Person.email).where(Person.partner_id == partner_id, Person.role == Role.PARTNER_ADMIN)
    return list(session.scalars(query.where(Person.state == PersonState.ACTIVE).order_by(Person.email)))


def list_pending_grants() -> Sequence[RoleGrant]:
    """Approving roles that wait for a second person, oldest first."""
    return session.scalars(select(RoleGrant).where(RoleGrant.state == GrantState.PENDING).order_by(RoleGrant.id)).all()


def get_grant(grant_id: int) -> RoleGrant:
    """One wish for an approving role, or NotFound."""
    found = session.get(RoleGrant, grant_id)
    if found is None:
        raise NotFound
    return found


def list_managers() -> Sequence[Person]:
    """The active channel managers by name."""
    query = select(Person).where(Person.role == Role.CHANNEL_MANAGER, Person.state == PersonState.ACTIVE)
    return session.scalars(query.order_by(Person.name)).all()


def names_of_people(person_ids: Iterable[int | None]) -> dict[int, str]:
    """Names for ids that a page already shows."""
    wanted = sorted({number for number in person_ids if number is not None})
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))) if wanted else ()
    return {number: name for number, name in rows}
