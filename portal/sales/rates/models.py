"""The table of exchange rates."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only

RATE_DECIMALS = 10


class FxRate(Base):
    """One unit of `currency` is `rate` / 10^10 units of `base` from a day on; the newest one known counts."""

    __tablename__ = "fx_rate"
    __table_args__ = (Index("ix_fx_rate_currency_base_valid_from", "currency", "base", "valid_from", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    base: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    rate: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("fx_rate")
