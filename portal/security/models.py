"""Counters of tries, in the database so that they hold over all processes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class RateHit(Base):
    """One try against a limit."""

    __tablename__ = "rate_hit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    bucket: Mapped[str] = mapped_column(String(120))
    at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_rate_hit_bucket_at", "bucket", "at"),)
