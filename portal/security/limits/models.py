"""Limits as they were decided; the newest row of a person, a kind and a measure counts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class ApprovalLimit(Base):
    """The most a person may approve at once of a kind, in minor units or points; without an amount there is no limit.

    `decided_at` is when we learned it, `valid_from` the day from which it counts; lowering needs nobody to confirm it.
    This room knows people as numbers only.
    """

    __tablename__ = "approval_limit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[dt.date] = mapped_column(Day)
    decided_at: Mapped[dt.datetime] = mapped_column(Moment)
    set_by_id: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_by_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("kind IN ('claim', 'exception', 'adjustment', 'program', 'order')", name="kind"),
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> set_by_id", name="two_people"),
        Index("ix_approval_limit_person", "person_id", "kind", "id"),
    )


append_only("approval_limit")
