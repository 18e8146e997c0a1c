"""Trials of a plan on past sales, with what they found for each participant."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class SimulationState(enum.StrEnum):
    """The life of a trial; it is asked for in a page and worked on by the worker."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELED = "canceled"
    FAILED = "failed"


class SimulationRun(Base):
    """One what-if: which plan, over which days, beside which program, and what came out.

    With `before_version` it is held beside what the versions before that one paid, as on the day it was published.
    """

    __tablename__ = "simulation_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("program_draft.id"))
    version_number: Mapped[int | None] = mapped_column(Integer)
    before_version: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    source_text: Mapped[str] = mapped_column(Text)
    against: Mapped[str | None] = mapped_column(String(80))
    since: Mapped[dt.date] = mapped_column(Day)
    until: Mapped[dt.date] = mapped_column(Day)
    state: Mapped[str] = mapped_column(String(10), default=SimulationState.QUEUED)
    stage: Mapped[str] = mapped_column(String(20), default="")
    result: Mapped[str] = mapped_column(Text, default="")
    failure: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(8), default="")
    cost: Mapped[int | None] = mapped_column(BigInteger)
    current_cost: Mapped[int | None] = mapped_column(BigInteger)
    engine_version: Mapped[str] = mapped_column(String(20), default="")
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class SimulationRow(Base):
    """What one participant would have earned under the tried plan, and earned under the other."""

    __tablename__ = "simulation_row"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("simulation_run.id"))
    participant_kind: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    tier: Mapped[str] = mapped_column(String(40), default="")
    measure: Mapped[int] = mapped_column(BigInteger)
    own: Mapped[int] = mapped_column(BigInteger)
    current: Mapped[int] = mapped_column(BigInteger)
    change: Mapped[int] = mapped_column(BigInteger)
    affected: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_simulation_row_run", "run_id", "change"),
        Index("ix_simulation_row_participant", "run_id", "participant_kind", "participant_id"),
    )


class PaidFile(Base):
    """A file of what was really paid, held beside what the engine owes: the parallel run.

    `payments` are its rows while the comparison waits or runs; afterwards only what it came to is kept.
    """

    __tablename__ = "paid_file"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=SimulationState.QUEUED)
    payments: Mapped[str] = mapped_column(Text, default="")
    errors: Mapped[str] = mapped_column(Text, default="[]")
    stage: Mapped[str] = mapped_column(String(20), default="")
    steps: Mapped[int] = mapped_column(Integer, default=0)
    steps_done: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[str] = mapped_column(Text, default="")
    failure: Mapped[str | None] = mapped_column(Text)
    equal: Mapped[int] = mapped_column(Integer, default=0)
    different: Mapped[int] = mapped_column(Integer, default=0)
    unexplained: Mapped[int] = mapped_column(Integer, default=0)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
