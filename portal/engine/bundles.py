"""Bundles: how many complete sets were sold, by period or by invoice."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from portal.engine.compile import Rule
from portal.engine.frames import Facts
from portal.engine.free_goods import invoices
from portal.engine.measure import Parameters, measure_pieces

KEY = ["rule", "window", "participant"]


def with_sets(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters, facts: Facts
) -> pl.DataFrame:
    """The rows with `sets`: the complete sets of a bundle, null for every other method."""
    mine = [rule for rule in rules if rule.component.method == "bundle"]
    if not mine:
        return rows.with_columns(pl.lit(None, pl.Int64).alias("sets"))
    by = ["product_id"]
    if any(rule.component.within == "invoice" for rule in mine):
        sales, by = sales.with_columns(invoices(sales)), ["product_id", "invoice"]
    pieces = measure_pieces(sales, parameters, mine, by)
    if "invoice" not in by:
        pieces = pieces.with_columns(pl.lit(0, pl.Int64).alias("invoice"))
    found = _sets(pieces, mine, facts)
    is_bundle = pl.col("rule").is_in([rule.number for rule in mine])
    joined = rows.join(found, on=KEY, how="left", maintain_order="left")
    return joined.with_columns(pl.when(is_bundle).then(pl.col("sets").fill_null(0)).alias("sets"))


def _sets(pieces: pl.DataFrame, rules: Sequence[Rule], facts: Facts) -> pl.DataFrame:
    """The complete sets of each rule, window and participant: the least of each invoice (or period), summed."""
    terms = [
        (rule.number, sku, needed, len(rule.component.items or {}), rule.component.within == "invoice")
        for rule in rules
        for sku, needed in (rule.component.items or {}).items()
    ]
    schema = {"rule": pl.Int64, "sku": pl.String, "_needed": pl.Int64, "_items": pl.Int64, "_apart": pl.Boolean}
    products = facts.products.select("product_id", "sku")
    items = pl.DataFrame(terms, schema=schema, orient="row").join(products, on="sku")
    known = pieces.join(items, on=["rule", "product_id"])
    known = known.with_columns(pl.when("_apart").then("invoice").otherwise(0).alias("invoice"))
    net = known.group_by([*KEY, "invoice", "product_id", "_needed", "_items"]).agg(pl.col("quantity").sum())
    full = net.with_columns((pl.max_horizontal("quantity", 0) // pl.col("_needed")).alias("sets"))
    whole = full.group_by([*KEY, "invoice"]).agg(
        pl.when(pl.len().cast(pl.Int64) == pl.col("_items").first()).then(pl.col("sets").min()).otherwise(0)
    )
    return whole.group_by(KEY).agg(pl.col("sets").sum())


def complete_sets(items: dict[str, int], sold: dict[str, int]) -> int:
    """The complete sets in what was sold: the least whole number of any item, never negative."""
    return max(min(sold.get(sku, 0) // needed for sku, needed in items.items()), 0)
