"""The trace of one participant's period: every line with its reason, the bands walked, the shares, the sentence why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import polars as pl

from portal.engine import VERSION
from portal.engine.caps import adjusted_shares, adjusted_total, line_cap, period_cap
from portal.engine.compile import money_columns, rules_of
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts, check
from portal.engine.lines import Judge, LineFact, in_tie_order
from portal.engine.mergers import with_sides
from portal.engine.money import measured_sales
from portal.engine.periods import Program, Window, windows_of
from portal.engine.plan import Component, Plan
from portal.engine.rounding import round_minor, split_exactly
from portal.engine.walk import Step, Walk, measure_unit, walk
from portal.engine.words import sentences


@dataclass(frozen=True)
class BandFact:
    """One band as shown: edges as written, the part inside, the rate in words, the amount in minor units of pay."""

    start: str | None
    end: str | None
    part: Fraction
    rate: str
    amount: int


@dataclass(frozen=True)
class Explanation:
    """Why one component earned what it earned. Integers are minor units (or counts); days are day numbers."""

    program: str
    version: int
    component: str
    method: str
    participant_kind: str
    participant_id: int
    period_start: int
    period_end: int
    window_start: int
    window_end: int
    as_of: str | None
    engine_version: str
    measured: str
    measure_unit: str
    measure: int
    baseline: int | None
    band: str | None
    bands: list[BandFact]
    exact: Fraction
    rounded: int
    earned: int
    unit: str
    lines: list[LineFact]
    baseline_lines: list[LineFact]
    sentences: list[str]


def explain(
    program: Program, facts: Facts, *, participant_id: int, period_start: int, as_of: str | None = None
) -> list[Explanation]:
    """One explanation a component of the version that rates the period, in the plan's order.

    `facts` must hold the participant's sales of the period and of the year before. Figures equal those of `calculate`.
    Errors: CalculationError when no window of the program has this `period_start`.
    """
    window = window_at(program, period_start)
    facts, _ = with_sides(check(facts))
    plan = window.version.plan
    facts = replace(facts, sales=_own_sales(facts, plan, participant_id, window))
    rules = [rule for rule in rules_of([program]) if rule.version is window.version]
    sales, gaps = measured_sales(facts, money_columns(rules))
    judge = Judge(facts, plan, window, participant_id, gaps)
    rows = in_tie_order(sales)
    found, spent = [], 0
    for component in plan.components:
        one = _explained(judge, component, rows, program.code, as_of, spent)
        spent += max(one.earned, 0)
        found.append(one)
    return found


def window_at(program: Program, period_start: int) -> Window:
    """The window of a program with this calendar start; CalculationError when there is none."""
    for window in windows_of(program, period_start + 366):
        if window.period_start == period_start:
            return window
    raise CalculationError(f"The program {program.code} has no period that starts on that day.")


def _own_sales(facts: Facts, plan: Plan, participant_id: int, window: Window) -> pl.DataFrame:
    sales = facts.sales
    if plan.participant == "parent":
        children = facts.partner_values.filter(pl.col("parent_id") == participant_id)["partner_id"]
        sales = sales.filter(pl.col("partner_id").is_in(children.implode()))
    else:
        sales = sales.filter(pl.col(f"{plan.participant}_id") == participant_id)
    before, until = window.year_before()
    day = pl.col("sold_day" if plan.returns == "return_period" else "origin_day")
    now = (day >= window.period_start) & (day < window.period_end)
    return sales.filter(now | ((day >= before) & (day < until)))


def _explained(
    judge: Judge, component: Component, rows: Sequence[dict[str, Any]], program: str, as_of: str | None, spent: int
) -> Explanation:
    plan, window = judge.plan, judge.window
    lines, past_lines = judge.judged(component, rows)
    counted = [line for line in lines if line.counted]
    measure, past = sum(line.measure for line in counted), sum(line.measure for line in past_lines)
    earn = sum(line.weight for line in counted)
    walked = walk(component, plan, measure, earn, past) if counted else Walk([], None, None, "No line counted.")
    parts = [(line.weight, line.factor) for line in counted]
    exact = adjusted_total(walked.exact, parts, line_cap(plan)) if counted else Fraction(0)
    rounded = round_minor(exact)
    cap = period_cap(plan)
    earned = rounded if cap is None or rounded <= 0 else min(rounded, max(cap - spent, 0))
    shares = adjusted_shares(walked.exact, parts, line_cap(plan)) if counted else None
    one = Explanation(
        program, window.version.number, component.code, component.method, plan.participant, judge.participant_id,
        window.period_start, window.period_end, window.start, window.end, as_of, VERSION,
        component.measured, measure_unit(plan, component.measured), measure,
        walked.baseline, walked.band, _band_facts(walked.steps), exact, rounded, earned, plan.unit,
        _shared(lines, shares, exact, earned), past_lines, [],
    )  # fmt: skip
    return replace(
        one, sentences=sentences(component, plan, walked, one.bands, (measure, exact, rounded, earned), counted)
    )


def _band_facts(steps: Sequence[Step]) -> list[BandFact]:
    amounts = [step.amount for step in steps]
    shown = split_exactly(round_minor(sum(amounts, start=Fraction(0))), amounts)
    return [
        BandFact(step.start, step.end, step.part, step.rate, amount) for step, amount in zip(steps, shown, strict=True)
    ]


def _shared(
    lines: Sequence[LineFact], shares: Sequence[Fraction] | None, exact: Fraction, earned: int
) -> list[LineFact]:
    """The lines with their whole shares; None on counted lines whose weights sum to zero (the earning is unsplit)."""
    if shares is None:
        return [replace(line, share=None) if line.counted else line for line in lines]
    if earned != round_minor(exact):
        shares = [share * earned / exact for share in shares]
    whole = iter(split_exactly(earned, shares))
    return [replace(line, share=next(whole)) if line.counted else line for line in lines]
