"""Answers of employers about SPIFs to their people."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Answer(enum.StrEnum):
    """Who may receive a SPIF earned by a partner's people; forbidden until answered."""

    ALLOWED = "allowed"
    TO_COMPANY = "to_company"
    FORBIDDEN = "forbidden"


class SpifAnswer(Base):
    """One answer of a partner from one day on; never altered, a newer one replaces it."""

    __tablename__ = "spif_answer"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    answer: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("answer IN ('allowed', 'to_company', 'forbidden')", name="answer"),
        Index("ix_spif_answer_partner", "partner_id", "valid_from", "seq"),
    )


append_only("spif_answer")
