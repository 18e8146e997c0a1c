"""From which day a partner's lines count for another one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class PartnerMerger(Base):
    """Lines of one partner sold from a day on count for another one: all of them, or (a split) those of one seller.

    A row that names another one in `undoes_id` takes it back; `part_of_id` ties the sellers of one split together.
    """

    __tablename__ = "partner_merger"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    from_partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    into_partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("partner_merger.id"), unique=True)
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("partner_merger.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("from_partner_id <> into_partner_id", name="two"),
        Index("ix_partner_merger_from", "from_partner_id", "valid_from"),
    )


append_only("partner_merger")
