"""What happens to end customers."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class EndCustomersClassified(Fact):
    """Segments of end customers came in; programs that leave some out may pay otherwise."""

    source: str
