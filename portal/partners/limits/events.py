"""Facts about approval limits."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class LimitRequested(Fact):
    """Somebody asked for a higher limit for an approver; a second person must confirm. Mailed to all admins."""

    request_id: int
    person_id: int
    name: str
    kind: str
    before: str
    after: str
    requested_by: str
    recipients: list[str]


@dataclass(frozen=True)
class LimitSet(Fact):
    """A person's limit is another one from now on."""

    person_id: int
    kind: str
    unit: str
    amount: int | None
