"""Badges and who earned them when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Badge(Base):
    """A badge: its sentence, its picture and the rule as JSON (`portal.gamification.badges.rules.Rule`)."""

    __tablename__ = "badge"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    sentence: Mapped[str] = mapped_column(String(300))
    glyph: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)


class BadgeAward(Base):
    """A badge given to a person, once, with the count that earned it; never altered."""

    __tablename__ = "badge_award"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    badge_id: Mapped[int] = mapped_column(ForeignKey("badge.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    count: Mapped[int] = mapped_column(BigInteger)
    earned_on: Mapped[dt.date] = mapped_column(Day)
    awarded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("person_id", "badge_id"),)


append_only("badge_award")
