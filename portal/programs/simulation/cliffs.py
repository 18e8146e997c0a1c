"""Where the pay jumps, who stands just under a band, and what it costs when they reach it: asked of the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_low
from typing import Any

import polars as pl

from portal.core.money import minor_digits
from portal.engine.attainable import with_lines
from portal.engine.compile import product_miss, tags_of
from portal.engine.periods import day_number
from portal.engine.plan import MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.programs.simulation.calculation import History, Outcome, paid_under
from portal.programs.simulation.lint.probes import paid_at

WITHIN = 10  # percent below a band
MEASURES = (*MONEY, "units", "invoices", "customers")
KEY = ["participant_kind", "participant_id", "period_start"]


@dataclass(frozen=True)
class Near:
    """A participant's period just under a band of a component; `gap` is what is missing, in units of the measure."""

    kind: str
    participant_id: int
    period_start: int
    last_day: int
    edge: str
    gap: int


def edges_of(component: Component, plan: Plan, baseline: int | None, measure: int) -> list[tuple[int, str]]:
    """Where a component begins to pay more, above zero: in units of its measure, and as written."""
    scale = 10 ** minor_digits(str(plan.measuring_currency)) if component.measured in MONEY else 1
    at: Decimal | None = getattr(component, "at", None)
    if at is not None:
        step = int(at * scale)
        turn = 1 if getattr(component, "repeat", "once") == "once" or step <= 0 else max(measure // step + 1, 1)
        return [(step * turn, plain_decimal(at * turn))]
    found = []
    for band in component.bands or ():
        if component.method in ("growth", "attainment"):
            found.append((-(int(-band.from_ * (baseline or 0)) // 100), plain_decimal(band.from_)))
        else:
            found.append((int(band.from_ * scale), plain_decimal(band.from_)))
    return [edge for edge in found if edge[0] > 0]


def nearly_there(component: Component, outcome: Outcome, after: int) -> list[Near]:
    """The participant periods that lie within WITHIN percent below the next band."""
    found = []
    for row in outcome.own.filter(pl.col("component") == component.code).iter_rows(named=True):
        edges = edges_of(component, outcome.plan, row["baseline"], row["measure"])
        ahead = min((edge for edge in edges if edge[0] > row["measure"]), default=None)
        if ahead is not None and row["measure"] * 100 >= ahead[0] * (100 - WITHIN):
            last = min(row["period_end"], after) - 1
            who = (row["participant_kind"], row["participant_id"], row["period_start"])
            found.append(Near(*who, last, ahead[1], ahead[0] - row["measure"]))
    return found


def cliffs(outcome: Outcome, history: History) -> list[dict[str, Any]]:
    """Per component and band: how many stand just below it and what it costs when all of them reach it."""
    plan, found = outcome.plan, []
    until = outcome.program.versions[-1].plan.effective.until
    after = min(history.span.after, day_number(until)) if until is not None else history.span.after
    for component in plan.components:
        near = nearly_there(component, outcome, after) if component.measured in MEASURES else []
        product = _product_for(plan, component, history)
        if not near or product is None:
            continue
        more = _more(outcome, history, component, near, product)
        for edge in dict.fromkeys(one.edge for one in sorted(near, key=lambda one: Decimal(one.edge))):
            there = [index for index, one in enumerate(near) if one.edge == edge]
            total = sum(more[index] for index in there)
            found.append({"component": component.code, "edge": edge, "count": len(there), "more": total})
    return found


def jumps(outcome: Outcome) -> list[dict[str, Any]]:
    """Bands where one step more pays at once more than two usual steps: what is paid just below, and at the band."""
    found = []
    for component in outcome.plan.components:
        if not component.bands or component.curve == "linear" or component.measured not in MEASURES:
            continue
        baseline = usual_baseline(outcome, component)
        edges = edges_of(component, outcome.plan, baseline, 0)
        points = [point for edge, _ in edges for point in (edge - 1, edge, edge + 1)]
        paid = paid_at(outcome.plan, component, points, 1, baseline) if points else []
        for (_, label), below, at, beyond in zip(edges, paid[::3], paid[1::3], paid[2::3], strict=True):
            if at - below > max(2 * (beyond - at), 1):
                found.append({"component": component.code, "edge": label, "below": below, "at": at})
    return found


def usual_baseline(outcome: Outcome, component: Component) -> int:
    """The middle one of the baselines growth was measured against; a million where there is none."""
    rows = outcome.own.filter((pl.col("component") == component.code) & (pl.col("baseline") > 0))
    return int(median_low(rows["baseline"].to_list())) if rows.height else 1_000_000


def _more(outcome: Outcome, history: History, component: Component, near: list[Near], product: int) -> list[int]:
    """What each would earn on top, all of them reaching their band."""
    lines = [line for one in near for line in _lines(outcome.plan, component, one, product, history)]
    facts = with_lines(history.known.facts, lines)
    moved = replace(history, known=replace(history.known, facts=facts))
    after = _by_key(paid_under([outcome.program], moved))
    before = _by_key(outcome.own)
    keys = [(one.kind, one.participant_id, one.period_start) for one in near]
    return [after.get(key, 0) - before.get(key, 0) for key in keys]


def _by_key(earnings: pl.DataFrame) -> dict[tuple[str, int, int], int]:
    sums = earnings.group_by(KEY).agg(pl.col("earned").sum())
    return {(kind, number, start): int(total) for kind, number, start, total in sums.select(*KEY, "earned").iter_rows()}


def _lines(plan: Plan, component: Component, one: Near, product: int, history: History) -> list[dict[str, Any]]:
    partner_id, seller_id = _sold_by(plan, one, history)
    if partner_id is None:
        return []
    qualify = plan.qualify_of(component)
    same = {
        "flow": qualify.flow, "partner_id": partner_id, "seller_id": seller_id, "product_id": product,
        "currency": plan.measuring_currency or "USD", "sold_day": one.last_day, "origin_day": one.last_day,
        "source": qualify.sources[0] if qualify.sources else "what-if", "quantity": 0, "amount": 0,
    }  # fmt: skip
    if component.measured in MONEY:
        return [same | {"amount": one.gap}]
    if component.measured == "units":
        return [same | {"quantity": one.gap}]
    names = [f"what-if {number}" for number in range(one.gap)]
    return [same | {"quantity": 1, "invoice_no": name, "end_customer": name} for name in names]


def _sold_by(plan: Plan, one: Near, history: History) -> tuple[int | None, int | None]:
    """Which partner and seller a further line is sold by, so that it counts for the participant."""
    sales = history.known.facts.sales
    if plan.participant == "seller":
        seller = -one.participant_id if one.kind == "partner" else one.participant_id
        shops = sales.filter(pl.col("seller_id") == seller)["partner_id"]
        return (None if shops.is_empty() else int(shops[-1])), seller
    if plan.participant == "parent":
        values = history.known.facts.partner_values
        branches = values.filter(pl.col("parent_id") == one.participant_id)["partner_id"]
        return (None if branches.is_empty() else int(branches[-1])), None
    return one.participant_id, None


def _product_for(plan: Plan, component: Component, history: History) -> int | None:
    """The first product by SKU that the component counts; one with a cost where margin is measured."""
    qualify, facts = plan.qualify_of(component), history.known.facts
    costed = set(facts.product_prices.filter(pl.col("cost").is_not_null())["product_id"])
    columns = ("product_id", "sku", "category", tags_of(facts.products))
    for product_id, sku, category, tags in facts.products.select(columns).sort("sku").iter_rows():
        if not product_miss(qualify, sku, category, tags) and (component.measured != "margin" or product_id in costed):
            return int(product_id)
    return None
