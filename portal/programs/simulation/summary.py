"""What a trial means, in figures ready to be stored: cost, winners and losers, who stands where. Pure."""

from __future__ import annotations

from typing import Any

import polars as pl

from portal.programs.simulation import figures
from portal.programs.simulation.calculation import Outcome
from portal.programs.simulation.spans import Span, whole_periods

ASSUMPTION = "Assumes unchanged behavior: everybody sells what was sold, whatever the plan pays."


def summarize(outcome: Outcome, span: Span) -> dict[str, Any]:
    """Cost before and after, how many win and lose and how much; amounts in minor units or points."""
    everybody = figures.totals(outcome)
    gain = pl.col("own") - pl.col("current")
    up, down = everybody.filter(gain > 0), everybody.filter(gain < 0)
    return {
        "cost": figures.cost_of(outcome),
        "current": figures.current_cost(outcome),
        "unit": outcome.plan.unit,
        "against": None if outcome.against is None else outcome.against.code,
        "participants": figures.paid_count(outcome.own),
        "current_participants": figures.paid_count(outcome.current),
        "winners": up.height,
        "won": _sum(up),
        "losers": down.height,
        "lost": _sum(down),
        "same": everybody.height - up.height - down.height,
        "whole_periods": whole_periods(outcome.plan, span),
    }


def _sum(frame: pl.DataFrame) -> int:
    return int(frame["own"].sum()) - int(frame["current"].sum())
