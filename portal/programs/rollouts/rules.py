"""What a version would have meant, as one reader is told. Pure."""

from __future__ import annotations

from portal.engine.plan import Plan
from portal.programs.simulation.queries import Impact

PEOPLE = "It pays your people; each of them reads their own figure."
UNKNOWN = "What it would have paid you cannot be said: {}."


def personal_words(impact: Impact | None, days: Impact, *, admin: bool, plan: Plan) -> str:
    """What a version would have meant to one reader, in one sentence; `days` is anybody's, for the window alone."""
    if impact is not None and (impact.own or impact.current):
        return impact.sentence
    if admin and plan.participant == "seller":
        return PEOPLE
    who = "it would have paid you nothing" if days.current is None else "neither version would have paid you anything"
    return f"{days.days} {who}."
