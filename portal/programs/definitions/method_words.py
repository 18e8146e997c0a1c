"""How the methods beside scales pay, in plain words generated from the rule."""

from __future__ import annotations

from decimal import Decimal

from portal.engine.plan import Component, Plan
from portal.engine.plan_values import FlatPercent, plain_decimal
from portal.programs.definitions.phrases import amount_words, counted_words, listed, measure_words, pay_words

SPANS = {"month": "month", "quarter": "quarter", "half": "half-year", "year": "year", "campaign": "campaign"}
TIES = {
    "share": "Who ties shares the prizes of their ranks.",
    "earliest": "Of those who tie, the one who was there first is ahead.",
    "duplicate": "Each of those who tie gets the prize.",
}


def unit_words(component: Component, plan: Plan, goods: str, deed: str) -> str:
    """What one unit pays: one amount, or amounts by product or tier."""
    what = f"unit of {goods} {deed}"
    if component.measured != "units":
        one = counted_words(component.measured).removesuffix("s")
        what = one if component.activity else f"{one} of {goods} {deed}"
    if component.amounts is not None:
        each = [f"{pay_words(amount, plan)} for {name}" for name, amount in component.amounts.items()]
        return f"Each unit {deed} pays its own amount: {listed(each)}."
    if component.amounts_by_tier is not None:
        tiers = [f"{pay_words(amount, plan)} for tier {tier}" for tier, amount in component.amounts_by_tier.items()]
        return f"Each {what} pays by the tier of its day: {listed(tiers)}."
    return f"{pay_words(component.amount or Decimal(0), plan)} for each {what}."


def milestone_words(component: Component, plan: Plan, goods: str, deed: str) -> str:
    """What reaching a milestone pays, once or every time."""
    measure = measure_words(component.measured, goods, deed)
    at, pays = (
        amount_words(component.at or Decimal(0), component, plan),
        pay_words(component.amount or Decimal(0), plan),
    )
    if component.repeat == "every":
        return f"{pays} for every {at} that {measure} reaches in a {SPANS[plan.period]}."
    return f"{pays} once {measure} reaches {at} in a {SPANS[plan.period]}."


def bundle_words(component: Component, plan: Plan, deed: str) -> str:
    """What a complete set is, and what it pays."""
    items = listed([f"{needed} x {sku}" for sku, needed in (component.items or {}).items()])
    where = "on one invoice" if component.within == "invoice" else f"in a {SPANS[plan.period]}"
    return f"{pay_words(component.amount or Decimal(0), plan)} for each complete set of {items} {deed} {where}."


def contest_words(component: Component, plan: Plan, goods: str, deed: str) -> str:
    """What a contest is about, its prizes, and what happens to those who tie."""
    prizes = [f"{pay_words(prize, plan)} for rank {rank}" for rank, prize in sorted((component.prizes or {}).items())]
    measure, span = measure_words(component.measured, goods, deed), SPANS[plan.period]
    final = f"Nothing is paid before the {span} ends, and the result is final when it is locked."
    return f"A contest on {measure} in a {span}: {listed(prizes)}. {TIES[component.ties or 'share']} {final}"


def gift_words(component: Component, goods: str, deed: str) -> str:
    """What is given on top."""
    told = f"{component.give} free for every {component.per} of one product on an invoice ({goods} {deed})"
    return f"{told}, worth the list price of the day."


def newcomer_words(component: Component, plan: Plan) -> list[str]:
    """What growth does with newcomers, partial years, its cap and exchange, as far as the plan says."""
    base, told = component.growth_base, []
    if isinstance(base.newcomer, FlatPercent):
        told.append(f"A newcomer without a baseline gets {plain_decimal(base.newcomer.flat_percent)} % of everything.")
    elif isinstance(base.newcomer, Decimal):
        told.append(f"A newcomer's baseline is {amount_words(base.newcomer, component, plan)}.")
    elif base.newcomer == "peer_median":
        told.append("A newcomer's baseline is the middle one of the others'.")
    short = "Who began in the second half of the base period"
    if base.partial_year is not None:
        told.append(
            f"{short} is a newcomer."
            if base.partial_year == "newcomer"
            else f"{short} has its baseline taken for all of it."
        )
    if base.cap_growth_percent is not None:
        told.append(f"Growth counts up to {plain_decimal(base.cap_growth_percent)} %.")
    if base.currency == "constant":
        told.append("Sales of the year before are taken at this year's exchange rates.")
    if base.freeze == "at_open":
        told.append("The baseline is fixed before the period starts.")
    return told
