"""Invoices and customers counted on one line each: the first of them, where factors and limits look at single lines."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from portal.engine.compile import Rule

WHOSE = ["rule", "window", "participant"]


def counts_apart(rule: Rule) -> bool:
    """Whether a rule must know which line carries what it counts: multipliers and limits by line ask for it."""
    return bool(rule.plan.multipliers) or rule.plan.by_line


def first_lines(lines: pl.DataFrame, column: str, sales: pl.DataFrame) -> pl.DataFrame:
    """Of each invoice or customer whose counted lines sum to a positive quantity, the first in the order of ties.

    `lines` are rule, window, participant, past, line_id, quantity, the column that names it, and whatever stays.
    """
    whose = [*WHOSE, "past", column]
    live = lines.group_by(whose).agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0)
    number = pl.col("line_id").cast(pl.String)
    name = pl.lit(None, pl.String) if "external_id" not in sales.columns else pl.col("external_id")
    named = pl.when(name.is_null() | (name == "")).then(number).otherwise(name).alias("_name")
    order = sales.select("line_id", "sold_day", "source", named).unique("line_id")
    placed = lines.join(live.select(whose), on=whose, how="semi").join(order, on="line_id")
    first = placed.sort("sold_day", "source", "_name").unique(whose, keep="first", maintain_order=True)
    return first.drop("sold_day", "source", "_name")


def with_firsts(lines: pl.DataFrame, firsts: pl.DataFrame, rules: Sequence[Rule], measure: str) -> pl.DataFrame:
    """The measured lines (rule, ..., line_id, earn, measure), each first line counting 1 in the rules that count it."""
    on = ["rule", "window", "participant", "factor", "rate", "line_id"]
    counting = [(rule.number, *(name == measure for name in _measures(rule))) for rule in rules]
    which = pl.DataFrame(counting, schema={"rule": pl.Int64, "_m": pl.Boolean, "_e": pl.Boolean}, orient="row")
    marked = firsts.select(*on, pl.lit(1, pl.Int64).alias("_one"))
    joined = lines.join(marked, on=on, how="left", maintain_order="left").join(which, on="rule", how="left")
    one = pl.col("_one").fill_null(0)
    return joined.with_columns(
        pl.when("_m").then(one).otherwise("measure").alias("measure"),
        pl.when("_e").then(one).otherwise("earn").alias("earn"),
    ).drop("_one", "_m", "_e")


def _measures(rule: Rule) -> tuple[str, str]:
    return rule.component.measured, rule.component.earning_measure
