"""The ladder of tiers and what the evaluations of partners found."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class TierLevel(Base):
    """One rung: the revenue it takes, in whole units of the partner's own currency, and what it promises."""

    __tablename__ = "tier_level"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    threshold: Mapped[int] = mapped_column(BigInteger, unique=True)
    promise: Mapped[str] = mapped_column(String(300), default="")


class EvaluationOutcome(enum.StrEnum):
    """What an evaluation led to."""

    RAISED = "raised"
    NOTICE = "notice"
    LOWERED = "lowered"
    KEPT = "kept"


class TierEvaluation(Base):
    """One evaluation that led to something: the revenue counted, the tier it reaches and from when that holds.

    A notice stays open (`closed_on` empty) until the tier was lowered or kept after all.
    """

    __tablename__ = "tier_evaluation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    evaluated_on: Mapped[dt.date] = mapped_column(Day)
    window_from: Mapped[dt.date] = mapped_column(Day)
    window_until: Mapped[dt.date] = mapped_column(Day)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    before: Mapped[str] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    effective_on: Mapped[dt.date] = mapped_column(Day)
    closed_on: Mapped[dt.date | None] = mapped_column(Day)
    sentence: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_tier_evaluation_partner", "partner_id", "id"),
        Index(
            "uq_tier_evaluation_open_notice",
            "partner_id",
            unique=True,
            sqlite_where=text("outcome = 'notice' AND closed_on IS NULL"),
            postgresql_where=text("outcome = 'notice' AND closed_on IS NULL"),
        ),
    )
