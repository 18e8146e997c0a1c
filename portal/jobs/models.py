"""Occurrences of jobs: the unique row is the only guard against running one twice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class JobRun(Base):
    """One due time of one job: who claimed it until when, and how it ended."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(80))
    scheduled_for: Mapped[dt.datetime] = mapped_column(Moment)
    claimed_at: Mapped[dt.datetime] = mapped_column(Moment)
    lease_until: Mapped[dt.datetime] = mapped_column(Moment)
    fencing: Mapped[int] = mapped_column(default=1)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("job", "scheduled_for"),)
