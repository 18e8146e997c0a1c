"""The table of targets."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Target(Base):
    """A participant's target of a measure for a period: `target` in ten-thousandths; the newest row counts.

    A measure of "baseline:revenue" (or "baseline:PROGRAM/COMPONENT", frozen for one rule) is a baseline of growth.
    """

    __tablename__ = "target"
    __table_args__ = (Index("ix_target_key", "participant_kind", "participant_id", "measure", "period_start", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    participant_kind: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int] = mapped_column(BigInteger)
    measure: Mapped[str] = mapped_column(String(160))
    period_start: Mapped[dt.date] = mapped_column(Day)
    target: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("target")
