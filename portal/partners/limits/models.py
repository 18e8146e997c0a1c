"""Limits that were asked for and wait for a second person."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class RequestState(enum.StrEnum):
    """Where the wish for a higher limit stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class LimitRequest(Base):
    """A higher limit, or none, that one person asked for and a second person must confirm."""

    __tablename__ = "limit_request"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default=RequestState.PENDING, index=True)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'confirmed', 'refused')", name="state"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="two_people"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> person_id", name="not_own"),
        Index("ix_limit_request_person", "person_id", "state"),
    )
