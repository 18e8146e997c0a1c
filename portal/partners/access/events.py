"""Facts about log-ins. A `token` is a secret that is mailed once; the mail listener blanks it after delivery."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class PasswordResetRequested(Fact):
    """A person gets a link to choose a new password."""

    person_id: int
    email: str
    name: str
    expires_at: str
    token: str


@dataclass(frozen=True)
class LogInLinkRequested(Fact):
    """A person gets a link that logs in once."""

    person_id: int
    email: str
    name: str
    expires_at: str
    token: str


@dataclass(frozen=True)
class PasswordChanged(Fact):
    """A person's password was changed or chosen; told by mail, so that a stranger's act is noticed."""

    person_id: int
    email: str
    name: str
    changed_at: str
