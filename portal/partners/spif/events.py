"""Facts about SPIF answers."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class SpifAnswered(Fact):
    """A partner said whether its people may receive SPIFs, from a day on; earnings since then may change."""

    partner_id: int
    answer: str
    valid_from: str
