"""Where participants stand under a tried plan: in its bands, in their tiers, and how many each pays. Pure."""

from __future__ import annotations

from typing import Any

import polars as pl

from portal.programs.simulation.figures import WHO


def by_band(earnings: pl.DataFrame) -> list[dict[str, Any]]:
    """Per component and band: how many participant periods stand there and what they earn."""
    order = pl.col("band").cast(pl.Decimal(38, 8), strict=False)
    found = (
        earnings.group_by("component", "band")
        .agg(pl.len().alias("count"), pl.col("earned").sum())
        .sort("component", order, nulls_last=False)
    )
    banded = set(earnings.filter(pl.col("band").is_not_null())["component"])
    return [row for row in found.to_dicts() if row["component"] in banded]


def tiers_at(partner_values: pl.DataFrame, day: int) -> dict[int, str]:
    """The tier of each partner on a day."""
    held = partner_values.filter(pl.col("valid_from") <= day).sort("partner_id", "valid_from")
    newest = held.unique("partner_id", keep="last").select("partner_id", pl.col("tier").fill_null(""))
    return dict(newest.iter_rows())


def by_tier(totals: pl.DataFrame, tiers: dict[tuple[str, int], str]) -> list[dict[str, Any]]:
    """Per tier: how many participants, how many win or lose, cost before and after."""
    names = [tiers.get(key, "") for key in totals.select(WHO).iter_rows()]
    gain = pl.col("own") - pl.col("current")
    found = totals.with_columns(pl.Series("tier", names, dtype=pl.String)).group_by("tier")
    sums = found.agg(
        pl.len().alias("count"), pl.col("own").sum(), pl.col("current").sum(), (gain > 0).sum().alias("winners"),
        (gain < 0).sum().alias("losers"),
    )  # fmt: skip
    return sums.sort("tier").to_dicts()
