"""A partner's tier over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.partners.organizations.queries import list_values, timeline_of
from portal.partners.organizations.rules import in_force


@dataclass(frozen=True)
class TierStep:
    """A tier from one day until the day before the next step."""

    tier: str
    valid_from: dt.date
    valid_until: dt.date | None
    recorded_at: dt.datetime
    reason: str


def tier_history(partner_id: int) -> list[TierStep]:
    """The tiers a partner had, has and is going to have, oldest first."""
    newest = {row.valid_from: row for row in list_values(partner_id)}
    steps: list[TierStep] = []
    for day in sorted(newest):
        row = newest[day]
        if steps and steps[-1].tier == row.tier:
            continue
        if steps:
            last = steps[-1]
            steps[-1] = TierStep(last.tier, last.valid_from, day, last.recorded_at, last.reason)
        steps.append(TierStep(row.tier, day, None, row.recorded_at, row.reason))
    return steps


def tier_on(partner_id: int, day: dt.date) -> str:
    """The tier in force on a day."""
    return in_force(timeline_of(partner_id), day).tier
