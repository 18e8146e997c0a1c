"""How likely a plan is to break its budget: participants drawn again and again from those of the window. Pure."""

from __future__ import annotations

from typing import Any

import polars as pl

from portal.core.money import minor_digits
from portal.engine.plan import Plan
from portal.programs.simulation.spans import Span

RESAMPLES = 1000
SEED = 20_130_701
YEAR = 365


def budget_risk(plan: Plan, span: Span, earned: pl.Series) -> dict[str, Any]:
    """The share of resamples whose cost over the plan's life is above its budget, and where nine in ten lie.

    `earned` holds what each participant earns in the window, in minor units or points. Each of RESAMPLES draws takes
    as many participants with replacement (fixed seed); a sum is stretched from the days of the window to those of the
    plan's life, or to a year where no end is written.
    """
    life = YEAR if plan.effective.until is None else max((plan.effective.until - plan.starts).days, 1)
    sums = sorted(_sums(earned))
    stretched = [total * life // span.days for total in sums]
    budget = None if plan.budget is None else int(plan.budget.amount * 10 ** minor_digits(plan.unit))
    over = 0 if budget is None else sum(total * life > budget * span.days for total in sums)
    return {
        "budget": budget,
        "resamples": RESAMPLES,
        "seed": SEED,
        "life": life,
        "days": span.days,
        "open_end": plan.effective.until is None,
        "over": over,
        "percent": None if budget is None else over * 100 // RESAMPLES,
        "expected": int(earned.sum() or 0) * life // span.days,
        "low": stretched[RESAMPLES // 20],
        "high": stretched[-RESAMPLES // 20 - 1],
    }


def _sums(earned: pl.Series) -> list[int]:
    if earned.is_empty():
        return [0] * RESAMPLES
    draws = (earned.sample(earned.len(), with_replacement=True, seed=SEED + turn) for turn in range(RESAMPLES))
    return [int(draw.sum() or 0) for draw in draws]
