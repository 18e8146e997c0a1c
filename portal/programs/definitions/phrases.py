"""Small phrases every rule is read with: amounts of pay, amounts of money, measures, lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.plan import ACTIVITY, MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal

MEASURES = {"revenue": "the revenue", "margin": "the margin", "list_value": "the list value"}


def pay_words(amount: Decimal, plan: Plan) -> str:
    """An amount of pay: 40 stars, 2.50 USD."""
    if plan.unit == POINTS:
        return f"{show_minor(int(amount), POINTS)} {'star' if amount == 1 else 'stars'}"
    return f"{major_words(amount, plan.unit)} {plan.unit}"


def major_words(amount: Decimal, currency: str) -> str:
    """An amount of money with the decimals of its currency, finer ones as written."""
    minor = amount * 10 ** minor_digits(currency)
    return show_minor(int(minor), currency) if minor == int(minor) else plain_decimal(amount)


def counted_words(measure: str) -> str:
    """What a count counts: invoices, new customers, trainings."""
    return measure.removeprefix(ACTIVITY).replace("_", " ")


def measure_words(measure: str, goods: str, deed: str) -> str:
    """A measure with what it is of: the revenue of helmets bought from us, the number of invoices of helmets."""
    if measure.startswith(ACTIVITY):
        return f"the number of {counted_words(measure)}"
    told = MEASURES.get(measure, f"the number of {counted_words(measure)}")
    return f"{told} of {goods} {deed}"


def amount_words(value: Decimal, component: Component, plan: Plan) -> str:
    """A value of the qualifier: 1,800.00, or 25 units."""
    if component.measured in MONEY:
        return major_words(value, str(plan.measuring_currency))
    return f"{plain_decimal(value)} {counted_words(component.measured)}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
