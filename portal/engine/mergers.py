"""Merged partners: whose baseline a line of last year belongs to (PRACTICE D7: baselines are added from that day)."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from portal.engine.frames import Facts

BOTH, NOW, PAST = 0, 1, 2


def is_sided(sales: pl.DataFrame) -> bool:
    """Whether some line counts for one partner now and for another one in baselines."""
    return "base_partner_id" in sales.columns and not sales.filter(_moved()).is_empty()


def sided(sales: pl.DataFrame) -> pl.DataFrame:
    """The lines with `side`: a line of two partners stands twice, once for its period and once for baselines."""
    lines = sales.with_columns(pl.when(_moved()).then(NOW).otherwise(BOTH).cast(pl.Int64).alias("side"))
    past = sales.filter(_moved()).with_columns(
        pl.col("base_partner_id").alias("partner_id"), pl.lit(PAST, pl.Int64).alias("side")
    )
    return pl.concat([lines, past])


def with_sides(facts: Facts) -> tuple[Facts, bool]:
    """The facts with sided lines where that is needed, and whether it was."""
    if not is_sided(facts.sales):
        return facts, False
    return replace(facts, sales=sided(facts.sales)), True


def _moved() -> pl.Expr:
    return pl.col("base_partner_id").is_not_null() & (pl.col("base_partner_id") != pl.col("partner_id"))
