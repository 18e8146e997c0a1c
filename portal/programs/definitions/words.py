"""A plan in plain words, generated from what it says, so that rule and text can never differ."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from portal.engine.plan import Component, Eligibility, Plan
from portal.engine.plan_parts import Band
from portal.engine.plan_values import plain_decimal
from portal.programs.definitions.method_words import (
    SPANS,
    bundle_words,
    contest_words,
    gift_words,
    milestone_words,
    newcomer_words,
    unit_words,
)
from portal.programs.definitions.phrases import MEASURES, amount_words, listed, pay_words

KINDS = {
    "rebate": "Rebate", "spif": "SPIF", "growth": "Growth bonus", "bonus": "Bonus",
    "training": "Training reward", "referral": "Referral", "contest": "Contest",
}  # fmt: skip
REACHED = {"warn": "reaching it warns and stops nothing", "stop": "reaching it stops the program"}
CHOSEN = {"best": "where it pays most", "first": "in the first of them that pays something"}
PAID = {"partner": "the shop", "seller": "the seller", "parent": "the parent company"}
DEEDS = {
    "sell_in": "bought from us", "sell_through": "bought from a distributor", "sell_out": "sold to end customers",
    "activity": "recorded",
}  # fmt: skip
EACH = {"month": "each month", "quarter": "each quarter", "half": "each half-year", "year": "each year"}
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
    told += [*who_words(plan), when_words(plan), *limit_words(plan), *shared_words(plan)]
    if budget and plan.budget is not None:
        told.append(f"Budget {pay_words(plan.budget.amount, plan)}; {REACHED[plan.budget.when_reached]}.")
    return told


def component_words(component: Component, plan: Plan) -> str:
    """What one component pays, and on what."""
    goods, deed = goods_words(component, plan), DEEDS[str(plan.qualify_of(component).flow)]
    if component.method in ("per_unit", "milestone", "bundle", "rank", "free_goods"):
        return _method_words(component, plan, goods, deed)
    if component.method == "percent":
        return f"{plain_decimal(component.percent or Decimal(0))} % of {_measure_words(component)}: {goods} {deed}."
    steps = listed(_steps(component, plan))
    if component.method == "growth":
        against = "its baseline" if component.growth_base.is_looked_up else "the same time a year before"
        return f"Growth of {goods} {deed} against {against}: {steps}. {_growth_words(component, plan)}"
    if component.method == "attainment":
        slope = " Between two steps the rate moves in a straight line." if component.curve == "linear" else ""
        return (
            f"On {goods} {deed} against the target of the {SPANS[plan.period]}: {steps}. {_reading(component)}{slope}"
        )
    return f"On {goods} {deed} in a {SPANS[plan.period]}: {steps}. {READINGS[component.reading]}"


def _method_words(component: Component, plan: Plan, goods: str, deed: str) -> str:
    if component.method == "bundle":
        return bundle_words(component, plan, deed)
    if component.method == "free_goods":
        return gift_words(component, goods, deed)
    told = {"per_unit": unit_words, "milestone": milestone_words, "rank": contest_words}
    return told[component.method](component, plan, goods, deed)


def _reading(component: Component) -> str:
    if component.method == "attainment" and component.reading == "excess":
        return "Only what exceeds the target is paid on."
    return READINGS[component.reading]


def goods_words(component: Component, plan: Plan) -> str:
    """Which products count: accessories and clothing, but not bikes."""
    wanted = plan.qualify_of(component)
    if component.activity is not None:
        return component.activity
    named = [name.rpartition(" / ")[2].lower() for name in wanted.categories or ()]
    skus = listed(wanted.skus or (), "or")
    goods = f"{skus} (of {listed(named)})" if named and skus else skus or listed(named) or "all products"
    goods = f"{goods} tagged {listed(wanted.tags, 'or')}" if wanted.tags else goods
    left_out = [*(name.lower() for name in wanted.exclude_categories or ()), *(wanted.exclude_skus or ())]
    goods = f"{goods} (without {listed(left_out)})" if left_out else goods
    floor = plan.floor_of(component)
    return goods if floor is None else f"{goods} at {plain_decimal(floor)} % of the list price or more"


def who_words(plan: Plan) -> list[str]:
    """Who is paid, and which shops take part."""
    wanted = eligibility_words(plan.eligibility)
    told = [f"Paid to {PAID[plan.participant]}; for {wanted or 'every partner'}."]
    if plan.eligibility.end_customers is not None:
        told.append(
            f"Sales to end customers of segment {listed(plan.eligibility.end_customers.exclude, 'or')} do not count."
        )
    if plan.pilot is not None:
        told.append(
            f"A pilot: about {plain_decimal(plan.pilot.percent)} % of these companies take part, drawn by seed "
            f"{plan.pilot.seed} before the first day, each with all its branches. The others are the control group and "
            "earn nothing here."
        )
    told += [
        f"What is sold as {eligibility_words(multiplier.when)} counts {plain_decimal(multiplier.by)} times."
        for multiplier in plan.multipliers
    ]
    return told


def eligibility_words(eligibility: Eligibility) -> str:
    """Resellers of tier gold or platinum in Northwest."""
    words = []
    if eligibility.partner_types:
        words.append(listed([f"{name}s" for name in eligibility.partner_types], "or"))
    if eligibility.tiers:
        words.append(f"{'' if words else 'partners '}of tier {listed(eligibility.tiers, 'or')}")
    if eligibility.segments:
        words.append(f"{'' if words else 'partners '}of segment {listed(eligibility.segments, 'or')}")
    if eligibility.territories:
        words.append(f"{'' if words else 'partners '}in {listed(eligibility.territories, 'or')}")
    if eligibility.certificates:
        words.append(f"{'' if words else 'those '}with the certificate {listed(eligibility.certificates, 'or')}")
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
    if plan.expiry is not None:
        months = plan.expiry.after_months
        when = f"{months} months after the end of" if months else "at the end of"
        told.append(f"Stars expire {when} the year in which they were earned.")
    if plan.caps.per_participant_period is not None:
        most = pay_words(plan.caps.per_participant_period, plan)
        told.append(f"No more than {most} a {SPANS[plan.period]} and participant.")
    if plan.caps.per_line is not None:
        told.append(f"No single line pays more than {pay_words(plan.caps.per_line, plan)}.")
    if plan.minimum_payout is not None:
        told.append(f"Less than {pay_words(plan.minimum_payout, plan)} a {SPANS[plan.period]} pays nothing.")
    if plan.returns == "return_period":
        told.append("A return counts in the period in which it comes back.")
    if plan.claim_within_days:
        told.append(f"Claim within {plan.claim_within_days} days of the sale.")
    if plan.late == "adjust":
        told.append("A claim that comes later counts, too, and adjusts the period of its sale.")
    return told


def shared_words(plan: Plan) -> list[str]:
    """What an earning shares with others: a cap of all, a stopping budget, other programs, a split."""
    told = ["Only sales made while a partner takes part count."] if plan.enrollment == "opt_in" else []
    if plan.terms is not None:
        told.append("Partners read and accept its terms" + (" to take part." if told else "."))
        if plan.enrollment == "opt_in":
            told.append(
                f"Who has not accepted them by {day_words(plan.answer_day)} earns nothing from then until it does."
            )
    if plan.caps.program is not None:
        most = pay_words(plan.caps.program, plan)
        told.append(f"All together are paid no more than {most} a {SPANS[plan.period]}, in proportion.")
    if plan.stops:
        told.append("When its budget is used up, it pays nothing more; who was recorded first is served first.")
    if plan.stack.chooses:
        told.append(f"In the group {plan.stack.group} a sale pays once: {CHOSEN[plan.stack.policy]}.")
    if plan.credit.split:
        parts = [f"{plain_decimal(part.percent)} % to the {part.to}" for part in plan.credit.split]
        told.append(f"Of each sale's share is paid {listed(parts)}.")
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
    if component.is_relative:
        return f"{plain_decimal(band.from_)} %"
    return amount_words(band.from_, component, plan)


def _rate(band: Band, plan: Plan) -> str:
    if band.percent is not None:
        return f"{plain_decimal(band.percent)} %"
    if band.per_unit is not None:
        return f"{pay_words(band.per_unit, plan)} a unit"
    return f"{pay_words(band.fixed or Decimal(0), plan)} once"


def _growth_words(component: Component, plan: Plan) -> str:
    base = component.growth_base
    told = [_reading(component)]
    if isinstance(base.of, Decimal):
        told.append(f"The baseline is {amount_words(base.of, component, plan)}.")
    if base.min is not None:
        told.append(f"The year before must have brought at least {amount_words(base.min, component, plan)}.")
    return " ".join([*told, *newcomer_words(component, plan)])


def _measure_words(component: Component) -> str:
    return MEASURES.get(component.earning_measure, "the revenue")
