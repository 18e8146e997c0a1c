"""Over which past days two versions are held beside each other, and what that means to one reader. Pure."""

from __future__ import annotations

import datetime as dt

from portal.engine.periods import Program
from portal.engine.plan import Plan
from portal.programs.simulation.queries import Impact
from portal.programs.simulation.spans import Span, last_closed

PEOPLE = "It pays your people; each of them reads their own figure."
UNKNOWN = "What it would have paid you cannot be said: {}."


def compared_days(plan: Plan, before: Program | None, today: dt.date) -> tuple[Span | None, str]:
    """The newest closed period of what was in force before; a campaign's days so far. Or why there are none."""
    if before is None:
        return last_closed(plan, today), ""
    first, old = before.versions[0].plan.starts, before.versions[-1].plan
    if first >= today:
        return None, f"the program begins on {first.day} {first:%B %Y}"
    if old.period == "campaign":
        until = today if old.effective.until is None else min(today, old.effective.until)
        return Span(first, until), ""
    span = last_closed(old, today)
    if first >= span.until:
        return None, f"no {old.period} of the program is over yet"
    return Span(max(first, span.since), span.until), ""


def personal_words(impact: Impact | None, days: Impact, *, admin: bool, plan: Plan) -> str:
    """What a version would have meant to one reader, in one sentence; `days` is anybody's, for the window alone."""
    if impact is not None and (impact.own or impact.current):
        return impact.sentence
    if admin and plan.participant == "seller":
        return PEOPLE
    who = "it would have paid you nothing" if days.current is None else "neither version would have paid you anything"
    return f"{days.days} {who}."
