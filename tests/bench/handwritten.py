"""The four plans written by hand in Polars for one known channel: what the engine's general way is measured against.

It knows that nobody's territory or answer ever changes, that no line is credited or matched, and which plans there are.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from portal.core.clock import day_number
from portal.demo.calendar import add_quarters, quarter_start
from tests.bench.calculation_world import TODAY

LINES = (
    "SELECT id AS line_id, batch_id, flow, partner_id, seller_id, product_id, quantity, amount, currency,"
    " sold_on AS sold_day, origin_on AS origin_day, COALESCE(returns_line_id, reverses_line_id) AS returns_line_id"
    " FROM sale_line"
)
US = ("Northwest", "Northeast", "Central", "Southwest", "Southeast")
PARTS = "Components / Cranksets", "Components / Brakes", "Components / Chains"
RACKS = "Accessories / Bike Racks", "Accessories / Hydration Packs"
KEY = ["program", "participant_id", "period_start"]


def read(connection: Any, query: str) -> pl.DataFrame:
    """The rows of a query as Arrow columns."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return pl.DataFrame(cursor.fetch_arrow_table())


def calculate(connection: Any) -> pl.DataFrame:
    """What is earned under the four plans: program, participant, period_start, earned."""
    lines = read(connection, LINES).lazy()
    batches = read(connection, "SELECT id AS batch_id FROM journal_batch WHERE state = 'confirmed'").lazy()
    partners = read(connection, "SELECT partner_id, territory FROM partner_value").lazy()
    products = read(connection, "SELECT id AS product_id, category FROM product").lazy()
    answers = read(connection, "SELECT partner_id, answer FROM spif_answer").lazy()
    root = pl.col("category").str.split(" / ").list.first()
    kinds = products.select(
        "product_id",
        soft=root.is_in(["Accessories", "Clothing"]),
        grown=root.is_in(["Components", "Clothing", "Accessories"]),
        part=pl.col("category").is_in(PARTS),
        rack=pl.col("category").is_in(RACKS),
    )
    known = (
        lines.join(batches, on="batch_id", how="semi").join(kinds, on="product_id").join(quarters(), on="origin_day")
    )
    sold_in = known.filter(pl.col("flow") == "sell_in").join(partners, on="partner_id")
    us = pl.col("territory").is_in(US)
    every = [
        volume(sold_in.filter(us & pl.col("soft"))),
        canada(sold_in.filter((pl.col("territory") == "Canada") & pl.col("part"))),
        growth(sold_in.filter(us & pl.col("grown"))),
        racks(known.filter((pl.col("flow") == "sell_out") & pl.col("rack")).join(answers, on="partner_id")),
    ]
    return pl.concat(pl.collect_all(every)).filter(pl.col("earned") != 0)


def quarters() -> pl.LazyFrame:
    """(origin_day, quarter, period_start) of the last three quarters (0 to 2) and those a year before (-4 to -2)."""
    current = quarter_start(TODAY)
    rows = []
    for number in (-4, -3, -2, 0, 1, 2):
        start, until = add_quarters(current, number - 2), add_quarters(current, number - 1)
        rows += [(day, number, day_number(start)) for day in range(day_number(start), day_number(until))]
    return pl.LazyFrame(rows, schema=["origin_day", "quarter", "period_start"], orient="row")


def volume(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Marginal bands on the revenue of a quarter."""
    sums = _sums(lines.filter(pl.col("quarter") >= 0), "partner_id", "amount")
    top = pl.lit(0)
    for start, until, rate in ((0, 50_000, 100), (50_000, 180_000, 250), (180_000, 450_000, 400), (450_000, None, 500)):
        inside = pl.col("value") if until is None else pl.min_horizontal("value", pl.lit(until))
        top = top + pl.when(pl.col("value") >= start).then((inside - start) * rate).otherwise(0)
    return _named(sums, "accessories-clothing-volume", _rounded(top))


def canada(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The rate of the reached band on everything."""
    sums = _sums(lines.filter(pl.col("quarter") >= 0), "partner_id", "amount")
    value = pl.col("value")
    rate = pl.when(value >= 150_000).then(300).when(value >= 50_000).then(200).when(value >= 10_000).then(100)
    return _named(sums, "canada-components", _rounded(value * rate.otherwise(0)))


def growth(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The rate of the reached growth on what exceeds the same quarter a year before."""
    now = _sums(lines.filter(pl.col("quarter") >= 0), "partner_id", "amount", "quarter")
    past = _sums(lines.filter(pl.col("quarter") < 0), "partner_id", "amount", "quarter").select(
        "participant_id", pl.col("quarter") + 4, base="value"
    )
    both = now.join(past, on=["participant_id", "quarter"]).filter(pl.col("base") >= 100_000)
    value, base = pl.col("value") * 100, pl.col("base")
    rate = pl.when(value >= base * 120).then(400).when(value >= base * 115).then(300).when(value >= base * 110)
    top = (pl.col("value") - base) * rate.then(200).otherwise(0)
    return _named(both, "parts-growth", _rounded(top))


def racks(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Points for each unit, to the seller or to the company that answered so (its number below zero)."""
    closed = lines.filter(pl.col("quarter").is_in([0, 1]), pl.col("answer") != "forbidden")
    company = pl.col("answer") == "to_company"
    paid = closed.with_columns(payee=pl.when(company).then(-pl.col("partner_id")).otherwise("seller_id"))
    return _named(_sums(paid, "payee", "quantity"), "racks-and-packs", pl.col("value") * 35)


def _sums(lines: pl.LazyFrame, who: str, what: str, *more: str) -> pl.LazyFrame:
    keys = [pl.col(who).alias("participant_id"), "period_start", *more]
    return lines.group_by(keys).agg(value=pl.col(what).sum())


def _rounded(top: pl.Expr) -> pl.Expr:
    half = (top.abs() * 2 + 10_000) // 20_000
    return pl.when(top < 0).then(-half).otherwise(half)


def _named(rows: pl.LazyFrame, program: str, earned: pl.Expr) -> pl.LazyFrame:
    return rows.select(pl.lit(program).alias("program"), "participant_id", "period_start", earned=earned.cast(pl.Int64))
