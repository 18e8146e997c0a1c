"""A plan in plain words, generated from what it says, so that rule and text can never differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.plan import COUNTS, Band, Component, Eligibility, Plan
from portal.engine.plan_values import plain_decimal

KINDS = {
    "rebate": "Rebate", "spif": "SPIF", "growth": "Growth bonus", "bonus": "Bonus",
    "training": "Training reward", "referral": "Referral", "contest": "Contest",
}  # fmt: skip
PAID = {"partner": "the shop", "seller": "the seller", "parent": "the parent company"}
DEEDS = {"sell_in": "bought from us", "sell_through": "bought from a distributor", "sell_out": "sold to end customers"}
EACH = {"month": "each month", "quarter": "each quarter", "half": "each half-year", "year": "each year"}
SPANS = {"month": "month", "quarter": "quarter", "half": "half-year", "year": "year", "campaign": "campaign"}
READINGS = {
    "marginal": "Each step pays on its own part, so more never pays less.",
    "whole": "The step that is reached pays on everything.",
    "rolling": "The top step pays on everything, the ones below on all up to their end.",
    "total": "Every step that is reached pays on everything.",
    "excess": "Only what exceeds the year before is paid on.",
    "banded": "Each step pays on its own part.",
}


def plan_words(plan: Plan, *, budget: bool = True) -> list[str]:
    """The whole rule in sentences: what pays, to whom, when, within which limits; partners read no budget."""
    told = [component_words(component, plan) for component in plan.components]
    told += [*who_words(plan), when_words(plan), *limit_words(plan)]
    if budget and plan.budget is not None:
        told.append(f"Budget {_pay(plan.budget.amount, plan)}; reaching it warns and stops nothing.")
    return told


def component_words(component: Component, plan: Plan) -> str:
    """What one component pays, and on what."""
    goods, deed = goods_words(component, plan), DEEDS[str(plan.qualify_of(component).flow)]
    if component.method == "per_unit" and component.amounts is not None:
        listed = [f"{_pay(amount, plan)} for {name}" for name, amount in component.amounts.items()]
        return f"Each unit {deed} pays its own amount: {_listed(listed)}."
    if component.method == "per_unit":
        return f"{_pay(component.amount or Decimal(0), plan)} for each unit of {goods} {deed}."
    if component.method == "percent":
        return f"{plain_decimal(component.percent or Decimal(0))} % of {_measure_words(component)}: {goods} {deed}."
    steps = _listed(_steps(component, plan))
    if component.method == "growth":
        growth = _growth_words(component, plan)
        return f"Growth of {goods} {deed} against the same time a year before: {steps}. {growth}"
    return f"On {goods} {deed} in a {SPANS[plan.period]}: {steps}. {READINGS[component.reading]}"


def goods_words(component: Component, plan: Plan) -> str:
    """Which products count: accessories and clothing, but not bikes."""
    wanted = plan.qualify_of(component)
    named = [name.rpartition(" / ")[2].lower() for name in wanted.categories or ()]
    skus = _listed(wanted.skus or (), "or")
    goods = f"{skus} (of {_listed(named)})" if named and skus else skus or _listed(named) or "all products"
    left_out = [*(name.lower() for name in wanted.exclude_categories or ()), *(wanted.exclude_skus or ())]
    return f"{goods} (without {_listed(left_out)})" if left_out else goods


def who_words(plan: Plan) -> list[str]:
    """Who is paid, and which shops take part."""
    wanted = eligibility_words(plan.eligibility)
    told = [f"Paid to {PAID[plan.participant]}; for {wanted or 'every partner'}."]
    told += [
        f"What is sold as {eligibility_words(multiplier.when)} counts {plain_decimal(multiplier.by)} times."
        for multiplier in plan.multipliers
    ]
    return told


def eligibility_words(eligibility: Eligibility) -> str:
    """Resellers of tier gold or platinum in Northwest."""
    words = []
    if eligibility.partner_types:
        words.append(_listed([f"{name}s" for name in eligibility.partner_types], "or"))
    if eligibility.tiers:
        words.append(f"{'' if words else 'partners '}of tier {_listed(eligibility.tiers, 'or')}")
    if eligibility.segments:
        words.append(f"{'' if words else 'partners '}of segment {_listed(eligibility.segments, 'or')}")
    if eligibility.territories:
        words.append(f"{'' if words else 'partners '}in {_listed(eligibility.territories, 'or')}")
    return " ".join(words)


def when_words(plan: Plan) -> str:
    """From when until when, and over which periods."""
    last = plan.effective.until
    until = f" until {day_words(last - dt.timedelta(days=1))}" if last else ""
    each = "counted once for the whole time" if plan.period == "campaign" else f"counted {EACH[plan.period]}"
    return f"From {day_words(plan.starts)}{until}, {each}."


def limit_words(plan: Plan) -> list[str]:
    """Hold, expiry, caps, returns and claim window, as far as the plan names them."""
    told = []
    if plan.hold_days:
        told.append(f"What is earned can be used {plan.hold_days} days after it was posted.")
    if plan.expires_months:
        told.append(f"Stars expire {plan.expires_months} months after they were earned.")
    if plan.caps.per_participant_period is not None:
        most = _pay(plan.caps.per_participant_period, plan)
        told.append(f"No more than {most} a {SPANS[plan.period]} and participant.")
    if plan.caps.per_line is not None:
        told.append(f"No single line pays more than {_pay(plan.caps.per_line, plan)}.")
    if plan.returns == "return_period":
        told.append("A return counts in the period in which it comes back.")
    if plan.claim_within_days:
        told.append(f"Claim within {plan.claim_within_days} days of the sale.")
    return told


def day_words(day: dt.date) -> str:
    """14 September 2026."""
    return f"{day.day} {day:%B} {day.year}"


def _steps(component: Component, plan: Plan) -> list[str]:
    bands = component.bands or ()
    edges = [_edge(component, plan, band) for band in bands]
    told = []
    for index, band in enumerate(bands):
        rate = _rate(band, plan)
        following = edges[index + 1] if index + 1 < len(bands) else None
        if band.from_ == 0 and following:
            told.append(f"{rate} up to {following}")
        elif following:
            told.append(f"{rate} from {edges[index]} to {following}")
        else:
            told.append(f"{rate} from {edges[index]}")
    return told


def _edge(component: Component, plan: Plan, band: Band) -> str:
    if component.method == "growth":
        return f"{plain_decimal(band.from_)} %"
    if component.measured in COUNTS:
        return f"{plain_decimal(band.from_)} {component.measured}"
    return _major(band.from_, str(plan.measuring_currency))


def _rate(band: Band, plan: Plan) -> str:
    if band.percent is not None:
        return f"{plain_decimal(band.percent)} %"
    if band.per_unit is not None:
        return f"{_pay(band.per_unit, plan)} a unit"
    return f"{_pay(band.fixed or Decimal(0), plan)} once"


def _growth_words(component: Component, plan: Plan) -> str:
    base, currency = component.growth_base, str(plan.measuring_currency)
    told = READINGS["excess"] if component.reading == "excess" else READINGS[component.reading]
    if isinstance(base.of, Decimal):
        told += f" The baseline is {_major(base.of, currency)}."
    if base.min is not None:
        told += f" The year before must have brought at least {_major(base.min, currency)}."
    return told


def _measure_words(component: Component) -> str:
    return "the margin" if component.earning_measure == "margin" else "the revenue"


def _pay(amount: Decimal, plan: Plan) -> str:
    if plan.unit == POINTS:
        return f"{show_minor(int(amount), POINTS)} {'star' if amount == 1 else 'stars'}"
    return f"{_major(amount, plan.unit)} {plan.unit}"


def _major(amount: Decimal, currency: str) -> str:
    minor = amount * 10 ** minor_digits(currency)
    return show_minor(int(minor), currency) if minor == int(minor) else plain_decimal(amount)


def _listed(words: Sequence[str], last: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
