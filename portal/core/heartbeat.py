"""Signs of life: a long-running process says it lives, so that others can see when it does not."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import clock
from portal.core.db import Base, Moment, session

FRESH = dt.timedelta(seconds=90)


class Heartbeat(Base):
    """When a process of this name was last alive."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Moment)


def beat(name: str) -> None:
    """Say that the process lives; joins the running transaction."""
    row = session.get(Heartbeat, name)
    if row is None:
        session.add(Heartbeat(name=name, at=clock.now()))
    else:
        row.at = clock.now()


def lives(name: str) -> bool:
    """Whether the process gave a sign within the last minute and a half."""
    at = session.scalar(Heartbeat.__table__.select().with_only_columns(Heartbeat.at).where(Heartbeat.name == name))
    return at is not None and clock.now() - at < FRESH
