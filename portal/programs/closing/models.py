"""Calculations asked for by hand, worked through by the worker."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class TaskState(enum.StrEnum):
    """The life of a calculation that somebody asked for."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CalculationTask(Base):
    """Somebody asked to calculate a program (or all) now; `done` of `total` programs are through."""

    __tablename__ = "calculation_task"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_code: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default=TaskState.WAITING, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    posted: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[dt.datetime] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    lease_until: Mapped[dt.datetime | None] = mapped_column(Moment)
