"""What happens to targets."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class TargetsChanged(Fact):
    """Targets or baselines were set; with `everybody` the participants are too many to name. Days are numbers."""

    source: str
    partner_ids: list[int]
    seller_ids: list[int]
    everybody: bool
    first_day: int
    last_day: int
