"""Facts as rows: what happened is written in the same transaction and delivered after it, at least once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl
from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import clock
from portal.core.bulk import insert_columns, insert_rows
from portal.core.db import Base, BigId, Moment, session
from portal.core.ids import canonical_json


class OutboxRow(Base):
    """One fact waiting for one listener, or delivered to it."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    fact: Mapped[str] = mapped_column(String(80))
    payload: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    not_before: Mapped[dt.datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    done_listeners: Mapped[str] = mapped_column(Text, default="")
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "not_before",
            "id",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )


@dataclasses.dataclass(frozen=True)
class Fact:
    """The parent of every event: a frozen dataclass in the past tense with plain values only."""

    registry: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Fact.registry[cls.__name__] = cls


def emit(fact: Fact) -> None:
    """Write the fact into the outbox of the running transaction."""
    session.add(OutboxRow(**_row_of(fact, clock.now())))


def emit_all(facts: Sequence[Fact]) -> None:
    """Write many facts at once, in their order."""
    moment = clock.now()
    session.flush()
    rows = [_row_of(fact, moment) | {"attempts": 0, "done_listeners": ""} for fact in facts]
    names = list(rows[0]) if rows else []
    insert_rows(Base.metadata.tables["outbox"], names, [tuple(row.values()) for row in rows])


def emit_payloads(fact: type[Fact], payloads: pl.Series) -> None:
    """Write many facts of one kind whose values are canonical JSON already."""
    moment = clock.now()
    same = {"fact": fact.__name__, "recorded_at": moment, "not_before": moment, "attempts": 0, "done_listeners": ""}
    insert_columns(Base.metadata.tables["outbox"], payloads.alias("payload").to_frame(), same)


def _row_of(fact: Fact, moment: dt.datetime) -> dict[str, Any]:
    values = {field.name: getattr(fact, field.name) for field in dataclasses.fields(fact)}
    payload = canonical_json(values)
    return {"fact": type(fact).__name__, "payload": payload, "recorded_at": moment, "not_before": moment}
