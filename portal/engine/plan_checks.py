"""Checks across the keys of a plan: what a method needs, what does not go together. Each names its key."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.core.money import POINTS
from portal.engine.plan_limits import check_limits, decimals_sentence, is_payable
from portal.engine.plan_methods import DISTINCT, check_method, fits_measure

if TYPE_CHECKING:
    from portal.engine.plan import Component, Plan
    from portal.engine.plan_parts import Band

Path = tuple[str | int, ...]
Found = tuple[Path, str]
_MONEY = ("revenue", "margin", "list_value")
_MOST_GROWTH = 1_000_000
_NEEDED: dict[str, tuple[str, ...]] = {
    "per_unit": (),
    "percent": ("percent",),
    "tiered": ("bands",),
    "growth": ("bands",),
    "attainment": ("bands",),
    "milestone": ("amount", "at"),
    "bundle": ("amount", "items"),
    "rank": ("prizes",),
    "free_goods": ("per", "give"),
}
_ALLOWED = {
    "per_unit": ("measure", "amount", "amounts", "amounts_by_tier"),
    "percent": ("measure", "earn_on", "percent"),
    "tiered": ("measure", "earn_on", "scope", "bands"),
    "growth": ("measure", "earn_on", "scope", "bands", "baseline"),
    "attainment": ("measure", "earn_on", "scope", "bands", "curve"),
    "milestone": ("measure", "amount", "at", "repeat"),
    "bundle": ("amount", "items", "within"),
    "rank": ("measure", "prizes", "ties"),
    "free_goods": ("per", "give"),
}
_OPTIONAL = tuple(dict.fromkeys(key for keys in _ALLOWED.values() for key in keys))
_RATES = ("amount", "amounts", "amounts_by_tier")
_AGAINST = ("whole", "excess", "banded")
_SCOPES = {"tiered": ("marginal", "whole", "rolling", "total"), "growth": _AGAINST, "attainment": _AGAINST}


def check_plan(plan: Plan) -> list[Found]:
    """Everything wrong across keys, as (path, sentence), in the order of the document."""
    found = [*_check_time(plan), *_check_answer_day(plan), *_check_pay(plan), *check_limits(plan)]
    if plan.pilot is not None and not 0 < plan.pilot.percent < 100:
        found.append((("pilot", "percent"), "A pilot leaves some partners out: write a percent between 0 and 100."))
    for index, multiplier in enumerate(plan.multipliers):
        if multiplier.when.certificates:
            place: Path = ("multipliers", index, "when", "certificates")
            found.append((place, "Certificates decide who takes part, not how much. Move this key to eligibility."))
        if multiplier.when.end_customers:
            place = ("multipliers", index, "when", "end_customers")
            found.append((place, "End customers decide what counts, not how much. Move this key to eligibility."))
    if not plan.components:
        found.append((("components",), "List at least one component."))
    seen: set[str] = set()
    for index, component in enumerate(plan.components):
        path: Path = ("components", index)
        if component.code in seen:
            found.append(((*path, "code"), f"Two components are called “{component.code}”. Rename one."))
        seen.add(component.code)
        found += _check_component(plan, component, path)
    return found


def _check_time(plan: Plan) -> Iterator[Found]:
    until = plan.effective.until
    if until is not None and until <= plan.effective.from_:
        yield ("effective", "until"), "The plan ends before it starts: “until” is the first day that no longer counts."
    if until is None and plan.period == "campaign":
        yield ("effective", "until"), "A campaign needs an end: write the first day that no longer counts."


def _check_answer_day(plan: Plan) -> Iterator[Found]:
    by, until = plan.accept_by, plan.effective.until
    if by is None:
        return
    if plan.terms is None or plan.enrollment != "opt_in":
        yield (
            ("accept_by",),
            "Only terms that partners join with are accepted by a day. Write terms and enrollment: opt_in.",
        )
    if by < plan.starts or (until is not None and by >= until):
        yield ("accept_by",), "The terms are accepted by a day of the plan. Choose one from its first day on."


def _check_pay(plan: Plan) -> Iterator[Found]:
    if plan.pay.measured_in is not None and plan.unit not in (POINTS, plan.pay.measured_in):
        yield (
            ("pay", "measured_in"),
            "Money is paid in the currency it is measured in. Remove measured_in, or pay points.",
        )
    for key in ("expires_months", "expiry"):
        if getattr(plan, key) is not None and plan.unit != POINTS:
            yield (key,), "Money never expires. Remove this key, or pay points."
    yield from _check_twice(plan)


def _check_twice(plan: Plan) -> Iterator[Found]:
    """Long forms beside their short ones, and what speaks of a key that is not there."""
    if plan.hold is not None and plan.hold_days:
        yield ("hold",), "hold and hold_days say the same. Keep one of them."
    if plan.expiry is not None and plan.expires_months is not None:
        yield ("expiry",), "expiry and expires_months say the same. Keep one of them."
    if plan.late is not None and plan.claim_within_days is None:
        yield ("late",), "“late” is about claims after claim_within_days. Write that key, too."


def _check_component(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    for key in _OPTIONAL:
        if getattr(component, key) is not None and key not in _ALLOWED[component.method]:
            yield (*path, key), f"“{key}” does not belong to the method {component.method}. Remove it."
    for key in _NEEDED[component.method]:
        if getattr(component, key) in (None, (), {}):
            yield (*path, key), f"The method {component.method} needs this key. Add it."
    if component.method == "per_unit":
        yield from _check_per_unit(plan, component, path)
    if plan.returns == "return_period" and plan.floor_of(component) is not None:
        yield ("returns",), "A return goes with the price of its sale, so a price floor needs returns: original_period."
    if component.bands:
        yield from _check_bands(plan, component, path)
    yield from check_method(plan, component, path)
    yield from _check_measures(plan, component, path)


def _check_per_unit(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    given = [key for key in _RATES if getattr(component, key) is not None]
    if len(given) != 1:
        yield (*path, "amount"), "Write either amount (one for all), amounts (by SKU or category) or amounts_by_tier."
    if component.measure in _MONEY:
        yield (*path, "measure"), "per_unit pays for each unit: measure units, invoices or customers."
    if component.amounts is not None and component.measured != "units":
        yield (*path, "measure"), "A table of amounts pays by unit: measure units."
    if component.amounts_by_tier is not None and component.measured in DISTINCT:
        yield (*path, "measure"), f"Amounts by tier pay by unit: measure units, not {component.measured}."
    tables = (component.amounts or {}, component.amounts_by_tier or {})
    for amount in (component.amount, *(amount for table in tables for amount in table.values())):
        if amount is not None and plan.unit == POINTS and amount != int(amount):
            yield (*path, given[0]), decimals_sentence(POINTS)


def _check_bands(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    scopes = _SCOPES.get(component.method, ())
    if scopes and component.reading not in scopes:
        yield (*path, "scope"), f"{component.method} reads its bands as {', '.join(scopes[:-1])} or {scopes[-1]}."
    bands = component.bands or ()
    kinds = {kind for band in bands for kind in ("percent", "per_unit") if getattr(band, kind) is not None}
    if len(kinds) > 1:
        yield (*path, "bands"), "Bands of one component pay either percent or per_unit. Make two components."
    before: Decimal | None = None
    for index, band in enumerate(bands):
        place = (*path, "bands", index)
        if before is not None and band.from_ <= before:
            yield (*place, "from"), "Each band starts above the one before it. Put the bands in order."
        before = band.from_
        yield from _check_band(plan, component, band, place)


def _check_band(plan: Plan, component: Component, band: Band, place: Path) -> Iterator[Found]:
    given = [kind for kind in ("percent", "per_unit", "fixed") if getattr(band, kind) is not None]
    if len(given) != 1:
        yield place, "A band pays exactly one of percent, per_unit and fixed."
    if component.method == "tiered" and not fits_measure(plan, component, band.from_):
        yield (*place, "from"), f"{band.from_} is finer than {component.measured} is counted in. Use fewer decimals."
    if component.is_relative and band.from_ > _MOST_GROWTH:
        against = "baseline" if component.method == "growth" else "target"
        yield (*place, "from"), f"{band.from_} is out of range: a percent of the {against} is from 0 to 1,000,000."
    if band.fixed is not None and not is_payable(band.fixed, plan.unit):
        yield (*place, "fixed"), decimals_sentence(plan.unit)
    if band.per_unit is not None and plan.unit == POINTS and band.per_unit != int(band.per_unit):
        yield (*place, "per_unit"), decimals_sentence(POINTS)


def _check_measures(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    earned = component.earning_measure
    if component.rate_kind == "percent" and earned not in _MONEY:
        yield (*path, "earn_on"), "A percent is always of money: earn on revenue or margin."
    if component.rate_kind == "per_unit" and earned in _MONEY:
        yield (*path, "earn_on"), "per_unit pays for each unit: earn on units, invoices or customers."
    if {earned, component.measured} & set(_MONEY) and plan.measuring_currency is None:
        yield ("pay", "measured_in"), "Points on money need the currency it is measured in, such as measured_in: USD."
    if component.method == "percent" and component.measured != earned:
        yield (*path, "measure"), f"A percent without bands measures what it earns on: {earned}."
    if component.bands and earned != component.measured and component.reading not in ("whole", "total"):
        yield (*path, "scope"), f"Bands on {component.measured} that earn on {earned} are read as whole or total."
