"""Programs, their versions and drafts."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class ProgramState(enum.StrEnum):
    """A program is a draft until a version is published, live until it is closed."""

    DRAFT = "draft"
    LIVE = "live"
    CLOSED = "closed"


class DraftState(enum.StrEnum):
    """A draft is written until somebody asks for approval; then it is published, sent back or taken back."""

    WRITING = "writing"
    ASKED = "asked"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class DraftAct(enum.StrEnum):
    """One kind of entry in a draft's history."""

    WRITTEN = "written"
    ASKED = "asked"
    TAKEN_BACK = "taken_back"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Program(Base):
    """An incentive; what it says stands in its versions."""

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    goal: Mapped[str] = mapped_column(String(400), default="")
    unit: Mapped[str] = mapped_column(String(8))
    participant: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default=ProgramState.DRAFT)
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    treatment: Mapped[str] = mapped_column(String(30), default="revenue_reduction")
    created_at: Mapped[dt.datetime] = mapped_column(Moment)

    versions: Mapped[list[ProgramVersion]] = relationship(
        back_populates="program", lazy="raise", order_by="ProgramVersion.number"
    )


class ProgramVersion(Base):
    """One published plan document; it never changes. Version n ends where version n+1 begins."""

    __tablename__ = "program_version"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    number: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    document_digest: Mapped[str] = mapped_column(String(64))
    source_text: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[dt.date] = mapped_column(Day)
    effective_until: Mapped[dt.date | None] = mapped_column(Day)
    inside_period: Mapped[str | None] = mapped_column(String(20))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)

    program: Mapped[Program] = relationship(back_populates="versions", lazy="raise")

    __table_args__ = (UniqueConstraint("program_id", "number"),)


class ProgramDraft(Base):
    """A plan being written; publishing turns its text into a version.

    `source_text` always reads as a plan; what was typed since and does not read yet is kept in `typed_text`.
    `revision` counts every change, so that two people at one draft notice each other.
    """

    __tablename__ = "program_draft"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    source_text: Mapped[str] = mapped_column(Text)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment)
    published_version_id: Mapped[int | None] = mapped_column(ForeignKey("program_version.id"))
    state: Mapped[str] = mapped_column(String(12), default=DraftState.WRITING)
    revision: Mapped[int] = mapped_column(default=0)
    typed_text: Mapped[str | None] = mapped_column(Text)
    treatment: Mapped[str | None] = mapped_column(String(30))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class ProgramDraftStep(Base):
    """What happened to a draft: who wrote, asked, sent back or published it, when, and the text at that revision."""

    __tablename__ = "program_draft_step"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("program_draft.id"), index=True)
    revision: Mapped[int]
    act: Mapped[str] = mapped_column(String(12))
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime] = mapped_column(Moment)
    note: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)


class ProgramClosing(Base):
    """The end of a program with the report of what it paid; it never changes."""

    __tablename__ = "program_closing"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), unique=True)
    closed_at: Mapped[dt.datetime] = mapped_column(Moment)
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text)
    report: Mapped[str] = mapped_column(Text)
    report_digest: Mapped[str] = mapped_column(String(64))


append_only("program_version", "program_draft_step", "program_closing")
