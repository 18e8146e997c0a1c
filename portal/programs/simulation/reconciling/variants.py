"""How else a payment may have been worked out: the plan, or the facts, with one thing different. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import polars as pl

from portal.engine.frames import Facts
from portal.engine.periods import Window
from portal.engine.plan import Caps, Component, Eligibility, Plan
from portal.engine.plan_values import plain_decimal

OTHER = {"marginal": ("whole",), "whole": ("marginal",), "rolling": ("marginal", "whole"), "total": ("marginal",)}


@dataclass(frozen=True)
class Variant:
    """One thing done differently: its code, how it is said, and the plan or the facts that do it."""

    code: str
    said: str
    plan: Plan
    facts: Facts | None = None


def variants(plan: Plan, window: Window, facts: Facts) -> Iterator[Variant]:
    """Every variant worth trying, the likeliest first."""
    for position, component in enumerate(plan.components):
        yield from _scopes(plan, position, component)
        yield from _bands(plan, position, component)
    if len(plan.components) > 1:
        for component in plan.components:
            rest = tuple(one for one in plan.components if one is not component)
            yield Variant("component-missing", f"“{component.code}” was not paid", _with(plan, components=rest))
    yield from _limits(plan)
    if plan.multipliers or plan.eligibility != Eligibility():
        for day, said in ((window.start, "first"), (window.end - 1, "last")):
            held = _as_on(facts, day)
            yield Variant("tier-on-another-date", f"tier and territory as on the {said} day of the period", plan, held)
    sold = replace(facts, sales=facts.sales.filter(pl.col("quantity") >= 0))
    yield Variant("returns-left-out", "returns were not taken off", plan, sold)
    apart = "return_period" if plan.returns == "original_period" else "original_period"
    yield Variant("returns-elsewhere", f"returns counted in the {apart.replace('_', ' ')}", _with(plan, returns=apart))


def _scopes(plan: Plan, position: int, component: Component) -> Iterator[Variant]:
    for scope in OTHER.get(component.reading, ()) if component.method == "tiered" and component.bands else ():
        if scope == "marginal" and component.earning_measure != component.measured:
            continue
        said = f"{scope} instead of {component.reading}"
        yield Variant("other-scope", said, _changed(plan, position, {"scope": scope}))


def _bands(plan: Plan, position: int, component: Component) -> Iterator[Variant]:
    bands = component.bands or ()
    for index, band in enumerate(bands):
        start = plain_decimal(band.from_)
        if len(bands) > 1:
            rest = bands[:index] + bands[index + 1 :]
            yield Variant(
                "other-band", f"the band from {start} was left out", _changed(plan, position, {"bands": rest})
            )
        if index:
            kind = next(name for name in ("percent", "per_unit", "fixed") if getattr(band, name) is not None)
            ended = (*bands[:index], band.model_copy(update={kind: Decimal(0)}))
            said = f"nothing was paid from {start} on"
            yield Variant("other-band", said, _changed(plan, position, {"bands": ended}))
        if component.method == "tiered":
            alone = (band.model_copy(update={"from_": band.from_ * 0}),)
            changes: dict[str, object] = {"bands": alone, "scope": "whole"}
            yield Variant("other-band", f"all was paid as in the band from {start}", _changed(plan, position, changes))


def _limits(plan: Plan) -> Iterator[Variant]:
    if plan.caps != Caps():
        yield Variant("cap-left-out", "the cap was not applied", _with(plan, caps=Caps()))
    if plan.multipliers:
        yield Variant("multiplier-left-out", "the multiplier was not applied", _with(plan, multipliers=()))
    if plan.budget is not None:
        yield Variant("budget-left-out", "the budget did not stop it", _with(plan, budget=None))
    if plan.eligibility != Eligibility():
        said = "paid although not eligible on the day of the sale"
        yield Variant("not-eligible", said, _with(plan, eligibility=Eligibility()))


def _as_on(facts: Facts, day: int) -> Facts:
    """Every partner as it was on one day, for all days."""
    values = facts.partner_values
    held = values.filter(pl.col("valid_from") <= day).sort("partner_id", "valid_from").unique("partner_id", keep="last")
    first = values.sort("partner_id", "valid_from").unique("partner_id", keep="first")
    whole = pl.concat([held, first.join(held, on="partner_id", how="anti")])
    return replace(facts, partner_values=whole.with_columns(pl.lit(-700_000, pl.Int64).alias("valid_from")))


def _with(plan: Plan, **changes: object) -> Plan:
    return plan.model_copy(update=changes)


def _changed(plan: Plan, position: int, changes: dict[str, object]) -> Plan:
    components = list(plan.components)
    components[position] = components[position].model_copy(update=changes)
    return plan.model_copy(update={"components": tuple(components)})
