"""Reviews as they were taken, every decision and the sign-off; nothing of it ever changes."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment
from portal.core.guards import append_only


class Verdict(enum.StrEnum):
    """What is decided about one person's access."""

    KEEP = "keep"
    REMOVE = "remove"


class AccessReview(Base):
    """The review of one quarter, such as 2026-Q4."""

    __tablename__ = "access_review"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), unique=True)
    begun_at: Mapped[dt.datetime] = mapped_column(Moment)
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class ReviewEntry(Base):
    """One account as it was when the review began; `conflicts` holds one sentence a line."""

    __tablename__ = "access_review_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("access_review.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    organization: Mapped[str] = mapped_column(String(200), default="")
    limits: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = mapped_column(String(10))
    last_login_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    conflict_count: Mapped[int] = mapped_column(Integer, default=0)
    conflicts: Mapped[str] = mapped_column(Text, default="")
    must_decide: Mapped[bool] = mapped_column()

    __table_args__ = (Index("uq_access_review_entry_person", "review_id", "person_id", unique=True),)


class ReviewDecision(Base):
    """Keep or remove, by whom and why; the newest one of an entry counts."""

    __tablename__ = "access_review_decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("access_review_entry.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(String(500), default="")
    decided_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (CheckConstraint("verdict IN ('keep', 'remove')", name="verdict"),)


class ReviewSignature(Base):
    """The sign-off of a review; `digest` is that of the list as it was signed."""

    __tablename__ = "access_review_signature"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("access_review.id"), unique=True)
    signed_at: Mapped[dt.datetime] = mapped_column(Moment)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    digest: Mapped[str] = mapped_column(String(64))


append_only("access_review", "access_review_entry", "access_review_decision", "access_review_signature")
