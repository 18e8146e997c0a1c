"""Asking the engine about a plan: what its goods earn, what it pays at a point, what it shares with another. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from portal.core.money import minor_digits
from portal.engine.compile import product_miss, tags_of
from portal.engine.frames import SALES, Facts
from portal.engine.periods import Program, Version, day_number
from portal.engine.pipeline import calculate
from portal.engine.plan import MONEY, Component, Plan, plan_from_document
from portal.programs.simulation.spans import Span

MEASURED = {"revenue": "percent", "margin": "percent", "units": "per_unit"}


def skus_of(plan: Plan, component: Component, products: pl.DataFrame) -> dict[str, list[str]]:
    """The SKUs a component counts, by their full category."""
    qualify, found = plan.qualify_of(component), dict[str, list[str]]()
    for sku, category, tags in (
        products.select("sku", "category", tags_of(products)).sort("category", "sku").iter_rows()
    ):
        if not product_miss(qualify, sku, category, tags):
            found.setdefault(category or "", []).append(sku)
    return found


def measured(
    plan: Plan,
    span: Span,
    currency: str,
    groups: Mapping[str, Sequence[str]],
    facts: Facts,
    measures: Iterable[str],
    flow: str,
) -> pl.DataFrame:
    """What groups of SKUs brought to each participant of a plan: group, measure, participant, value.

    A probe of the plan's own eligibility, participant and returns counts them, so that no rule is told twice.
    """
    wanted = [(name, measure) for name in groups for measure in measures]
    components = [_probe(f"p{number}", groups[name], measure) for number, (name, measure) in enumerate(wanted)]
    if not components:
        return pl.DataFrame(
            schema={"group": pl.String, "measure": pl.String, "participant": pl.Int64, "value": pl.Int64}
        )
    probe = _probe_plan(plan, span, currency, components, flow)
    found = calculate([Program("probe", [Version(1, probe)])], facts, from_day=span.first, until_day=span.after)
    names = pl.DataFrame(
        [(f"p{number}", *pair) for number, pair in enumerate(wanted)],
        schema={"component": pl.String, "group": pl.String, "kind": pl.String}, orient="row",
    )  # fmt: skip
    joined = found.join(names, on="component").rename({"participant_id": "participant"})
    sums = joined.group_by("group", "kind", "participant").agg(pl.col("measure").sum().alias("value"))
    return sums.rename({"kind": "measure"})


def _probe(code: str, skus: Sequence[str], measure: str) -> dict[str, Any]:
    method = MEASURED[measure]
    paid = {"percent": "1"} if method == "percent" else {"amount": "1"}
    return {"code": code, "method": method, "measure": measure, "qualify": {"skus": list(skus)}} | paid


def _probe_plan(plan: Plan, span: Span, currency: str, components: list[dict[str, Any]], flow: str) -> Plan:
    document = {
        "code": "probe", "name": "probe", "kind": plan.kind, "pay": {"in": currency}, "participant": plan.participant,
        "period": "campaign", "effective": {"from": span.since.isoformat(), "until": span.until.isoformat()},
        "eligibility": plan.to_document().get("eligibility", {}), "returns": plan.returns,
        "qualify": {"flow": flow}, "components": components,
    }  # fmt: skip
    whole = plan.to_document()
    return plan_from_document(document | {key: whole[key] for key in ("pilot",) if key in whole})


def main_currency(plan: Plan, facts: Facts, span: Span) -> str:
    """The currency money is measured in; for a plan that only counts, the one most lines were sold in."""
    if plan.measuring_currency is not None:
        return plan.measuring_currency
    sold = facts.sales.filter(pl.col("sold_day").is_between(span.first, span.after, closed="left"))
    counted = sold.group_by("currency").len().sort("len", "currency", descending=[True, False])
    return str(counted["currency"][0]) if counted.height else "USD"


DAY = dt.date(2024, 7, 1)
_SALES = SALES | {"invoice_no": pl.String(), "end_customer": pl.String(), "external_id": pl.String()}
_PARTNER_VALUES = {"partner_id": pl.Int64, "valid_from": pl.Int64, "type": pl.String, "tier": pl.String,
                   "territory": pl.String, "segment": pl.String, "parent_id": pl.Int64}  # fmt: skip


def paid_at(plan: Plan, component: Component, points: Sequence[int], unit_price: int, baseline: int = 0) -> list[int]:
    """What one component alone pays a participant at each point of its measure, in minor units or points.

    `points` in whole units of the measure. Each point is a participant of its own with one invoice; growth and
    attainment compare with `baseline`. Limits of the whole plan stay away: the component's own curve is wanted.
    """
    lone = _alone(plan, component, baseline)
    day, currency = day_number(DAY), lone.measuring_currency or "USD"
    rows = [_sale(lone, component, number, point, day, unit_price) for number, point in enumerate(points, start=1)]
    sales = pl.DataFrame(rows, schema=_SALES)
    values = [(number, -700_000, "", "", "", "", None) for number in range(1, len(points) + 1)]
    facts = Facts(
        sales,
        pl.DataFrame(values, schema=_PARTNER_VALUES, orient="row"),
        pl.DataFrame({"product_id": [1], "sku": ["A"], "category": ["A"]}),
        pl.DataFrame({"product_id": [1], "valid_from": [0], "cost": [0], "list_price": [0], "currency": [currency]}),
    )
    found = calculate([Program("curve", [Version(1, lone)])], facts, from_day=day, until_day=day + 1)
    paid = {int(number): int(earned) for number, earned in found.select("participant_id", "earned").iter_rows()}
    return [paid.get(number, 0) for number in range(1, len(points) + 1)]


def _alone(plan: Plan, component: Component, baseline: int) -> Plan:
    document = component.model_dump(mode="json", by_alias=True, exclude_none=True) | {"qualify": {}}
    if component.method in ("growth", "attainment"):
        digits = minor_digits(str(plan.measuring_currency)) if component.measured in MONEY else 0
        document |= {"method": "growth", "baseline": {"of": str(Decimal(baseline).scaleb(-digits))}}
        document.pop("curve", None)
    return plan_from_document({
        "code": "curve", "name": "curve", "kind": plan.kind, "period": "month",
        "qualify": {"flow": plan.qualify_of(component).flow}, "effective": {"from": "2020-01-01", "until": None},
        "pay": plan.to_document()["pay"], "components": [document],
    })  # fmt: skip


def _sale(plan: Plan, component: Component, number: int, point: int, day: int, unit_price: int) -> dict[str, Any]:
    money = component.measured in MONEY
    quantity = (max(point // unit_price, 1) if unit_price > 0 else 1) if money else point
    name = f"point {number}"
    return {
        "line_id": number, "flow": str(plan.qualify_of(component).flow), "partner_id": number, "seller_id": None,
        "product_id": 1, "quantity": quantity, "amount": point if money else point * max(unit_price, 1),
        "currency": plan.measuring_currency or "USD", "sold_day": day, "origin_day": day, "source": "point",
        "invoice_no": name, "end_customer": name, "external_id": name,
    }  # fmt: skip
