"""The published reseller channel under its own plans, to the cent (practice, section 6)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from portal.engine.explain import explain
from portal.engine.frames import PARTNER_VALUES, Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate, reach
from portal.engine.plan import Plan, parse_plan
from tests.engine.channel import FIRST, day

CHANNEL = Path(__file__).parents[2] / "examples" / "adventureworks"
Q2 = day("2013-04-01")


def plan(name: str, *, starts: str = "2013-01-01", more: str = "") -> Plan:
    text = (CHANNEL / "plans" / f"{name}.yaml").read_text()
    return parse_plan(
        text.replace("from: 2013-10-01", f"from: {starts}").replace("flow: sell_in}", f"flow: sell_in{more}}}")
    )


@cache
def channel() -> tuple[Facts, dict[str, int]]:
    partners = pl.read_csv(CHANNEL / "partners.csv", infer_schema=False).with_row_index("partner_id", 1)
    products = pl.read_csv(CHANNEL / "products.csv", infer_schema=False).unique("sku", keep="last").sort("sku")
    products = products.with_row_index("product_id", 1).select("product_id", "sku", "category")
    sales = pl.read_csv(CHANNEL / "sales.csv.gz", infer_schema=False).with_row_index("line_id", 1)
    sales = sales.join(products, on="sku").join(
        partners.select("partner_id", code="code"), left_on="partner", right_on="code"
    )
    sold = (pl.col("sold_on").str.to_date() - pl.date(1970, 1, 1)).dt.total_days()
    sales = sales.with_columns(
        sold.alias("sold_day"),
        sold.alias("origin_day"),
        pl.col("amount").str.replace(".", "", literal=True).cast(pl.Int64),
        pl.col("quantity").cast(pl.Int64),
        pl.lit(None, pl.Int64).alias("seller_id"),
        pl.lit("erp").alias("source"),
    )
    values = partners.with_columns(
        pl.lit(FIRST).alias("valid_from"),
        pl.lit(None, pl.Int64).alias("parent_id"),
        pl.lit(None, pl.String).alias("tier"),
    )
    codes = dict(partners.select("code", "partner_id").iter_rows())
    facts = Facts(sales.sort("line_id"), values.select(pl.col(c).cast(t) for c, t in PARTNER_VALUES.items()), products)
    return facts, codes


def quarter(plan: Plan, facts: Facts) -> pl.DataFrame:
    program = Program(plan.code, [Version(1, plan)])
    first, until = reach([program], Q2, Q2 + 91)
    near = facts.sales.filter(pl.col("sold_day").is_between(first, until, closed="left"))
    known = Facts(near, facts.partner_values, facts.products)
    return calculate([program], known, from_day=Q2, until_day=Q2 + 91)


def of(rows: pl.DataFrame, partner: int) -> tuple[int, int, int | None]:
    row = rows.filter(pl.col("participant_id") == partner).row(0, named=True)
    return row["measure"], row["earned"], row["baseline"]


def test_the_volume_rebate_of_the_closed_quarter_is_right_to_the_cent() -> None:
    facts, codes = channel()
    rows = quarter(plan("accessories-clothing-volume"), facts)
    assert (rows.height, rows["measure"].sum(), rows["earned"].sum()) == (163, 15_704_893, 375_634)
    assert of(rows, codes["AW00000290"]) == (202_177, 4_637, None)
    assert of(rows, codes["AW00000650"]) == (541_796, 19_140, None)


def test_the_whole_volume_twin_would_have_paid_more_to_the_shop() -> None:
    facts, codes = channel()
    rows = quarter(plan("accessories-clothing-volume-whole"), facts)
    assert of(rows, codes["AW00000290"])[1] == 8_087


def test_leaving_out_jerseys_and_caps_lowers_the_cost_of_the_quarter() -> None:
    facts, _ = channel()
    rows = quarter(
        plan("accessories-clothing-volume", more=", exclude_categories: [Clothing / Jerseys, Clothing / Caps]"), facts
    )
    assert rows["earned"].sum() == 225_553


def test_the_growth_bonus_pays_twenty_eight_partners() -> None:
    facts, codes = channel()
    rows = quarter(plan("parts-growth"), facts)
    paid = rows.filter(pl.col("earned") > 0)
    assert (paid.height, rows["earned"].sum()) == (28, 444_755)
    assert of(rows, codes["AW00000290"]) == (499_678, 6_712, 331_890)


def test_three_racks_come_back_and_the_closed_quarter_is_computed_anew() -> None:
    facts, codes = channel()
    shop = codes["AW00000290"]
    rack = facts.sales.filter(pl.col("external_id") == "SO61195-19")
    back = rack.with_columns(
        pl.lit(0).cast(pl.UInt32).alias("line_id"),
        pl.lit(-3, pl.Int64).alias("quantity"),
        pl.lit(-21_600, pl.Int64).alias("amount"),
        pl.lit(day("2013-11-06")).cast(facts.sales.schema["sold_day"]).alias("sold_day"),
        pl.lit("SO61195-19-R1").alias("external_id"),
    )
    mine = pl.concat([facts.sales.filter(pl.col("partner_id") == shop), back])
    known = Facts(mine, facts.partner_values, facts.products)
    for name, expected in (("accessories-clothing-volume", 3_773), ("parts-growth", 5_848)):
        one = plan(name)
        (trace,) = explain(Program(one.code, [Version(1, one)]), known, participant_id=shop, period_start=Q2)
        assert trace.earned == expected
        assert sum(line.share or 0 for line in trace.lines) == expected
