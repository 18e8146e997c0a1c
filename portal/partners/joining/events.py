"""Facts about joining. A `token` is a secret that is mailed once; the mail listener blanks it after delivery."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class JoinAsked(Fact):
    """Somebody typed a shop's code; the link proves the address."""

    request_id: int
    email: str
    name: str
    shop: str
    expires_at: str
    token: str


@dataclass(frozen=True)
class JoinWaits(Fact):
    """Somebody has proved the address and waits for an admin of the shop."""

    request_id: int
    joiner: str
    joiner_email: str
    shop: str
    recipients: list[str]


@dataclass(frozen=True)
class JoinConfirmed(Fact):
    """A shop confirmed somebody; earning starts."""

    request_id: int
    person_id: int
    email: str
    name: str
    shop: str


@dataclass(frozen=True)
class JoinDeclined(Fact):
    """A shop declined somebody, and says why."""

    request_id: int
    email: str
    name: str
    shop: str
    reason: str
