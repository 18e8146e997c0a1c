"""Enrollments and the terms accepted with them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Enrollment(Base):
    """A participant joins (or leaves) a program from a day on."""

    __tablename__ = "enrollment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    state: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    terms_digest: Mapped[str | None] = mapped_column(String(64))
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_enrollment_program_partner", "program_id", "partner_id"),)


append_only("enrollment")
