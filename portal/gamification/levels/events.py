"""Facts about tiers that are coming."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class TierNoticeGiven(Fact):
    """A partner is told that its tier would fall, from when, and what keeps it. `recipients` are its admins."""

    evaluation_id: int
    partner_id: int
    code: str
    name: str
    before: str
    after: str
    effective_on: str
    sentence: str
    recipients: list[str]
