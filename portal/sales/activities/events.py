"""What happens to activities."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ActivitiesRecorded(Fact):
    """Activities came in; days are day numbers, both included."""

    source: str
    partner_ids: list[int]
    seller_ids: list[int]
    first_day: int
    last_day: int
