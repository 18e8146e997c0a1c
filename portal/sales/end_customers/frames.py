"""End customers as columns, cut to what was known at a time."""

from __future__ import annotations

import datetime as dt

import polars as pl

from portal.core.columns import read_frame
from portal.engine.frames import END_CUSTOMERS
from portal.sales.journal.frames import known_condition


def read_end_customers_frame(as_of: dt.datetime | None = None) -> pl.DataFrame:
    """Every classification known at `as_of` (now), in the order in which they were recorded."""
    query = (
        "SELECT name, valid_from, segment FROM end_customer "  # noqa: S608  our own condition
        f"WHERE {known_condition('recorded_at', as_of)} ORDER BY seq, id"
    )
    return read_frame(query, END_CUSTOMERS, few=True)
