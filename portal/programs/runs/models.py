"""Runs, what each group has earned and what of it is posted, periods, stored traces."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class ProgramRun(Base):
    """One calculation: which facts went in, which earnings came out."""

    __tablename__ = "program_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_code: Mapped[str | None] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(40))
    as_of: Mapped[dt.datetime] = mapped_column(Moment)
    started_at: Mapped[dt.datetime] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    engine_version: Mapped[str] = mapped_column(String(20))
    input_digest: Mapped[str] = mapped_column(String(64), default="")
    output_digest: Mapped[str] = mapped_column(String(64), default="")
    seq: Mapped[int] = mapped_column(BigInteger)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    posted_count: Mapped[int] = mapped_column(default=0)
    posted: Mapped[bool] = mapped_column(Boolean, default=True)


class EarnedGroup(Base):
    """What one component owes one participant for one period on the facts so far, and what of it is posted."""

    __tablename__ = "earned_group"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    version_number: Mapped[int]
    component: Mapped[str] = mapped_column(String(80))
    participant_kind: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[dt.date] = mapped_column(Day)
    period_end: Mapped[dt.date] = mapped_column(Day)
    unit: Mapped[str] = mapped_column(String(8))
    measure: Mapped[int] = mapped_column(BigInteger, default=0)
    measure_unit: Mapped[str] = mapped_column(String(8), default="")
    baseline: Mapped[int | None] = mapped_column(BigInteger)
    band: Mapped[str | None] = mapped_column(String(40))
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    posted: Mapped[int] = mapped_column(BigInteger, default=0)
    seq: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[int] = mapped_column(ForeignKey("program_run.id"))
    updated_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint(
            "program_id",
            "component",
            "participant_kind",
            "participant_id",
            "period_start",
            "unit",
            name="uq_earned_group_key",
        ),
        Index("ix_earned_group_participant", "participant_kind", "participant_id", "period_start", "period_end"),
    )


class PeriodState(enum.StrEnum):
    """A period stays open until it is locked, which is an act and never follows from the date alone."""

    OPEN = "open"
    LOCKED = "locked"


class ProgramPeriod(Base):
    """One period of one program."""

    __tablename__ = "program_period"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    period_start: Mapped[dt.date] = mapped_column(Day)
    period_end: Mapped[dt.date] = mapped_column(Day)
    state: Mapped[str] = mapped_column(String(10), default=PeriodState.OPEN)
    locked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("program_run.id"))

    __table_args__ = (UniqueConstraint("program_id", "period_start"),)


class StoredTrace(Base):
    """The trace of one earning as it was when its period was locked; it never changes."""

    __tablename__ = "stored_trace"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    participant_kind: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[dt.date] = mapped_column(Day)
    trace: Mapped[str] = mapped_column(Text)
    engine_version: Mapped[str] = mapped_column(String(20))
    input_digest: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint(
            "program_id", "participant_kind", "participant_id", "period_start", name="uq_stored_trace_key"
        ),
    )


append_only("stored_trace")
