"""Duties to report, what came for each of their periods, reminders, and gaps that finance accepted."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Rhythm(enum.StrEnum):
    """How often a source reports."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Answer(enum.StrEnum):
    """What is recorded about a file that did not come."""

    ACCEPTED = "accepted"
    NOTHING_SOLD = "nothing_sold"


class ReportDuty(Base):
    """A source owes a file of a kind for every period, `due_days` business days after the period's end.

    With a partner it speaks for that partner or distributor alone, without one for everybody the file names.
    """

    __tablename__ = "report_duty"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12), default="sales")
    flow: Mapped[str] = mapped_column(String(12), default="sell_in")
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"), index=True)
    rhythm: Mapped[str] = mapped_column(String(5))
    due_days: Mapped[int] = mapped_column(Integer)
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_email: Mapped[str] = mapped_column(String(254))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    valid_until: Mapped[dt.date | None] = mapped_column(Day)
    added_at: Mapped[dt.datetime] = mapped_column(Moment)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (CheckConstraint("rhythm IN ('month', 'week', 'day')", name="rhythm"),)


class ReportPeriod(Base):
    """What the journal holds of one period of a duty. `received_at` is when it was first known to its end; amounts
    are those of the currency most lines are in."""

    __tablename__ = "report_period"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("report_duty.id"))
    period_start: Mapped[dt.date] = mapped_column(Day)
    lines: Mapped[int] = mapped_column(BigInteger, default=0)
    units: Mapped[int] = mapped_column(BigInteger, default=0)
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="")
    received_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("duty_id", "period_start"),)


class ReportReminder(Base):
    """One mail that asked for a file."""

    __tablename__ = "report_reminder"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("report_duty.id"))
    period_start: Mapped[dt.date] = mapped_column(Day)
    sent_on: Mapped[dt.date] = mapped_column(Day)
    sent_at: Mapped[dt.datetime] = mapped_column(Moment)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("uq_report_reminder_day", "duty_id", "period_start", "sent_on", unique=True),)


class ReportAnswer(Base):
    """A file that did not come, signed off with the reason."""

    __tablename__ = "report_answer"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("report_duty.id"))
    period_start: Mapped[dt.date] = mapped_column(Day)
    answer: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(500))
    signed_at: Mapped[dt.datetime] = mapped_column(Moment)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (UniqueConstraint("duty_id", "period_start"),)


append_only("report_reminder", "report_answer")
