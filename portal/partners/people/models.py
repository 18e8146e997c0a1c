"""People and where they work."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment


class PersonState(enum.StrEnum):
    """Invited people have no password yet; waiting ones joined by a code; ended people cannot log in."""

    INVITED = "invited"
    ACTIVE = "active"
    WAITING = "waiting"
    ENDED = "ended"


MAY_ENTER = frozenset({PersonState.ACTIVE, PersonState.WAITING})


class Person(Base):
    """A user account; it belongs to one partner, or to the vendor when `partner_id` is empty."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_set_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=PersonState.INVITED)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    last_login_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    theme: Mapped[str] = mapped_column(String(10), default="system")
    tz: Mapped[str] = mapped_column(String(60), default="")

    __table_args__ = (
        CheckConstraint("state IN ('invited', 'active', 'waiting', 'ended')", name="state"),
        CheckConstraint("(partner_id IS NULL) = (role NOT IN ('partner_admin', 'seller'))", name="side"),
        CheckConstraint("email = lower(email)", name="email"),
    )


class Employment(Base):
    """A stretch of time a person worked for a partner; `ended_on` is the first day after it."""

    __tablename__ = "employment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    started_on: Mapped[dt.date] = mapped_column(Day)
    ended_on: Mapped[dt.date | None] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "uq_employment_open",
            "person_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_employment_person", "person_id", "started_on"),
    )


class GrantState(enum.StrEnum):
    """Where the wish for an approving role stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class RoleGrant(Base):
    """An approving role that one person asked for (for somebody) and a second person must confirm."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=GrantState.PENDING)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("state IN ('pending', 'confirmed', 'refused')", name="state"),)
