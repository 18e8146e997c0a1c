"""Who lets other shops see their name on a board."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment


class BoardConsent(Base):
    """A person's own choice; without a row the name stays in the shop."""

    __tablename__ = "board_consent"

    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    show_name: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[dt.datetime] = mapped_column(Moment)
