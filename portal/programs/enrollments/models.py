"""Enrollments, the terms accepted, and the reminders sent about them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only

JOINED, LEFT = "joined", "left"


class Enrollment(Base):
    """A participant joins (or leaves) a program from a day on."""

    __tablename__ = "enrollment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    state: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    terms_digest: Mapped[str | None] = mapped_column(String(64))
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_enrollment_program_partner", "program_id", "partner_id"),)


class TermsAcceptance(Base):
    """The receipt: who accepted, for which partner and when, the terms whose text has this SHA-256.

    What is sold counts from the day of acceptance on.
    """

    __tablename__ = "terms_acceptance"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    version_number: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    terms_digest: Mapped[str] = mapped_column(String(64))
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[dt.datetime] = mapped_column(Moment)
    accepted_on: Mapped[dt.date] = mapped_column(Day)

    __table_args__ = (
        UniqueConstraint("program_id", "partner_id", "terms_digest", name="uq_terms_acceptance_text"),
        Index("ix_terms_acceptance_partner", "partner_id"),
    )


class TermsReminder(Base):
    """A reminder to those who have not accepted yet: when, by whom, to how many people."""

    __tablename__ = "terms_reminder"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    terms_digest: Mapped[str] = mapped_column(String(64))
    recipients: Mapped[int]
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("enrollment", "terms_acceptance", "terms_reminder")
