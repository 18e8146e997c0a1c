"""Facts about people. A `token` is a secret that is mailed once; the mail listener blanks it after delivery."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class PersonAdded(Fact):
    """A person now has an account."""

    person_id: int
    partner_id: int | None
    role: str


@dataclass(frozen=True)
class PersonInvited(Fact):
    """A person gets a link to choose a password."""

    person_id: int
    email: str
    name: str
    organization: str
    invited_by: str
    expires_at: str
    token: str


@dataclass(frozen=True)
class EmploymentEnded(Fact):
    """A person no longer works for a partner and cannot log in; the points stay with the person."""

    person_id: int
    partner_id: int | None
    email: str
    name: str
    organization: str
    ended_on: str


@dataclass(frozen=True)
class RoleChanged(Fact):
    """A person has another role."""

    person_id: int
    name: str
    before: str
    after: str
    changed_by: str


@dataclass(frozen=True)
class RoleRequested(Fact):
    """Somebody asked for an approving role for a person; a second person must confirm. Mailed to all admins."""

    grant_id: int
    email: str
    name: str
    role: str
    requested_by: str
    recipients: list[str]
