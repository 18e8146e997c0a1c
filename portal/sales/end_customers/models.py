"""The table of end customers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class EndCustomer(Base):
    """The segment of an end customer from a day on; a newer row for the same day replaces it, an empty one ends it.

    `name` is spelled as it is compared: without spaces around it, in small letters.
    """

    __tablename__ = "end_customer"
    __table_args__ = (Index("ix_end_customer_name", "name", "valid_from"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    segment: Mapped[str] = mapped_column(String(80))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("end_customer")
