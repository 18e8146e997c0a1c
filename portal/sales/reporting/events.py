"""What has happened around reporting."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ReportReminded(Fact):
    """A contact is asked for a file that has not come."""

    duty_id: int
    email: str
    name: str
    source: str
    speaks_for: str
    period: str
    due_on: str


@dataclass(frozen=True)
class ReportAnswered(Fact):
    """A file that did not come was signed off."""

    duty_id: int
    period_start: str
    answer: str
    reason: str
    signed_by: str
