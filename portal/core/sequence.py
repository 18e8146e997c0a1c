"""The journal's sequence: one row, taken under lock, so that what is confirmed has one order."""

from __future__ import annotations

from sqlalchemy import Integer, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, session


class JournalHead(Base):
    """The last sequence number handed out; locking this row is the journal lock."""

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(BigId, default=0)


def next_seq() -> int:
    """Take the journal lock until the transaction ends and return the next number."""
    statement = update(JournalHead).where(JournalHead.id == 1).values(seq=JournalHead.seq + 1)
    statement_returning = statement.returning(JournalHead.seq)
    number = session.scalar(statement_returning, execution_options={"synchronize_session": False})
    if number is None:
        session.add(JournalHead(id=1, seq=1))
        session.flush()
        return 1
    return int(number)


def current_seq() -> int:
    """The last number handed out, 0 before the first."""
    head = session.get(JournalHead, 1, populate_existing=True)
    return head.seq if head else 0
