"""Applications to become a partner."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class ApplicationState(enum.StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class PartnerApplication(Base):
    """What a company wrote on the public form, and what was decided about it by whom."""

    __tablename__ = "partner_application"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    company: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    website: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_email: Mapped[str] = mapped_column(String(254))
    message: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default=ApplicationState.SUBMITTED)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision_note: Mapped[str] = mapped_column(Text, default="")
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))

    __table_args__ = (
        CheckConstraint("state IN ('submitted', 'approved', 'rejected')", name="state"),
        Index("ix_partner_application_state", "state", "created_at"),
    )
