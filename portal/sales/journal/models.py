"""Tables of the sales journal: batches, lines, credits of sellers, matches with claims."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only, extra_trigger
from portal.sales.journal.laws import KNOWN


class Flow(enum.StrEnum):
    """Who sold to whom; flows are never added up."""

    SELL_IN = "sell_in"
    SELL_THROUGH = "sell_through"
    SELL_OUT = "sell_out"


class BatchKind(enum.StrEnum):
    """Where the rows of a batch came from."""

    IMPORT = "import"
    CLAIM = "claim"
    FEED = "feed"
    CORRECTION = "correction"


class BatchState(enum.StrEnum):
    """An open batch does not count; a discarded one never will."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class JournalBatch(Base):
    """Rows that enter the journal together; they count once the batch has a `seq`."""

    __tablename__ = "journal_batch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default=BatchState.OPEN)
    seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    recorded_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(Text)
    line_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)


class JournalDay(Base):
    """Lines of one batch, stream and day, counted when it was confirmed; `linked` are returns that name a sale."""

    __tablename__ = "journal_day"
    __table_args__ = (Index("ix_journal_day_flow_origin_on", "flow", "origin_on"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("journal_batch.id"), primary_key=True)
    flow: Mapped[str] = mapped_column(String(12), primary_key=True)
    sold_on: Mapped[dt.date] = mapped_column(Day, primary_key=True)
    origin_on: Mapped[dt.date] = mapped_column(Day, primary_key=True)
    linked: Mapped[bool] = mapped_column(primary_key=True)
    lines: Mapped[int] = mapped_column(BigInteger)


def _bytewise(length: int) -> String:
    """Text compared byte by byte on both databases: the order in which imports write and lines are listed."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


_MOVED = text("origin_on <> sold_on")  # lines that belong to another day than their own


def _where(column: str) -> dict[str, Any]:
    condition = text(f"{column} IS NOT NULL")
    return {"sqlite_where": condition, "postgresql_where": condition}


class SaleLine(Base):
    """One sale, return or reversal; amounts in minor units, `origin_on` is the day whose period and rate it takes."""

    __tablename__ = "sale_line"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_sale_line_sold_by", "partner_id", "sold_on", "product_id", postgresql_include=["id"]),
        Index("ix_sale_line_sold_on", "sold_on"),
        Index("ix_sale_line_origin", "partner_id", "origin_on", sqlite_where=_MOVED, postgresql_where=_MOVED),
        Index("ix_sale_line_batch_id", "batch_id"),
        Index("ix_sale_line_invoice_no", "invoice_no", **_where("invoice_no")),
        Index("ix_sale_line_serial_no", "serial_no", **_where("serial_no")),
        Index("ix_sale_line_seller_id", "seller_id", **_where("seller_id")),
        Index("ix_sale_line_distributor_id", "distributor_id", **_where("distributor_id")),
        Index("ix_sale_line_returns_line_id", "returns_line_id", **_where("returns_line_id")),
        Index("ix_sale_line_reverses_line_id", "reverses_line_id", **_where("reverses_line_id")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("journal_batch.id"))
    source: Mapped[str] = mapped_column(_bytewise(64))
    external_id: Mapped[str] = mapped_column(_bytewise(200))
    flow: Mapped[str] = mapped_column(String(12))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    sold_on: Mapped[dt.date] = mapped_column(Day)
    origin_on: Mapped[dt.date] = mapped_column(Day)
    invoice_no: Mapped[str | None] = mapped_column(String(64))
    end_customer: Mapped[str | None] = mapped_column(String(200))
    serial_no: Mapped[str | None] = mapped_column(String(64))
    returns_line_id: Mapped[int | None] = mapped_column(ForeignKey("sale_line.id"))
    reverses_line_id: Mapped[int | None] = mapped_column(ForeignKey("sale_line.id"))
    corrects_line_id: Mapped[int | None] = mapped_column(ForeignKey("sale_line.id"))
    generated: Mapped[bool] = mapped_column(default=False, server_default=false())


class SaleCredit(Base):
    """Gives a line to a seller, because of an approved claim line; the newest one counts."""

    __tablename__ = "sale_credit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("sale_line.id"), index=True)
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claim_line_id: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


class LineMatch(Base):
    """A point-of-sale line that confirms a line an approved claim wrote; the confirming line itself does not count."""

    __tablename__ = "line_match"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("sale_line.id"), unique=True)
    confirmed_by_line_id: Mapped[int] = mapped_column(ForeignKey("sale_line.id"), unique=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("sale_line", deletable_when="(SELECT b.seq FROM journal_batch b WHERE b.id = OLD.batch_id) IS NULL")
append_only("journal_day")
append_only("sale_credit")
append_only("line_match")
extra_trigger(KNOWN)
