"""Activities as columns, cut to what was known at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from portal.core.clock import day_number
from portal.core.columns import read_frame
from portal.engine.frames import ACTIVITIES, ACTIVITIES_OPTIONAL
from portal.partners.mergers.queries import read_moves
from portal.partners.mergers.rules import with_moves
from portal.sales.journal.frames import known_condition


def read_activities_frame(
    as_of: dt.datetime | None = None,
    *,
    partner_ids: Collection[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> pl.DataFrame:
    """Every activity known at `as_of` (now), of some partners and of days in [since, until)."""
    conditions = [known_condition("recorded_at", as_of)]
    if partner_ids is not None:
        conditions.append(f"partner_id IN ({', '.join(str(int(number)) for number in partner_ids) or 'NULL'})")
    if since is not None:
        conditions.append(f"done_on >= {day_number(since)}")
    if until is not None:
        conditions.append(f"done_on < {day_number(until)}")
    columns = "id, partner_id, seller_id, metric, quantity, done_on, source, external_id"
    query = f"SELECT {columns} FROM activity WHERE {' AND '.join(conditions)} ORDER BY id"  # noqa: S608  our own values
    done = read_frame(query, ACTIVITIES, few=partner_ids is not None).with_columns(pl.col("day").alias("origin_day"))
    moved = with_moves(done, read_moves(as_of))  # merged shops count together, as with sales, and so do their baselines
    return moved.select([*ACTIVITIES, *(name for name in ACTIVITIES_OPTIONAL if name in moved.columns)])
