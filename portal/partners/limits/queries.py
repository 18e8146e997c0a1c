"""Reading approvers and what waits for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.limits.models import LimitRequest, RequestState
from portal.partners.limits.rules import kinds_of_role, say_all
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import visible_people
from portal.partners.territories.models import ManagerTerritory
from portal.security.limits import knowing
from portal.security.limits.models import ApprovalLimit
from portal.security.limits.queries import limits_of
from portal.security.viewer import VENDOR_ROLES, Role, Viewer

APPROVERS = frozenset(role for role in VENDOR_ROLES if kinds_of_role(role))
SORTABLE = {"name": Person.name, "role": Person.role, "email": Person.email}
SHOWS = ("limited", "free")


def offer_approvers() -> None:
    """Let refusals name who can decide instead."""
    knowing.offer_approvers(list_deciders)


def list_deciders() -> list[Viewer]:
    """Everybody who may log in and whose role approves something, in two statements."""
    query = select(Person).where(Person.role.in_(APPROVERS), Person.state == PersonState.ACTIVE)
    areas: dict[int, set[int]] = {}
    for number, territory in session.execute(select(ManagerTerritory.person_id, ManagerTerritory.territory_id)):
        areas.setdefault(number, set()).add(territory)
    return [_as_viewer(person, areas) for person in session.scalars(query.order_by(Person.name, Person.id))]


def _as_viewer(person: Person, areas: dict[int, set[int]]) -> Viewer:
    own = areas.get(person.id, set()) if person.role == Role.CHANNEL_MANAGER else set[int]()
    return Viewer(
        person_id=person.id, role=Role(person.role), territory_ids=frozenset(own), name=person.name,
        email=person.email, owner_id=person.owner_id,
    )  # fmt: skip


def visible_approvers(viewer: Viewer) -> Select[Person]:
    """The people a viewer may know of whose role approves something."""
    return visible_people(viewer).where(Person.role.in_(APPROVERS))


def get_approver(viewer: Viewer, person_id: int, *, lock: bool = False) -> Person:
    """An approver in scope, locked for a change of limits if asked; everybody else has none to show."""
    query = visible_approvers(viewer).where(Person.id == person_id)
    found = session.scalar(
        query.with_for_update(of=Person).execution_options(populate_existing=True) if lock else query
    )
    if found is None:
        raise NotFound
    return found


def search_approvers(
    viewer: Viewer, *, q: str = "", show: str = "", sort: str = "name", descending: bool = False
) -> Select[Person]:
    """Approvers who have not left, filtered and sorted."""
    query = visible_approvers(viewer).where(Person.state != PersonState.ENDED)
    if q:
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in (Person.name, Person.email))))
    if show in SHOWS:
        query = query.where(Person.id.in_(_limited()) if show == "limited" else Person.id.not_in(_limited()))
    column: Any = SORTABLE.get(sort, Person.name)
    return query.order_by(column.desc() if descending else column.asc(), Person.id)


def _limited() -> list[int]:
    """Whoever has a limit in force: read apart, for the newest row of each kind and measure counts."""
    held = limits_of(session.scalars(select(ApprovalLimit.person_id).distinct()).all())
    return [
        number for number, kinds in held.items()
        if any(limit.amount is not None for own in kinds.values() for limit in own.values())
    ]  # fmt: skip


def say_limits_of(people: Sequence[tuple[int, Role]]) -> dict[int, str]:
    """The limits of some people in words, in one statement; empty for who approves nothing."""
    held = limits_of([number for number, role in people if kinds_of_role(role)])
    return {number: say_all(role, held.get(number, {})) for number, role in people}


def list_history(person_id: int) -> list[tuple[ApprovalLimit, str | None, str | None]]:
    """Every limit a person ever had, newest first, with the names of who set it and who confirmed it."""
    setter, second = aliased(Person), aliased(Person)
    query = select(ApprovalLimit, setter.name, second.name).where(ApprovalLimit.person_id == person_id)
    query = query.outerjoin(setter, setter.id == ApprovalLimit.set_by_id)
    query = query.outerjoin(second, second.id == ApprovalLimit.confirmed_by_id)
    return [(row, one, other) for row, one, other in session.execute(query.order_by(ApprovalLimit.id.desc()))]


def list_requests(viewer: Viewer, person_id: int | None = None) -> list[tuple[LimitRequest, Person, str | None]]:
    """Limits that wait for a second person, oldest first, with whose they are and who asked."""
    whose, asker = visible_approvers(viewer).subquery(), aliased(Person)
    query = select(LimitRequest, Person, asker.name).join(Person, Person.id == LimitRequest.person_id)
    query = query.outerjoin(asker, asker.id == LimitRequest.requested_by_id)
    query = query.where(LimitRequest.state == RequestState.PENDING, Person.id.in_(select(whose.c.id)))
    if person_id is not None:
        query = query.where(LimitRequest.person_id == person_id)
    return [(request, person, name) for request, person, name in session.execute(query.order_by(LimitRequest.id))]


def lock_request(viewer: Viewer, request_id: int) -> LimitRequest:
    """A wish for a limit of a visible approver, locked for a decision, or NotFound."""
    own = visible_approvers(viewer).with_only_columns(Person.id)
    query = select(LimitRequest).where(LimitRequest.id == request_id, LimitRequest.person_id.in_(own))
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found
