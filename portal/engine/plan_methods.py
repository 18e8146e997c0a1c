"""Checks of single methods: what a milestone, a bundle, a contest, free goods, a baseline and a measure need."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.core.money import POINTS, minor_digits
from portal.engine.plan_limits import decimals_sentence, is_payable
from portal.engine.plan_values import FlatPercent

if TYPE_CHECKING:
    from portal.engine.plan import Component, Plan
    from portal.engine.plan_parts import Baseline

Path = tuple[str | int, ...]
Found = tuple[Path, str]
MONEY = ("revenue", "margin", "list_value")
DISTINCT = ("invoices", "customers", "new_customers")
MOST_PRIZES = 1000


def check_method(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    """What is wrong with the keys of one method, as (path, sentence)."""
    pays = component.method in ("milestone", "bundle")
    if pays and component.amount is not None and not is_payable(component.amount, plan.unit):
        yield (*path, "amount"), decimals_sentence(plan.unit)
    checks = {"milestone": _milestone, "bundle": _bundle, "rank": _rank, "free_goods": _free_goods, "growth": _growth}
    if component.method in checks:
        yield from checks[component.method](plan, component, path)
    if component.method == "attainment" and component.curve == "linear" and component.reading != "whole":
        yield (*path, "curve"), "A linear curve pays one rate on everything: write scope: whole, or leave it out."
    yield from _check_activity(component, path)


def _milestone(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    if component.at == 0:
        yield (*path, "at"), "A milestone lies above 0. Write what must be reached."
    if not fits_measure(plan, component, component.at):
        yield (*path, "at"), f"{component.at} is finer than {component.measured} is counted in. Use fewer decimals."


def _bundle(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    for sku, needed in (component.items or {}).items():
        if needed == 0:
            yield (*path, "items", sku), "Each set needs at least one of it. Write 1 or more, or remove it."


def _rank(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    ranks = sorted(component.prizes or {})
    if ranks != list(range(1, len(ranks) + 1)) or len(ranks) > MOST_PRIZES:
        yield (*path, "prizes"), f"Prizes are for the ranks 1, 2, 3 and so on, without a gap, at most {MOST_PRIZES:,}."
    for rank, prize in (component.prizes or {}).items():
        if not is_payable(prize, plan.unit):
            yield (*path, "prizes", str(rank)), decimals_sentence(plan.unit)


def _free_goods(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    for key in ("per", "give"):
        if getattr(component, key) == 0:
            yield (*path, key), "Write a whole number of 1 or more."
    if plan.unit == POINTS:
        yield ("pay", "in"), "Free goods are worth their list price: pay a currency, such as USD."


def _growth(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    base, place = component.growth_base, (*path, "baseline")
    fine = f"is finer than {component.measured} is counted in."
    if not fits_measure(plan, component, base.min):
        yield place, f"The minimum {fine}"
    if isinstance(base.of, Decimal) and not fits_measure(plan, component, base.of):
        yield place, f"The baseline {fine}"
    if isinstance(base.newcomer, Decimal) and not fits_measure(plan, component, base.newcomer):
        yield (*place, "newcomer"), f"The baseline of newcomers {fine}"
    if isinstance(base.newcomer, FlatPercent) and component.rate_kind != "percent":
        yield (*place, "newcomer"), "A flat percent stands beside bands in percent. Write none or a number."
    if component.measured == "new_customers" and base.is_sold:
        yield (*path, "measure"), "New customers have no year earlier to grow from: give a number or a table."
    yield from _baseline(component, base, place)


def _baseline(component: Component, base: Baseline, place: Path) -> Iterator[Found]:
    if base.freeze == "at_open" and base.of != "prior_year":
        yield (*place, "freeze"), "Only the sales of a year earlier are frozen. Remove this key."
    if base.partial_year is not None and not base.is_sold:
        yield (*place, "partial_year"), "A partial year is one of live sales a year earlier. Remove this key."
    if base.currency == "constant" and not (base.is_sold and component.measured == "revenue"):
        yield (*place, "currency"), "Constant currency compares live revenue with that of a year earlier."
    whole = component.reading == "whole" and component.earning_measure != component.measured
    if base.cap_growth_percent is not None and whole:
        yield (*place, "cap_growth_percent"), "Growth is capped where it is also what is earned on. Leave earn_on out."


def _check_activity(component: Component, path: Path) -> Iterator[Found]:
    if component.activity is not None and component.earning_measure != component.measured:
        yield (*path, "earn_on"), "An activity is counted apart from sales: pay per_unit, fixed or a milestone on it."
    if component.activity is None and component.earning_measure.startswith("activity:"):
        yield (*path, "earn_on"), "Write the activity as measure."


def fits_measure(plan: Plan, component: Component, value: Decimal | None) -> bool:
    """Whether a value is no finer than what its measure is counted in."""
    digits = minor_digits(plan.measuring_currency or POINTS) if component.measured in MONEY else 0
    return value is None or value == round(value, digits)
