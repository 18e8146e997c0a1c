"""Partner values for the engine: plain columns, no objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import polars as pl
from sqlalchemy import Integer, select, type_coerce

from portal.core.columns import framed
from portal.core.db import session
from portal.partners.organizations.models import PartnerValue

SCHEMA: dict[str, Any] = {
    "partner_id": pl.Int64, "valid_from": pl.Int64, "type": pl.String, "tier": pl.String, "territory": pl.String,
    "segment": pl.String, "parent_id": pl.Int64, "country": pl.String,
}  # fmt: skip


def read_partner_values(
    as_of: dt.datetime | None = None, *, partner_ids: Collection[int] | None = None
) -> pl.DataFrame:
    """One row per partner (all, or those named) and day of change as known at `as_of` (now).

    `valid_from` is a day number. Of several rows for a day the newest recorded counts; sorted by partner and day.
    """
    columns = (
        PartnerValue.partner_id, type_coerce(PartnerValue.valid_from, Integer), PartnerValue.type, PartnerValue.tier,
        PartnerValue.territory, PartnerValue.segment, PartnerValue.parent_id, PartnerValue.country,
    )  # fmt: skip
    query = select(*columns).order_by(
        PartnerValue.partner_id, PartnerValue.valid_from, PartnerValue.seq, PartnerValue.id
    )
    if as_of is not None:
        query = query.where(PartnerValue.recorded_at <= as_of)
    if partner_ids is not None:
        query = query.where(PartnerValue.partner_id.in_(partner_ids))
    session.flush()  # what the running transaction has only thought of counts, too
    rows = framed(session.connection().execute(query), SCHEMA)
    return rows.unique(["partner_id", "valid_from"], keep="last", maintain_order=True)
