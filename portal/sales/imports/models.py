"""Tables of imports: one job a file, and the matching desk for names nobody knows."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.files import from_data_folder, in_data_folder


class ImportState(enum.StrEnum):
    """The life of an import; nothing counts before `done`."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    POSTING = "posting"
    DONE = "done"
    CANCELED = "canceled"
    FAILED = "failed"


class ImportJob(Base):
    """One file on its way into the portal, with what its check found."""

    __tablename__ = "import_job"
    __table_args__ = (Index("ix_import_job_state_source", "state", "source"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(12), default="add")
    range_from: Mapped[dt.date | None] = mapped_column(Day)
    range_until: Mapped[dt.date | None] = mapped_column(Day)
    filename: Mapped[str] = mapped_column(String(200))
    written_path: Mapped[str] = mapped_column("path", String(400))
    written_folder: Mapped[str] = mapped_column("folder", String(400))
    file_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default=ImportState.UPLOADED)
    total: Mapped[int] = mapped_column(Integer, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    same: Mapped[int] = mapped_column(Integer, default=0)
    conflict: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[int] = mapped_column(Integer, default=0)
    waiting: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    reversed: Mapped[int] = mapped_column(Integer, default=0)
    done_rows: Mapped[int] = mapped_column(Integer, default=0)
    done_parts: Mapped[int] = mapped_column(Integer, default=0)
    checked_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    flow: Mapped[str] = mapped_column(String(12), default="sell_in")
    notes: Mapped[str] = mapped_column(Text, default="")
    failure: Mapped[str | None] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("journal_batch.id"))
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    @property
    def path(self) -> str:
        """Where the file lies; written down relative to the data folder."""
        return from_data_folder(self.written_path)

    @path.setter
    def path(self, path: str) -> None:
        self.written_path = in_data_folder(path)

    @property
    def folder(self) -> str:
        """Where its parts and errors lie; written down relative to the data folder."""
        return from_data_folder(self.written_folder)

    @folder.setter
    def folder(self, folder: str) -> None:
        self.written_folder = in_data_folder(folder)


class NameAlias(Base):
    """What a source calls a partner or product, decided once; an undone alias keeps its row."""

    __tablename__ = "name_alias"
    __table_args__ = (Index("ix_name_alias_source_noun_name", "source", "noun", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    noun: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    target_id: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[dt.date] = mapped_column(Day)
    decided_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    import_job_id: Mapped[int | None] = mapped_column(ForeignKey("import_job.id"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class WaitingRow(Base):
    """One line of a sales file that names an unknown partner or product; it counts nowhere until it is matched."""

    __tablename__ = "waiting_row"
    __table_args__ = (Index("ix_waiting_row_source_noun_name", "source", "noun", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(200))
    noun: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    line_no: Mapped[int] = mapped_column(Integer)
    row: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    settled_at: Mapped[dt.datetime | None] = mapped_column(Moment)
