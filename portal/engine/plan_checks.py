"""Checks across the keys of a plan: what a method needs, what does not go together. Each names its key."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.core.money import POINTS, minor_digits

if TYPE_CHECKING:
    from portal.engine.plan import Band, Component, Plan

Path = tuple[str | int, ...]
Found = tuple[Path, str]
_MONEY = ("revenue", "margin")
_MOST_GROWTH = 1_000_000
_NEEDED = {"per_unit": (), "percent": ("percent",), "tiered": ("bands",), "growth": ("bands",)}
_ALLOWED = {
    "per_unit": ("measure", "amount", "amounts"),
    "percent": ("measure", "earn_on", "percent"),
    "tiered": ("measure", "earn_on", "scope", "bands"),
    "growth": ("measure", "earn_on", "scope", "bands", "baseline"),
}
_OPTIONAL = ("measure", "earn_on", "scope", "amount", "amounts", "percent", "bands", "baseline")
_SCOPES = {"tiered": ("marginal", "whole", "rolling", "total"), "growth": ("whole", "excess", "banded")}


def check_plan(plan: Plan) -> list[Found]:
    """Everything wrong across keys, as (path, sentence), in the order of the document."""
    found = [*_check_time(plan), *_check_pay(plan), *_check_limits(plan)]
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


def _check_pay(plan: Plan) -> Iterator[Found]:
    if plan.pay.measured_in is not None and plan.unit not in (POINTS, plan.pay.measured_in):
        yield (
            ("pay", "measured_in"),
            "Money is paid in the currency it is measured in. Remove measured_in, or pay points.",
        )
    if plan.expires_months is not None and plan.unit != POINTS:
        yield ("expires_months",), "Money never expires. Remove this key, or pay points."


def _check_limits(plan: Plan) -> Iterator[Found]:
    for name in ("per_participant_period", "per_line"):
        amount = getattr(plan.caps, name)
        if amount is not None and not _is_payable(amount, plan.unit):
            yield ("caps", name), _decimals_sentence(plan.unit)
    if plan.budget is not None and not _is_payable(plan.budget.amount, plan.unit):
        yield ("budget", "amount"), _decimals_sentence(plan.unit)


def _check_component(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    for key in _OPTIONAL:
        if getattr(component, key) is not None and key not in _ALLOWED[component.method]:
            yield (*path, key), f"“{key}” does not belong to the method {component.method}. Remove it."
    for key in _NEEDED[component.method]:
        if not getattr(component, key) and getattr(component, key) != 0:
            yield (*path, key), f"The method {component.method} needs this key. Add it."
    if component.method == "per_unit":
        yield from _check_per_unit(plan, component, path)
    if component.bands:
        yield from _check_bands(plan, component, path)
    yield from _check_measures(plan, component, path)


def _check_per_unit(plan: Plan, component: Component, path: Path) -> Iterator[Found]:
    if (component.amount is None) == (component.amounts is None):
        yield (*path, "amount"), "Write either amount (one for all) or amounts (a table by SKU or category)."
    if component.measure in _MONEY:
        yield (*path, "measure"), "per_unit pays for each unit: measure units, invoices or customers."
    if component.amounts is not None and component.measured != "units":
        yield (*path, "measure"), "A table of amounts pays by unit: measure units."
    for amount in (component.amount, *(component.amounts or {}).values()):
        if amount is not None and plan.unit == POINTS and amount != int(amount):
            key = "amount" if component.amount is not None else "amounts"
            yield (*path, key), _decimals_sentence(POINTS)


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
    if component.method == "tiered" and not _fits_measure(plan, component, band.from_):
        yield (*place, "from"), f"{band.from_} is finer than {component.measured} is counted in. Use fewer decimals."
    if component.method == "growth" and band.from_ > _MOST_GROWTH:
        yield (*place, "from"), f"{band.from_} is out of range: a percent of the baseline is from 0 to 1,000,000."
    if band.fixed is not None and not _is_payable(band.fixed, plan.unit):
        yield (*place, "fixed"), _decimals_sentence(plan.unit)
    if band.per_unit is not None and plan.unit == POINTS and band.per_unit != int(band.per_unit):
        yield (*place, "per_unit"), _decimals_sentence(POINTS)


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
    if component.method == "growth" and not _fits_measure(plan, component, component.growth_base.min):
        yield (*path, "baseline"), f"The minimum is finer than {component.measured} is counted in."
    base = component.growth_base.of
    if component.method == "growth" and isinstance(base, Decimal) and not _fits_measure(plan, component, base):
        yield (*path, "baseline"), f"The baseline is finer than {component.measured} is counted in."
    counted = {earned, component.measured} & {"invoices", "customers"}
    if counted and (plan.multipliers or plan.caps.per_line is not None):
        yield (
            (*path, "measure"),
            f"Multipliers and caps per line are not supported yet on {min(counted)}. Remove them or count units.",
        )


def _fits_measure(plan: Plan, component: Component, value: Decimal | None) -> bool:
    digits = minor_digits(plan.measuring_currency or POINTS) if component.measured in _MONEY else 0
    return value is None or value == round(value, digits)


def _is_payable(amount: Decimal, unit: str) -> bool:
    return amount == round(amount, minor_digits(unit))


def _decimals_sentence(unit: str) -> str:
    if minor_digits(unit) == 0:
        return f"Amounts of {unit} are whole numbers."
    return f"Amounts of {unit} have at most {minor_digits(unit)} decimals."
