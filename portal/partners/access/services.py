"""Proving who one is, and choosing passwords. Throttling comes before hashing, in transactions of its own."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import TooMany
from portal.core.events import emit
from portal.partners.access.errors import LinkSpent, WrongLogin, WrongPassword
from portal.partners.access.events import LogInLinkRequested, PasswordChanged, PasswordResetRequested
from portal.partners.access.models import Purpose
from portal.partners.access.rules import (
    ADDRESS_TRIES,
    LOGIN_MINUTES,
    LOGIN_TRIES,
    RESET_MINUTES,
    RESET_TRIES,
)
from portal.partners.access.sessions import end_sessions
from portal.partners.access.tokens import issue_token, revoke_tokens, use_token
from portal.partners.people.models import MAY_ENTER, Person, PersonState
from portal.partners.people.rules import clean_name
from portal.security import rate_limits
from portal.security.passwords import check_new_password, hash_password, needs_rehash, verify_password
from portal.security.viewer import Role, Viewer


def throttle_login(email: str, ip: str, browser: str | None = None) -> None:
    """Count a try to log in, by account and by address; too many are refused before any password is looked at.

    A known browser of the account has a count of its own, which no stranger can use up.
    """
    rate_limits.take("login-ip", ip, limit=ADDRESS_TRIES, minutes=LOGIN_MINUTES)
    rate_limits.take("login", _tries_of(email, browser), limit=LOGIN_TRIES, minutes=LOGIN_MINUTES)


def _tries_of(email: str, browser: str | None) -> str:
    return f"{email.strip().lower()} {browser}" if browser else email.strip().lower()


def check_login(email: str, password: str) -> Person:
    """The person whose address and password these are; takes as long when there is none."""
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    stored = person.password_hash if person is not None and person.state == PersonState.ACTIVE else None
    if not verify_password(stored, password) or person is None:
        raise WrongLogin
    return person


def complete_login(person: Person, password: str, browser: str | None = None) -> None:
    """What a successful log-in brings with it: fresh hash parameters, no open reset link, tries forgotten."""
    if person.password_hash is not None and needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
    revoke_tokens(person.id, Purpose.PASSWORD_RESET)
    rate_limits.forget("login", _tries_of(person.email, browser))
    audit.record("person.logged_in", kind="person", id=person.id, label=f"{person.name} <{person.email}>",
                 partner_id=person.partner_id, actor=acting(person))  # fmt: skip


def acting(person: Person) -> Viewer:
    """The person as the actor of an entry in the audit log, outside a request's viewer."""
    return Viewer(
        person_id=person.id, role=Role(person.role), partner_id=person.partner_id, name=person.name, email=person.email
    )


def throttle_reset(email: str, ip: str) -> bool:
    """Count a wish for a reset link; False when the account has had its share, so that no mail goes out."""
    rate_limits.take("reset-ip", ip, limit=ADDRESS_TRIES, minutes=RESET_MINUTES)
    try:
        rate_limits.take("reset", email.strip().lower(), limit=RESET_TRIES, minutes=RESET_MINUTES)
    except TooMany:
        return False
    return True


def request_password_reset(email: str) -> None:
    """Mail a link to choose a new password, when there is an active account; otherwise nothing happens."""
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None or person.state != PersonState.ACTIVE:
        return
    token, row = issue_token(person.id, Purpose.PASSWORD_RESET)
    audit.record("password.reset_requested", kind="person", id=person.id, label=person.email)
    emit(
        PasswordResetRequested(
            person_id=person.id, email=person.email, name=person.name, expires_at=row.expires_at.isoformat(),
            token=token,
        )
    )  # fmt: skip


def throttle_link(email: str, ip: str) -> bool:
    """Count a wish for a log-in link; False when the account has had its share, so that no mail goes out."""
    rate_limits.take("link-ip", ip, limit=ADDRESS_TRIES, minutes=RESET_MINUTES)
    try:
        rate_limits.take("link", email.strip().lower(), limit=RESET_TRIES, minutes=RESET_MINUTES)
    except TooMany:
        return False
    return True


def request_log_in_link(email: str) -> None:
    """Mail a link that logs in once, when there is an account in use; otherwise nothing happens."""
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None or person.state not in MAY_ENTER:
        return
    token, row = issue_token(person.id, Purpose.LOG_IN)
    audit.record("log_in_link.requested", kind="person", id=person.id, label=person.email)
    emit(
        LogInLinkRequested(
            person_id=person.id, email=person.email, name=person.name, expires_at=row.expires_at.isoformat(),
            token=token,
        )
    )  # fmt: skip


def use_log_in_link(token: str) -> Person:
    """Use a log-in link up and return whose it is."""
    person = use_token(token, Purpose.LOG_IN)
    if person.state not in MAY_ENTER:
        raise LinkSpent
    return person


def complete_link_log_in(person: Person) -> None:
    """What a log-in by a mailed link brings with it: it is written down like any other."""
    audit.record("person.logged_in", kind="person", id=person.id, label=f"{person.name} <{person.email}>",
                 partner_id=person.partner_id, actor=acting(person), after={"by": "mailed link"})  # fmt: skip


def reset_password(token: str, password: str) -> Person:
    """Choose a new password with a mailed link; every session ends."""
    person = use_token(token, Purpose.PASSWORD_RESET)
    _set_password(person, password, act="password.reset")
    end_sessions(person.id)
    return person


def accept_invitation(token: str, password: str) -> Person:
    """Choose the first password with a mailed link; the account is active from now on."""
    person = use_token(token, Purpose.INVITATION)
    _set_password(person, password, act="invitation.accepted")
    person.state = PersonState.ACTIVE
    session.flush()
    return person


def change_password(person: Person, *, current: str, password: str, session_id: int | None) -> None:
    """Change one's own password; every other session ends."""
    if not verify_password(person.password_hash, current):
        raise WrongPassword
    _set_password(person, password, act="password.changed")
    end_sessions(person.id, keep=session_id)


def change_profile(person: Person, *, name: str, theme: str, tz: str, by: Viewer) -> None:
    """Change what a person decides about the own account."""
    before = {"name": person.name, "theme": person.theme, "tz": person.tz}
    person.name, person.theme, person.tz = clean_name(name), theme, tz
    session.flush()
    after = {"name": person.name, "theme": person.theme, "tz": person.tz}
    if before != after:
        audit.record(
            "person.changed", kind="person", id=person.id, label=person.email, actor=by, before=before, after=after,
            partner_id=person.partner_id,
        )  # fmt: skip


def _set_password(person: Person, password: str, *, act: str) -> None:
    check_new_password(password, personal=(person.name, person.email, person.email.partition("@")[0]))
    person.password_hash, person.password_set_at = hash_password(password), clock.now()
    session.flush()
    revoke_tokens(person.id)
    audit.record(
        act, kind="person", id=person.id, label=person.email, actor=acting(person), partner_id=person.partner_id
    )
    emit(PasswordChanged(person_id=person.id, email=person.email, name=person.name, changed_at=clock.now().isoformat()))
