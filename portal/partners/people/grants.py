"""Approving roles are given by two: one asks, another confirms, all admins read of it."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, FourEyes
from portal.core.events import emit
from portal.partners.people.errors import AddressTaken
from portal.partners.people.events import RoleRequested
from portal.partners.people.models import GrantState, Person, PersonState, RoleGrant
from portal.partners.people.queries import find_person_by_email, list_admin_emails
from portal.partners.people.rules import check_giving, clean_email, clean_name, clean_role
from portal.partners.people.services import change_role, invite_person
from portal.security.viewer import Viewer


def request_role(email: str, name: str, role: str, *, by: Viewer) -> RoleGrant:
    """Ask for an approving role for a new or present person of the vendor; nothing changes until it is confirmed."""
    kind = clean_role(role)
    check_giving(kind, by)
    cleaned = clean_email(email)
    person = find_person_by_email(cleaned)
    if person is not None and person.partner_id is not None:
        raise AddressTaken
    waiting = select(RoleGrant).where(RoleGrant.email == cleaned, RoleGrant.state == GrantState.PENDING)
    if session.scalar(waiting) is not None:
        raise Conflict("This role has already been asked for and waits for a second person.", field="email")
    grant = RoleGrant(
        email=cleaned, name=clean_name(name), role=kind.value, requested_by_id=by.person_id, requested_at=clock.now(),
        state=GrantState.PENDING,
    )  # fmt: skip
    session.add(grant)
    session.flush()
    audit.record(
        "role.requested", kind="role_grant", id=grant.id, label=f"{grant.name} <{cleaned}>", actor=by,
        after={"role": kind.value},
    )  # fmt: skip
    emit(
        RoleRequested(
            grant_id=grant.id, email=cleaned, name=grant.name, role=kind.label, requested_by=by.name,
            recipients=list_admin_emails(),
        )
    )  # fmt: skip
    return grant


def confirm_role(grant: RoleGrant, *, by: Viewer) -> Person:
    """Confirm as the second person: the person is invited, or has the role from now on."""
    _check_decision(grant, by)
    person = find_person_by_email(grant.email)
    if person is None or person.state == PersonState.ENDED:
        person = invite_person(grant.email, grant.name, grant.role, None, by=by, confirmed=True)
    else:
        change_role(person, grant.role, by=by, confirmed=True)
    _decide(grant, GrantState.CONFIRMED, by)
    return person


def refuse_role(grant: RoleGrant, *, by: Viewer) -> None:
    """Refuse as the second person: nothing changes."""
    _check_decision(grant, by)
    _decide(grant, GrantState.REFUSED, by)


def _check_decision(grant: RoleGrant, by: Viewer) -> None:
    if grant.state != GrantState.PENDING:
        raise Conflict("This has already been decided.")
    if by.person_id == grant.requested_by_id:
        raise FourEyes("You asked for this role, so someone else must confirm it.")
    if by.email == grant.email:
        raise FourEyes("This role is for you, so someone else must confirm it.")


def _decide(grant: RoleGrant, state: GrantState, by: Viewer) -> None:
    grant.state, grant.decided_by_id, grant.decided_at = state, by.person_id, clock.now()
    session.flush()
    audit.record(
        f"role.{state.value}", kind="role_grant", id=grant.id, label=f"{grant.name} <{grant.email}>", actor=by,
        after={"role": grant.role},
    )  # fmt: skip
