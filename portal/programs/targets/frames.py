"""Targets as columns, cut to what was known at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from portal.core.columns import read_frame
from portal.engine.frames import TARGETS
from portal.sales.journal.frames import among, known_condition

_KEY = ["participant_kind", "participant_id", "measure", "period_start"]


def read_targets_frame(
    as_of: dt.datetime | None = None, *, of: tuple[Collection[int], Collection[int]] | None = None
) -> pl.DataFrame:
    """Every target known at `as_of` (now), the newest for each participant, measure and period.

    `of` are the ids of the partners and of the people asked for.
    """
    columns = ", ".join((*TARGETS, "seq"))
    query = f"SELECT {columns} FROM target WHERE {known_condition('recorded_at', as_of)}"  # noqa: S608  our own names
    if of is not None:
        kinds = zip(("partner", "person"), of, strict=True)
        asked = [f"(participant_kind = '{kind}'{among('participant_id', numbers)})" for kind, numbers in kinds]
        query += f" AND ({' OR '.join(asked)})"
    known = read_frame(query, TARGETS | {"seq": pl.Int64()}, few=True)
    return known.sort("seq").unique(_KEY, keep="last", maintain_order=True).drop("seq")
