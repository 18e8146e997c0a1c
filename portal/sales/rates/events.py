"""What happens to exchange rates."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class RatesRecorded(Fact):
    """Rates came in; `first_day` is the number of the first day from which one of them holds."""

    source: str
    first_day: int
