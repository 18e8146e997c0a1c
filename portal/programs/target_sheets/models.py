"""Targets that were sent to their participants, and what became of them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class TargetNotice(Base):
    """A target as it was sent (in ten-thousandths); another target is another notice."""

    __tablename__ = "target_notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    component: Mapped[str] = mapped_column(String(80))
    participant_kind: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[dt.date] = mapped_column(Day)
    target: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[dt.datetime] = mapped_column(Moment)
    sent_by_name: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_by_name: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (Index("ix_target_notice_program_period", "program_id", "period_start"),)
