"""Whether one sale line or one invoice left out gives what was paid: all tries in one pass of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from portal.engine.compile import product_miss, tags_of
from portal.engine.periods import Program, Window
from portal.engine.plan import Plan
from portal.programs.simulation.calculation import History, paid_under

Who = tuple[str, int]
MOST = 300  # tries a participant
MANY = 50  # participants looked at
FIRST = 10**9  # the number of the first try; above every real one


def without_a_line(
    plan: Plan, program: Program, window: Window, history: History, paid: Mapping[Who, int]
) -> dict[Who, str]:
    """For whom the payment is what is owed without one line or invoice, and which one."""
    column = "seller_id" if plan.participant == "seller" else "partner_id"
    if plan.participant == "parent":
        return {}
    tries: dict[int, tuple[Who, str]] = {}
    sales: list[pl.DataFrame] = []
    for who in list(paid)[:MANY]:
        own = history.known.facts.sales.filter(pl.col(column) == who[1])
        for left_out, said in _candidates(own, plan, window, history):
            number = FIRST + len(tries)
            tries[number] = (who, said)
            kept = own.filter(~pl.col("line_id").is_in(left_out))
            sales.append(kept.with_columns(pl.lit(number, pl.Int64).alias(column)))
    if not tries:
        return {}
    found: dict[Who, str] = {}
    for number, earned in _earned(program, history, window, column, sales, tries).items():
        who, said = tries[number]
        if earned == paid[who]:
            found.setdefault(who, said)
    return found


def _candidates(own: pl.DataFrame, plan: Plan, window: Window, history: History) -> list[tuple[list[int], str]]:
    """Sets of lines whose absence is tried: single lines that may count, then whole invoices."""
    products = history.known.facts.products
    columns = ("product_id", "sku", "category", tags_of(products))
    skus = {number: (sku, category, tags) for number, sku, category, tags in products.select(columns).iter_rows()}
    qualifies = [plan.qualify_of(component) for component in plan.components]
    now = own.filter(pl.col("origin_day").is_between(window.start, window.end, closed="left"))
    found: list[tuple[list[int], str]] = []
    invoices: dict[str, list[int]] = {}
    for line, product, source, name, invoice in now.select(
        "line_id", "product_id", "source", "external_id", "invoice_no"
    ).iter_rows():
        if any(not product_miss(qualify, *skus[product]) for qualify in qualifies):
            found.append(([line], f"without line {name} of {source} ({skus[product][0]})"))
            invoices.setdefault(invoice or "", []).append(line)
    found += [(lines, f"without invoice {name}") for name, lines in invoices.items() if name and len(lines) > 1]
    return found[:MOST]


def _earned(
    program: Program, history: History, window: Window, column: str, sales: list[pl.DataFrame],
    tries: Mapping[int, tuple[Who, str]],
) -> dict[int, int]:  # fmt: skip
    facts = history.known.facts
    values = facts.partner_values
    if column == "partner_id":
        pairs = pl.DataFrame([(who[1], number) for number, (who, _) in tries.items()],
                             schema={"partner_id": pl.Int64, "try": pl.Int64}, orient="row")  # fmt: skip
        twins = pairs.join(values, on="partner_id").drop("partner_id").rename({"try": "partner_id"})
        values = pl.concat([values, twins.select(values.columns)])
    together = pl.concat(sales).with_row_index("_row", offset=1)
    together = together.with_columns(pl.col("_row").cast(pl.Int64).alias("line_id")).drop("_row")
    trial = replace(facts, sales=together, partner_values=values)
    earned = paid_under([program], replace(history, known=replace(history.known, facts=trial)))
    mine = earned.filter(pl.col("period_start") == window.period_start)
    sums = mine.group_by("participant_id").agg(pl.col("earned").sum())
    paid = {int(number): int(total) for number, total in sums.iter_rows()}
    return {number: paid.get(number, 0) for number in tries}
