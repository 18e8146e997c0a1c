"""Contests: prizes by rank of the measure, nothing before the window ends; ties as the plan says (PRACTICE D3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from portal.engine.compile import Rule
from portal.engine.frames import Facts
from portal.engine.measure import Parameters, edge_days
from portal.engine.periods import Window
from portal.engine.tiers import WIDE, pay_units

CONTEST = ["rule", "window"]


def ranked(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters, facts: Facts
) -> pl.DataFrame:
    """The rows with `top` and `band` (the rank) of contests; `facts` hold every participant's sales."""
    mine = [rule for rule in rules if rule.component.method == "rank"]
    numbers = [rule.number for rule in mine]
    measured = rows.filter(pl.col("rule").is_in(numbers), pl.col("measure") > 0)
    if measured.is_empty():
        return rows
    placed = _ordered(measured, mine, sales, parameters, facts).join(_terms(mine), on="rule")
    prizes = _paid(placed, mine).join(_ended(mine, parameters.windows, facts.today), on=CONTEST)
    found = prizes.select(
        *CONTEST, "participant", pl.when("_ended").then("_prize").otherwise(0).cast(WIDE).alias("_top"),
        pl.col("_rank").cast(pl.String).alias("_band"), pl.col("_day").alias("reached"),
    )  # fmt: skip
    joined = rows.join(found, on=[*CONTEST, "participant"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("_top", "top").alias("top"), pl.coalesce("_band", "band").alias("band")
    ).drop("_top", "_band")


def _terms(rules: Sequence[Rule]) -> pl.DataFrame:
    terms = [(rule.number, rule.component.ties or "share", len(rule.component.prizes or {})) for rule in rules]
    return pl.DataFrame(terms, schema={"rule": pl.Int64, "_ties": pl.String, "_last": pl.Int64}, orient="row")


def _ordered(
    measured: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters, facts: Facts
) -> pl.DataFrame:
    """Best first with the place `_place`; ties by the day of the last counted line where that decides, then by code."""
    placed = _with_codes(measured, rules, facts)
    earliest = [rule for rule in rules if rule.component.ties == "earliest"]
    placed = placed.with_columns(pl.lit(0, pl.Int64).alias("_day"))
    if earliest:
        days = edge_days(sales, parameters, earliest).select(*CONTEST, "participant", pl.col("last").alias("_reached"))
        placed = placed.join(days, on=[*CONTEST, "participant"], how="left")
        placed = placed.with_columns(pl.coalesce("_reached", "_day").alias("_day"))
    placed = placed.sort(*CONTEST, -pl.col("measure"), "_day", "_code", "participant")
    return placed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(CONTEST).alias("_place"))


def _with_codes(measured: pl.DataFrame, rules: Sequence[Rule], facts: Facts) -> pl.DataFrame:
    """Each participant's code; a seller below zero is the partner that takes the prize itself."""
    kinds = [(rule.number, rule.plan.participant == "seller") for rule in rules]
    sellers = pl.DataFrame(kinds, schema={"rule": pl.Int64, "_seller": pl.Boolean}, orient="row")
    person = pl.col("_seller") & (pl.col("participant") > 0)
    known = measured.join(sellers, on="rule").with_columns(
        pl.when(person).then(pl.lit("person")).otherwise(pl.lit("partner")).alias("participant_kind"),
        pl.col("participant").abs().alias("participant_id"),
    )
    codes = facts.codes.select("participant_kind", "participant_id", pl.col("code").alias("_code"))
    joined = known.join(codes, on=["participant_kind", "participant_id"], how="left")
    return joined.with_columns(pl.col("_code").fill_null(""))


def _paid(placed: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The rank and the prize: tied ones share the sum of their ranks' prizes, or each takes the first of them."""
    tie = [*CONTEST, "measure"]
    first = pl.col("_place").min().over(tie)
    apart = pl.col("_ties") == "earliest"
    placed = placed.with_columns(
        pl.when(apart).then("_place").otherwise(first).alias("_rank"),
        pl.when(pl.col("_ties") == "share").then(pl.len().over(tie).cast(pl.Int64)).otherwise(1).alias("_tied"),
    )
    before, upto = pl.col("_rank") - 1, pl.col("_rank") + pl.col("_tied") - 1
    placed = placed.with_columns(
        pl.min_horizontal(before, "_last").alias("_before"), pl.min_horizontal(upto, "_last").alias("_upto")
    )
    sums = _sums(rules)
    placed = placed.join(sums.rename({"_ranks": "_before", "_sum": "_less"}), on=["rule", "_before"])
    placed = placed.join(sums.rename({"_ranks": "_upto", "_sum": "_more"}), on=["rule", "_upto"])
    together, index = pl.col("_more") - pl.col("_less"), pl.col("_place") - pl.col("_rank")
    whole, rest = together // pl.col("_tied"), together % pl.col("_tied")
    extra = (pl.col("_ties") == "share") & (index < rest)
    return placed.with_columns((whole + extra.cast(pl.Int64)).alias("_prize"))


def _sums(rules: Sequence[Rule]) -> pl.DataFrame:
    """The prizes of the first ranks together: rule, how many ranks, minor units of pay."""
    rows = []
    for rule in rules:
        prizes, total = rule.component.prizes or {}, 0
        rows.append((rule.number, 0, 0))
        for rank in sorted(prizes):
            total += pay_units(prizes[rank], rule.plan)
            rows.append((rule.number, rank, total))
    return pl.DataFrame(rows, schema=dict.fromkeys(["rule", "_ranks", "_sum"], pl.Int64), orient="row")


def _ended(rules: Sequence[Rule], windows: Mapping[int, Sequence[Window]], today: int | None) -> pl.DataFrame:
    rows = [
        (rule.number, index, today is None or today >= window.end)
        for rule in rules
        for index, window in enumerate(windows[rule.number])
    ]
    return pl.DataFrame(rows, schema={"rule": pl.Int64, "window": pl.Int64, "_ended": pl.Boolean}, orient="row")
