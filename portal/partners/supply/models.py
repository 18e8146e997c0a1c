"""Who supplies whom, dated."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class Supply(Base):
    """A distributor supplies a partner from one day until (not including) another."""

    __tablename__ = "supply"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    valid_from: Mapped[dt.date] = mapped_column(Day)
    valid_until: Mapped[dt.date | None] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("distributor_id <> partner_id", name="two_partners"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="dates"),
        Index("ix_supply_distributor", "distributor_id", "partner_id", "valid_from"),
    )
