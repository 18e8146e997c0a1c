"""From kinds of lines to rules: which rule counts a line in which window, for whom, at which factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from portal.engine.compile import PARTICIPANTS
from portal.engine.mergers import NOW, PAST
from portal.engine.place import FEW, Lines

if TYPE_CHECKING:
    from portal.engine.measure import Parameters

MOST_DAYS = 200_000


def expanded(cube: Lines, parameters: Parameters, params: pl.DataFrame, together: pl.DataFrame | None) -> Lines:
    """One row for each rule that counts a cube row, with window, participant and factor.

    `params` says what rules sum, `together` is what counted_days makes of it.
    """
    if together is not None:
        frame = cube.join(parameters.place.lift(together), on=[*parameters.kind_keys, "segment"], how="inner")
    else:
        frame = _by_rule(cube, params, parameters)
    if parameters.sided:
        frame = frame.filter(nw.col("side") != nw.when(nw.col("past") == 1).then(nw.lit(NOW)).otherwise(nw.lit(PAST)))
    if together is None or "tier_rate" not in together.columns:
        eligible = parameters.place.lift(parameters.eligible)
        frame = frame.join(eligible, on=["rule", "profile", *parameters.held_keys], how="left")
        frame = frame.filter((nw.col("past") == 1) | ~nw.col("tier_rate").is_null())
        frame = frame.with_columns((nw.col("rate") + nw.col("tier_rate").fill_null(0)).alias("rate"))
    frame = frame.with_columns(_participant(parameters).alias("participant")).filter(~nw.col("participant").is_null())
    if not parameters.factors.height:
        return frame.with_columns(nw.col("outside").alias("factor"))
    profile = nw.when(nw.col("payee") == PARTICIPANTS.index("parent")).then(nw.col("parent_profile"))
    frame = frame.with_columns(profile.otherwise(nw.col("profile")).alias("factor_profile"))
    frame = frame.join(parameters.place.lift(parameters.factors), on=["rule", "factor_profile"], how="left")
    factor = nw.when(nw.col("outside") > 0).then(nw.col("outside")).otherwise(nw.col("factor").fill_null(0))
    return frame.with_columns(factor.alias("factor"))


def _by_rule(cube: Lines, params: pl.DataFrame, parameters: Parameters) -> Lines:
    """The cube by rule and then by window, one frame after another."""
    frame = cube.join(parameters.place.lift(parameters.kinds), on=parameters.kind_keys, how="inner")
    frame = frame.join(parameters.place.lift(params), on="rule", how="inner")
    if parameters.counts_returns_apart:
        apart = nw.when(nw.col("apart") == 1).then(nw.col("sold_segment")).otherwise(nw.col("segment"))
        frame = frame.with_columns(apart.alias("segment"))
    return frame.join(parameters.place.lift(parameters.calendar), on=["rule", "segment"], how="inner")


def counted_days(params: pl.DataFrame, parameters: Parameters) -> pl.DataFrame | None:
    """What a kind of line is to which rule on the days of a segment, in one frame, so that lines are joined once.

    None for few lines, where it costs more than it spares, and where it would become large. Without profiles it says
    who is eligible, too.
    """
    if parameters.facts.sales.height < FEW or parameters.counts_returns_apart:
        return None
    days = parameters.calendar.group_by("rule").len("_days")
    wide = parameters.kinds.join(days, on="rule")["_days"].sum()
    if wide > MOST_DAYS:
        return None
    found = parameters.kinds.join(params, on="rule").join(parameters.calendar, on="rule")
    if parameters.needs_members or parameters.held_keys:
        return found
    eligible = parameters.eligible.filter(pl.col("profile") == 0).drop("profile")
    found = found.join(eligible, on="rule", how="left")
    found = found.filter((pl.col("past") == 1) | pl.col("tier_rate").is_not_null())
    return found.with_columns(pl.col("rate") + pl.col("tier_rate").fill_null(0))


def _participant(parameters: Parameters) -> nw.Expr:
    chosen: nw.Expr = nw.lit(None, nw.Int64)
    for code, name in enumerate(PARTICIPANTS):
        if name in parameters.participants:
            chosen = nw.when(nw.col("payee") == code).then(nw.col(f"{name}_id")).otherwise(chosen)
    return chosen
