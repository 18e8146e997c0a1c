"""Facts about target sheets."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class TargetsSent(Fact):
    """Targets of a period were sent to be acknowledged."""

    program_code: str
    program_name: str
    recipients: list[str]


@dataclass(frozen=True)
class BaselinesFixed(Fact):
    """The baselines of a period were fixed and sent to be acknowledged."""

    program_code: str
    program_name: str
    recipients: list[str]


@dataclass(frozen=True)
class TargetAcknowledged(Fact):
    """A participant acknowledged its target."""

    program_code: str
    notice_id: int
