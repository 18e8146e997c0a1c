"""Adding and inviting people, changing roles, beginning and ending employments."""

from __future__ import annotations

import datetime as dt

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.events import emit
from portal.ledger.services import ensure_owner
from portal.partners.access.models import Purpose
from portal.partners.access.sessions import end_sessions
from portal.partners.access.tokens import issue_token, revoke_tokens
from portal.partners.organizations.models import Partner, PartnerState
from portal.partners.people.errors import AddressTaken
from portal.partners.people.events import EmploymentEnded, PersonAdded, PersonInvited, RoleChanged
from portal.partners.people.models import Employment, Person, PersonState
from portal.partners.people.queries import find_open_employment, find_person_by_email
from portal.partners.people.rules import (
    check_giving,
    check_side,
    clean_email,
    clean_name,
    clean_role,
    needs_second_person,
)
from portal.security.passwords import check_new_password, hash_password
from portal.security.viewer import PARTNER_ROLES, SYSTEM, Viewer


def add_person(
    email: str, name: str, role: str, partner: Partner | None = None, password: str | None = None, *,
    by: Viewer = SYSTEM,
) -> Person:  # fmt: skip
    """Make an account (active with a password, invited without), or take a person back whose employment ended."""
    cleaned, kind = clean_email(email), clean_role(role)
    check_side(kind, has_partner=partner is not None)
    if partner is not None and partner.state == PartnerState.CLOSED:
        raise Conflict(f"{partner.name} is closed, so nobody can join it.", field="partner")
    person = find_person_by_email(cleaned)
    if person is None:
        person = Person(email=cleaned, owner_id=ensure_owner("person", cleaned).id, created_at=clock.now())
        session.add(person)
    elif person.state != PersonState.ENDED or (person.partner_id is None) != (partner is None):
        raise AddressTaken
    _fill(person, clean_name(name), kind.value, partner, password)
    session.flush()
    if partner is not None:
        _start_employment(person, partner)
    audit.record(
        "person.added", kind="person", id=person.id, label=f"{person.name} <{person.email}>", actor=by,
        partner_id=person.partner_id, after={"role": person.role, "partner": partner and partner.code},
    )  # fmt: skip
    emit(PersonAdded(person_id=person.id, partner_id=person.partner_id, role=person.role))
    return person


def _fill(person: Person, name: str, role: str, partner: Partner | None, password: str | None) -> None:
    if password is not None:
        check_new_password(password, personal=(name, person.email, person.email.partition("@")[0]))
    person.name, person.role, person.partner_id = name, role, partner.id if partner else None
    person.password_hash = hash_password(password) if password is not None else None
    person.password_set_at = clock.now() if password is not None else None
    person.state = PersonState.ACTIVE if password is not None else PersonState.INVITED


def _start_employment(person: Person, partner: Partner) -> None:
    today = clock.today()
    session.add(Employment(person_id=person.id, partner_id=partner.id, started_on=today, recorded_at=clock.now()))
    session.flush()


def invite_person(
    email: str, name: str, role: str, partner: Partner | None, *, by: Viewer, confirmed: bool = False
) -> Person:
    """Make an account without a password and mail its link; approving roles must have been confirmed before."""
    kind = clean_role(role)
    if not confirmed:
        check_giving(kind, by)
        if needs_second_person(kind):
            raise Forbidden(f"Making somebody a {kind.label.lower()} needs a second person's confirmation.")
    person = add_person(email, name, role, partner, by=by)
    mail_invitation(person, partner.name if partner else "", by=by)
    return person


def mail_invitation(person: Person, organization: str, *, by: Viewer) -> None:
    """Mail the link with which an invited person chooses a password; earlier links stop working."""
    if person.state != PersonState.INVITED:
        raise Conflict(f"{person.name} has already accepted the invitation.")
    token, row = issue_token(person.id, Purpose.INVITATION)
    audit.record(
        "person.invited", kind="person", id=person.id, label=person.email, actor=by, partner_id=person.partner_id
    )
    emit(
        PersonInvited(
            person_id=person.id, email=person.email, name=person.name, organization=organization,
            invited_by=by.name, expires_at=row.expires_at.isoformat(), token=token,
        )
    )  # fmt: skip


def check_may_manage(person: Person, by: Viewer) -> None:
    """Refuse to manage a person of a role one may not give."""
    check_giving(clean_role(person.role), by)


def change_role(person: Person, role: str, *, by: Viewer, confirmed: bool = False) -> None:
    """Give a person another role of the same side; open sessions end, so that none keeps the old rights."""
    kind = clean_role(role)
    if person.id == by.person_id:
        raise Forbidden("You cannot change your own role. Ask another admin.")
    if not confirmed:
        check_may_manage(person, by)
    if (kind in PARTNER_ROLES) != (person.partner_id is not None):
        raise InvalidInput("A role of the other side needs a new invitation.", field="role")
    if not confirmed:
        check_giving(kind, by)
        if needs_second_person(kind):
            raise Forbidden(f"Making somebody a {kind.label.lower()} needs a second person's confirmation.")
    before = person.role
    if before == kind:
        return
    person.role = kind.value
    session.flush()
    end_sessions(person.id)
    audit.record(
        "person.role_changed", kind="person", id=person.id, label=f"{person.name} <{person.email}>", actor=by,
        partner_id=person.partner_id, before={"role": before}, after={"role": kind.value},
    )  # fmt: skip
    emit(RoleChanged(person_id=person.id, name=person.name, before=before, after=kind.value, changed_by=by.name))


def end_employment(person: Person, *, by: Viewer, on: dt.date | None = None, organization: str = "") -> None:
    """End a person's employment or vendor account in one step: sessions and links end at once, points stay."""
    if person.id == by.person_id:
        raise Forbidden("You cannot end your own account. Ask somebody else to do it.")
    if by is not SYSTEM and person.partner_id is None:
        check_may_manage(person, by)
    if person.state == PersonState.ENDED:
        raise Conflict(f"{person.name} has already left.")
    day = on or clock.today()
    employment = find_open_employment(person.id)
    if employment is not None:
        if day < employment.started_on:
            raise InvalidInput("The last day comes before the first.", field="ended_on")
        employment.ended_on = day
    person.state, person.password_hash = PersonState.ENDED, None
    session.flush()
    end_sessions(person.id)
    revoke_tokens(person.id)
    audit.record(
        "employment.ended", kind="person", id=person.id, label=f"{person.name} <{person.email}>", actor=by,
        partner_id=person.partner_id, before={"state": "active"}, after={"ended_on": day.isoformat()},
    )  # fmt: skip
    emit(
        EmploymentEnded(
            person_id=person.id, partner_id=person.partner_id, email=person.email, name=person.name,
            organization=organization, ended_on=day.isoformat(),
        )
    )  # fmt: skip
