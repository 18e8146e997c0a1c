"""Setting limits: lowering counts at once; raising, and setting one's own, waits for a second person."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, FourEyes, InvalidInput
from portal.core.events import emit
from portal.partners.limits.events import LimitRequested, LimitSet
from portal.partners.limits.models import LimitRequest, RequestState
from portal.partners.limits.rules import kinds_of_role, say_limit
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import list_admin_emails
from portal.security.limits.models import ApprovalLimit
from portal.security.limits.queries import find_limit
from portal.security.limits.rules import Kind, Limit, measure_of, raises, same
from portal.security.limits.services import add_limit
from portal.security.viewer import Role, Viewer


def set_limit(person: Person, limit: Limit, *, by: Viewer) -> LimitRequest | None:
    """Give an approver a limit at once, or ask a second person where it is higher than before or one's own."""
    _check_person(person, limit)
    before = find_limit(person.id, limit.kind, limit.measure)
    if same(before, limit):
        raise InvalidInput(f"{person.name} has exactly this already: {_said(before, limit)}.", field="amount")
    if raises(before, limit) or person.id == by.person_id:
        return _ask(person, before, limit, by)
    _write(person, before, limit, by, act="limit.set")
    return None


def confirm_limit(request: LimitRequest, *, by: Viewer) -> Person:
    """Confirm as the second person: the limit counts from now on."""
    person = _check_decision(request, by)
    limit = limit_of_row(request)
    _check_person(person, limit)
    _decide(request, RequestState.CONFIRMED, by)
    before = find_limit(person.id, limit.kind, limit.measure)
    _write(person, before, limit, by, act="limit.confirmed", asked_by=request.requested_by_id)
    return person


def refuse_limit(request: LimitRequest, *, by: Viewer) -> Person:
    """Refuse as the second person: the limit stays what it is."""
    person = _check_decision(request, by)
    _decide(request, RequestState.REFUSED, by)
    limit = limit_of_row(request)
    _record("limit.refused", person, find_limit(person.id, limit.kind, limit.measure), limit, by)
    return person


def limit_of_row(row: LimitRequest | ApprovalLimit) -> Limit:
    """The limit that a row asks for or gives."""
    return Limit(Kind(row.kind), row.unit, row.amount)


def _check_person(person: Person, limit: Limit) -> None:
    if person.state == PersonState.ENDED:
        raise Conflict(f"{person.name} has left, so there is nothing to bound.")
    if limit.kind not in kinds_of_role(Role(person.role)):
        role = Role(person.role).label.lower()
        raise InvalidInput(f"{person.name} is {role} and approves no {limit.kind.plural}.", field="kind")


def _ask(person: Person, before: Limit | None, limit: Limit, by: Viewer) -> LimitRequest:
    waiting = select(LimitRequest).where(
        LimitRequest.person_id == person.id, LimitRequest.kind == limit.kind, LimitRequest.state == RequestState.PENDING
    )
    if any(measure_of(row.unit) == limit.measure for row in session.scalars(waiting)):
        raise Conflict("Another limit has been asked for already and waits for a second person.", field="amount")
    request = LimitRequest(
        person_id=person.id, kind=limit.kind.value, unit=limit.unit, amount=limit.amount, state=RequestState.PENDING,
        requested_by_id=by.person_id, requested_at=clock.now(),
    )  # fmt: skip
    session.add(request)
    session.flush()
    _record("limit.requested", person, before, limit, by)
    emit(
        LimitRequested(
            request.id, person.id, person.name, limit.kind.plural, _said(before, limit), _said(limit, limit), by.name,
            list_admin_emails(),
        )
    )  # fmt: skip
    return request


def _write(
    person: Person, before: Limit | None, limit: Limit, by: Viewer, *, act: str, asked_by: int | None = None
) -> None:
    first, second = (by.person_id, None) if act == "limit.set" else (asked_by, by.person_id)
    add_limit(person.id, limit, set_by=first, confirmed_by=second)
    _record(act, person, before, limit, by)
    emit(LimitSet(person.id, limit.kind.value, limit.unit, limit.amount))


def _check_decision(request: LimitRequest, by: Viewer) -> Person:
    if request.state != RequestState.PENDING:
        raise Conflict("This has already been decided.")
    if by.person_id == request.requested_by_id:
        raise FourEyes("You asked for this limit, so someone else must confirm it.")
    if by.person_id == request.person_id:
        raise FourEyes("This limit is yours, so someone else must confirm it.")
    return session.get_one(Person, request.person_id)


def _decide(request: LimitRequest, state: RequestState, by: Viewer) -> None:
    request.state, request.decided_by_id, request.decided_at = state, by.person_id, clock.now()
    session.flush()


def _record(act: str, person: Person, before: Limit | None, limit: Limit, by: Viewer) -> None:
    audit.record(
        act, kind="limit", id=person.id, label=f"{limit.kind.plural}, {person.name} <{person.email}>",
        before={"limit": _said(before, limit)}, after={"limit": _said(limit, limit)}, actor=by,
    )  # fmt: skip


def _said(limit: Limit | None, like: Limit) -> str:
    """A limit of the same kind and measure as another one, in words."""
    return say_limit(limit, like.kind, like.measure)
