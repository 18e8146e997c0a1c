"""Facts about tiers."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class TierChanged(Fact):
    """A partner's tier changes from a day on; mailed to the partner's admins."""

    partner_id: int
    code: str
    name: str
    before: str
    after: str
    valid_from: str
    reason: str
    recipients: list[str]
