"""What the nightly proof of the books found."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment
from portal.core.guards import append_only


class BookCheck(Base):
    """One proof of the books; `findings` holds one sentence a line and is empty when all is well."""

    __tablename__ = "book_check"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    checked_at: Mapped[dt.datetime] = mapped_column(Moment)
    last_audit_entry: Mapped[int]
    findings: Mapped[str] = mapped_column(Text, default="")

    @property
    def sentences(self) -> list[str]:
        """What is wrong."""
        return self.findings.splitlines()


append_only("book_check")
