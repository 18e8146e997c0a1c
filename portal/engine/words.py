"""The sentence why: an earning told in plain words, in the voice of the product."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from portal.core.money import known_currency, minor_digits, show_minor
from portal.engine.lines import LineFact
from portal.engine.plan import Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.rounding import round_minor
from portal.engine.tiers import PERCENT_SCALE, growth_ceiling
from portal.engine.walk import Walk, shown, spoken_unit

if TYPE_CHECKING:
    from portal.engine.explain import BandFact


def sentences(
    component: Component,
    plan: Plan,
    walked: Walk,
    bands: Sequence[BandFact],
    measure: int,
    counted: Sequence[LineFact],
) -> list[str]:
    """What the bands and multipliers make of a measure."""
    if walked.why_nothing:
        return [walked.why_nothing]
    told = [walked.told] if walked.told else []
    told += _against(component, plan, walked, measure) if component.is_relative and walked.band is not None else []
    told += [_band(component, plan, band) for band in bands]
    if len(bands) > 1:
        told.append(f"Together {shown(sum(band.amount for band in bands), plan.unit)}.")
    told += _factors(plan, walked, counted)
    return told


def _against(component: Component, plan: Plan, walked: Walk, measure: int) -> list[str]:
    unit = spoken_unit(plan, component.measured)
    base = walked.baseline or 1
    percent = round_minor(Fraction(measure * 10_000, base))
    what = "baseline" if component.method == "growth" else "target"
    against = f"{shown(measure, unit)} against a {what} of {shown(base, unit)}"
    told = [f"{against} is {percent // 100:,}.{percent % 100:02} %: band {walked.band} %."]
    ceiling = growth_ceiling(component)
    if ceiling is not None and measure * PERCENT_SCALE > base * ceiling:
        cap = plain_decimal(component.growth_base.cap_growth_percent or Decimal(0))
        told.append(f"Growth counts up to {cap} %.")
    return told


def _band(component: Component, plan: Plan, band: BandFact) -> str:
    amount = shown(band.amount, plan.unit)
    if component.method in _OWN_WORDS:
        return _OWN_WORDS[component.method](component, band, amount)
    if band.rate.endswith(" once"):
        return f"Reaching {band.start} pays {band.rate}."
    if component.rates_by_product:
        whose = "product" if component.amounts is not None else "tier"
        return f"Each {whose} pays its own amount: {amount}."
    unit = spoken_unit(plan, component.earning_measure)
    return f"{_part(band.part, unit)} at {band.rate} is {amount}."


def _milestone(_component: Component, band: BandFact, amount: str) -> str:
    if band.rate.endswith(" each time"):
        return f"{band.start} is reached {shown(int(band.part), 'times')}, {band.rate}: {amount}."
    return f"Reaching {band.start} pays {band.rate}."


def _bundle(_component: Component, band: BandFact, amount: str) -> str:
    return f"{shown(int(band.part), 'complete sets')} at {band.rate} is {amount}."


def _gifts(component: Component, _band: BandFact, amount: str) -> str:
    return f"{component.give} free for every {component.per} of a product on an invoice: worth {amount} at list price."


def _contest(_component: Component, band: BandFact, amount: str) -> str:
    return f"{band.rate}: {amount}."


_OWN_WORDS = {"milestone": _milestone, "bundle": _bundle, "free_goods": _gifts, "rank": _contest}


def _part(part: Fraction, unit: str) -> str:
    if part.denominator == 1:
        return shown(int(part), unit)
    digits = minor_digits(unit) if known_currency(unit) else 0
    fine = round_minor(part * 10_000)
    sign, places = ("\u2212" if fine < 0 else ""), digits + 4
    whole, rest = divmod(abs(fine), 10**places)
    return f"{sign}{whole:,}.{rest:0{places}d} {unit}"


def _factors(plan: Plan, walked: Walk, counted: Sequence[LineFact]) -> list[str]:
    factors = sorted({line.factor for line in counted} - {Fraction(1)})
    weight = sum(line.weight for line in counted)
    told = []
    for factor in factors if weight else ():
        part = walked.exact * sum(line.weight for line in counted if line.factor == factor) / weight
        times = show_minor(round_minor(part * factor), plan.unit)
        told.append(f"Of it, {show_minor(round_minor(part), plan.unit)} counts {_plain(factor)} times: {times}.")
    return told


def _plain(factor: Fraction) -> str:
    return plain_decimal(Decimal(factor.numerator) / Decimal(factor.denominator))
