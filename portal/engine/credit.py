"""Who a partner was on a day: dated values as intervals, each with a profile that plans are tested against once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from portal.engine.plan import Eligibility

BEGINNING, END = -(10**7), 10**7
VALUES = ("type", "tier", "territory", "segment", "enrolled", "control")
KEYS = {"partner_types": "type", "tiers": "tier", "territories": "territory", "segments": "segment"}
NOBODY = -1


@dataclass(frozen=True)
class Members:
    """Intervals (partner_id, from, until, profile, parent_id, parent_profile) and the values of each profile."""

    intervals: pl.DataFrame
    profiles: Sequence[Mapping[str, str | None]]
    dated: bool


def matches(wanted: Eligibility, values: Mapping[str, str | None]) -> bool:
    """Whether values meet an eligibility: every key that lists something must list the value."""
    return not first_miss(wanted, values)


def first_miss(wanted: Eligibility, values: Mapping[str, str | None]) -> str:
    """The name of the first value that does not match, or nothing."""
    for key, name in KEYS.items():
        listed = getattr(wanted, key)
        if listed and values[name] not in listed:
            return name
    return ""


def members_of(partner_values: pl.DataFrame, used: set[str], *, parents: bool) -> Members:
    """The intervals of all partners, cut only where a value that some plan uses changes."""
    columns = [name for name in VALUES if name in used]
    rows = partner_values.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in VALUES if name not in used)
    if not parents:
        rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias("parent_id"))
    settled = partner_values["partner_id"].n_unique() == partner_values.height
    if not settled:
        rows = rows.unique(["partner_id", "valid_from"], keep="last", maintain_order=True)
    profiles = rows.select(VALUES).unique(maintain_order=True).with_row_index("profile")
    profiles = profiles.with_columns(pl.col("profile").cast(pl.Int64))
    rows = (
        rows.join(profiles, on=VALUES, nulls_equal=True) if columns else rows.with_columns(profile=pl.lit(0, pl.Int64))
    )
    intervals = _lasting(rows) if settled else _intervals(rows)
    if parents:
        intervals = _with_parents(intervals)
    else:
        intervals = intervals.with_columns(pl.lit(NOBODY, dtype=pl.Int64).alias("parent_profile"))
    return Members(intervals, profiles.select(VALUES).to_dicts(), dated=intervals["partner_id"].is_duplicated().any())


def _lasting(rows: pl.DataFrame) -> pl.DataFrame:
    """The intervals of partners that never changed: one of each, over all days."""
    always = pl.lit(BEGINNING, pl.Int64).alias("from"), pl.lit(END, pl.Int64).alias("until")
    return rows.select("partner_id", *always, "profile", "parent_id").sort("partner_id")


def _intervals(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.select("partner_id", "valid_from", "profile", "parent_id").sort("partner_id", "valid_from")
    fact = pl.struct("profile", "parent_id")
    first = pl.col("valid_from").shift(1).over("partner_id").is_null()
    rows = rows.filter(first | (fact != fact.shift(1).over("partner_id")))
    first = pl.col("valid_from").shift(1).over("partner_id").is_null()
    return rows.select(
        "partner_id",
        pl.when(first).then(pl.lit(BEGINNING, pl.Int64)).otherwise(pl.col("valid_from")).alias("from"),
        pl.col("valid_from").shift(-1).over("partner_id").fill_null(END).alias("until"),
        "profile",
        "parent_id",
    )


def _with_parents(intervals: pl.DataFrame) -> pl.DataFrame:
    above = intervals.select(
        pl.col("partner_id").alias("parent_id"),
        pl.col("from").alias("_from"),
        pl.col("until").alias("_until"),
        pl.col("profile").alias("parent_profile"),
    )
    joined = intervals.join(above, on="parent_id", how="left")
    return joined.select(
        "partner_id",
        pl.max_horizontal("from", "_from").alias("from"),
        pl.min_horizontal("until", "_until").alias("until"),
        "profile",
        "parent_id",
        pl.col("parent_profile").fill_null(NOBODY),
    ).filter(pl.col("from") < pl.col("until"))
