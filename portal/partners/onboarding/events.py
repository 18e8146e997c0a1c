"""Facts about applications."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ApplicationReceived(Fact):
    """A company asked to become a partner; the applicant reads that it has arrived."""

    application_id: int
    company: str
    contact_name: str
    email: str


@dataclass(frozen=True)
class ApplicationWaits(Fact):
    """An application waits for a decision; mailed to the managers of its territory."""

    application_id: int
    company: str
    recipients: list[str]


@dataclass(frozen=True)
class ApplicationApproved(Fact):
    """A company became a partner; its contact is invited by a separate fact."""

    application_id: int
    partner_id: int
    company: str
    contact_name: str
    email: str


@dataclass(frozen=True)
class ApplicationRejected(Fact):
    """A company did not become a partner; the applicant reads why."""

    application_id: int
    company: str
    contact_name: str
    email: str
    reason: str
