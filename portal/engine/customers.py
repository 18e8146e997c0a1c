"""New customers: end customers whose first counted purchase from a partner, in all history read, falls in a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from portal.engine.compile import Rule
    from portal.engine.periods import Window

PAIR = ["rule", "partner_id", "end_customer"]


def new_customers(days: pl.DataFrame, rules: Sequence[Rule], windows: Mapping[int, Sequence[Window]]) -> pl.DataFrame:
    """Counts per rule, window, participant, factor and rate, as `past` 0 and `count`."""
    group = ["rule", "window", "participant", "factor", "rate"]
    return (
        won_customers(days, rules, windows)
        .group_by(group)
        .agg(pl.lit(0, pl.Int64).alias("past"), pl.col("end_customer").n_unique().cast(pl.Int64).alias("count"))
    )


def won_customers(days: pl.DataFrame, rules: Sequence[Rule], windows: Mapping[int, Sequence[Window]]) -> pl.DataFrame:
    """The customers who are new: rule, window, participant, factor, rate, partner_id, end_customer, day.

    `days` hold the net quantity of each day, partner, participant and customer. A customer is bought for on a day whose
    net is positive; who sold on the first such day is counted, while the net of the window stays positive.
    """
    net = days.group_by([*PAIR, "day"]).agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0)
    first = net.group_by(PAIR).agg(pl.col("day").min())
    placed = _placed(days, rules, windows)
    whose = ["rule", "window", "participant", "end_customer"]
    live = placed.group_by(whose).agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0).select(whose)
    group = ["rule", "window", "participant", "factor", "rate"]
    by_day = placed.group_by([*group, "partner_id", "end_customer", "day"]).agg(pl.col("quantity").sum())
    won = by_day.filter(pl.col("quantity") > 0).join(first, on=[*PAIR, "day"], how="semi")
    return won.join(live, on=whose, how="semi")


def _placed(days: pl.DataFrame, rules: Sequence[Rule], windows: Mapping[int, Sequence[Window]]) -> pl.DataFrame:
    """The days with the window they fall into."""
    spans = [
        (rule.number, index, window.start, window.end)
        for rule in rules
        for index, window in enumerate(windows[rule.number])
    ]
    frame = pl.DataFrame(spans, schema=dict.fromkeys(["rule", "window", "day", "_end"], pl.Int64), orient="row")
    found = days.drop("window").sort("day").join_asof(frame.sort("day"), on="day", by="rule", check_sortedness=False)
    return found.filter(pl.col("day") < pl.col("_end"))
