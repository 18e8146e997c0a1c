"""Facts about runs and periods."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class EarningsPosted(Fact):
    """Earnings of one participant changed. `amounts` are [program, unit, minor units or points]."""

    participant_kind: str
    participant_id: int
    amounts: list[list[object]]


@dataclass(frozen=True)
class PeriodLocked(Fact):
    """A period of a program was closed for good; later facts become prior-period adjustments."""

    program_code: str
    program_name: str
    period_start: str
    period_end: str
