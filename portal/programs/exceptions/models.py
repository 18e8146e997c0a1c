"""Exceptions asked for, approved or rejected."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class ExceptionState(enum.StrEnum):
    """Nothing is posted before a second person approves."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"


class ProgramException(Base):
    """An amount for one participant and one period of a program, beside what its rule pays; signed for the owner."""

    __tablename__ = "program_exception"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    period_start: Mapped[dt.date] = mapped_column(Day)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"), index=True)
    participant_code: Mapped[str] = mapped_column(String(254))
    participant_name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    dated: Mapped[dt.date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=ExceptionState.ASKED, index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    note: Mapped[str | None] = mapped_column(Text)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))

    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="two_people"),
    )
