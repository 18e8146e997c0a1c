"""The table of certificates."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class Certificate(Base):
    """A certificate of a partner or of one of its people from a day on; a newer row for the same day replaces it.

    `valid_until` is the first day on which it holds no longer.
    """

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    valid_until: Mapped[dt.date | None] = mapped_column(Day)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("(partner_id IS NULL) <> (person_id IS NULL)", name="owner"),
        Index("ix_certificate_partner_id", "partner_id"),
        Index("ix_certificate_person_id", "person_id"),
    )


append_only("certificate")
