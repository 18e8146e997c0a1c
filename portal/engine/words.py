"""The sentence why: an earning told in plain words, in the voice of the product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from portal.core.money import minor_digits, show_minor
from portal.engine.caps import line_cap
from portal.engine.lines import LineFact
from portal.engine.plan import COUNTS, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.rounding import round_minor
from portal.engine.walk import Walk, measure_unit, shown

if TYPE_CHECKING:
    from portal.engine.explain import BandFact

GROWTH_WORDS = {"whole": "everything sold", "excess": "what exceeds the baseline", "banded": "the part in the band"}


def sentences(
    component: Component,
    plan: Plan,
    walked: Walk,
    bands: Sequence[BandFact],
    figures: tuple[int, Fraction, int, int],
    counted: Sequence[LineFact],
) -> list[str]:
    """Why an earning is what it is: figures are (measure, exact earning, rounded, after caps)."""
    measure, _, rounded, earned = figures
    if walked.why_nothing:
        return [walked.why_nothing]
    told = _growth(component, plan, walked, measure) if component.method == "growth" else []
    told += [_band(component, plan, band) for band in bands]
    if len(bands) > 1:
        told.append(f"Together {shown(sum(band.amount for band in bands), plan.unit)}.")
    told += _factors(plan, walked, counted)
    cap = line_cap(plan)
    if cap is not None and rounded != round_minor(walked.exact):
        told.append(f"No line pays more than {shown(cap, plan.unit)}: {shown(rounded, plan.unit)}.")
    if earned != rounded:
        told.append(f"The cap of the period leaves {shown(earned, plan.unit)} of {shown(rounded, plan.unit)}.")
    return told


def _growth(component: Component, plan: Plan, walked: Walk, measure: int) -> list[str]:
    unit = measure_unit(plan, component.measured)
    percent = round_minor(Fraction(measure * 10_000, walked.baseline or 1))
    against = f"{shown(measure, unit)} against a baseline of {shown(walked.baseline or 0, unit)}"
    return [f"{against} is {percent // 100:,}.{percent % 100:02} %: band {walked.band} %."]


def _band(component: Component, plan: Plan, band: BandFact) -> str:
    amount = shown(band.amount, plan.unit)
    if band.rate.endswith(" once"):
        return f"Reaching {band.start} pays {band.rate}."
    if component.amounts is not None:
        return f"Each product pays its own amount: {amount}."
    unit = measure_unit(plan, component.earning_measure)
    return f"{_part(band.part, unit)} at {band.rate} is {amount}."


def _part(part: Fraction, unit: str) -> str:
    if part.denominator == 1:
        return shown(int(part), unit)
    digits = 0 if unit in COUNTS else minor_digits(unit)
    fine = round_minor(part * 10_000)
    sign, places = ("\u2212" if fine < 0 else ""), digits + 4
    whole, rest = divmod(abs(fine), 10**places)
    return f"{sign}{whole:,}.{rest:0{places}d} {unit}"


def _factors(plan: Plan, walked: Walk, counted: Sequence[LineFact]) -> list[str]:
    factors = sorted({line.factor for line in counted} - {Fraction(1)})
    weight = sum(line.weight for line in counted)
    told = []
    for factor in factors:
        if weight:
            part = walked.exact * sum(line.weight for line in counted if line.factor == factor) / weight
            times = show_minor(round_minor(part * factor), plan.unit)
            told.append(f"Of it, {show_minor(round_minor(part), plan.unit)} counts {_plain(factor)} times: {times}.")
    return told


def _plain(factor: Fraction) -> str:
    from decimal import Decimal

    return plain_decimal(Decimal(factor.numerator) / Decimal(factor.denominator))
