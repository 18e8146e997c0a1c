"""Notices to persons."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class Notification(Base):
    """One sentence for one person about one fact; `key` makes a second delivery of the fact harmless."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120))
    sentence: Mapped[str] = mapped_column(String(400))
    link: Mapped[str | None] = mapped_column(String(300))
    celebrate: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    read_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("person_id", "key"), Index("ix_notification_unread", "person_id", "read_at"))


class SentMail(Base):
    """A message handed to the mail server, so that a second delivery of the fact sends nothing."""

    __tablename__ = "sent_mail"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    sent_at: Mapped[dt.datetime] = mapped_column(Moment)
