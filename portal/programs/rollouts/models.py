"""One announcement of one published version, and how far it is told."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class Rollout(Base):
    """A version being told: `simulation_id` is what it would have paid each, `why_not` why nobody can say.

    `sentence` is what the announcement says in one line. `audience` holds the numbers of the persons in the order they
    are told; the first `told` of them have been.
    """

    __tablename__ = "program_rollout"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    version_number: Mapped[int] = mapped_column(Integer)
    simulation_id: Mapped[int | None] = mapped_column(ForeignKey("simulation_run.id"))
    sentence: Mapped[str] = mapped_column(Text, default="")
    why_not: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(Text, default="[]")
    told: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    told_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("program_id", "version_number"),)
