"""Partners and their dated values."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class PartnerState(enum.StrEnum):
    """Whether a partner still sells for us."""

    ACTIVE = "active"
    CLOSED = "closed"


class PartnerType(enum.StrEnum):
    """What kind of organization a partner is."""

    DISTRIBUTOR = "distributor"
    RESELLER = "reseller"
    RETAILER = "retailer"
    AGENT = "agent"
    DEALER = "dealer"


class Partner(Base):
    """An organization that sells for us; type to parent repeat the values in force today, for lists and scopes."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    country: Mapped[str] = mapped_column(String(80), default="")
    currency: Mapped[str] = mapped_column(String(3))
    email: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[str] = mapped_column(String(10), default=PartnerState.ACTIVE)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    type: Mapped[str] = mapped_column(String(20), index=True)
    tier: Mapped[str] = mapped_column(String(40), default="", index=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"), index=True)
    segment: Mapped[str] = mapped_column(String(80), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"), index=True)

    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent"),
    )


class PartnerValue(Base):
    """All dated values of a partner from one day on; a full row for every change, never altered."""

    __tablename__ = "partner_value"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(40), default="")
    territory: Mapped[str] = mapped_column(String(80), default="")
    segment: Mapped[str] = mapped_column(String(80), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    country: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_partner_value_partner", "partner_id", "valid_from", "seq"),)


class PartnerName(Base):
    """A name that a partner had until a moment; searches still find it."""

    __tablename__ = "partner_name"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    until: Mapped[dt.datetime] = mapped_column(Moment)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


append_only("partner_value")
append_only("partner_name")
