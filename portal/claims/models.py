"""Claims, their lines, files, findings and history."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class ClaimState(enum.StrEnum):
    """Where a claim stands; `portal.claims.rules.ALLOWED` says what may follow."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    APPROVED = "approved"
    PARTIALLY_APPROVED = "partially_approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


class LineState(enum.StrEnum):
    """The decision on one line."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVERSED = "reversed"


class Severity(enum.StrEnum):
    """What a finding does: an error blocks filing, a warning adds risk, info tells that a check passed."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Step(enum.StrEnum):
    """One kind of entry in a claim's history."""

    STARTED = "started"
    FILED = "filed"
    CHECKED = "checked"
    TAKEN = "taken"
    ASKED = "asked"
    ANSWERED = "answered"
    APPROVED = "approved"
    PARTIALLY_APPROVED = "partially_approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REOPENED = "reopened"
    REVERSED = "reversed"
    TWIN_REFUSED = "twin_refused"


class Claim(Base):
    """One sale that a partner wants credited to one of its people.

    `answer_by` is the last day on which an open question may be answered, `reminded` the day of the last reminder
    counted from the question, `lapsed_on` the day on which a question was first left without an answer.
    """

    __tablename__ = "claim"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="sales")
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner.id"))
    seller_id: Mapped[int] = mapped_column(BigId, ForeignKey("person.id"))
    entered_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(24), default=ClaimState.DRAFT)
    invoice_no: Mapped[str | None] = mapped_column(String(60))
    invoice_key: Mapped[str | None] = mapped_column(String(60))
    sold_on: Mapped[dt.date | None] = mapped_column(Day)
    end_customer: Mapped[str | None] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    note: Mapped[str | None] = mapped_column(Text)
    risk: Mapped[int] = mapped_column(Integer, default=0)
    expected_points: Mapped[int] = mapped_column(BigInteger, default=0)
    awarded_points: Mapped[int | None] = mapped_column(BigInteger)
    programs: Mapped[str] = mapped_column(String(400), default="")
    posted_in: Mapped[str] = mapped_column(String(400), default="")
    copied_from_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("claim.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    saved_at: Mapped[dt.datetime] = mapped_column(Moment)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)
    asked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    answer_by: Mapped[dt.date | None] = mapped_column(Day)
    reminded: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    lapsed_on: Mapped[dt.date | None] = mapped_column(Day)

    lines: Mapped[list[ClaimLine]] = relationship(
        lazy="raise", order_by="ClaimLine.position", cascade="all, delete-orphan"
    )
    files: Mapped[list[ClaimFile]] = relationship(lazy="raise", order_by="ClaimFile.id", cascade="all, delete-orphan")
    findings: Mapped[list[ClaimFinding]] = relationship(
        lazy="raise",
        order_by="ClaimFinding.id",
        cascade="all, delete-orphan",
        foreign_keys="ClaimFinding.claim_id",
    )
    steps: Mapped[list[ClaimStep]] = relationship(
        lazy="raise", order_by="ClaimStep.id", foreign_keys="ClaimStep.claim_id", viewonly=True
    )

    __table_args__ = (
        Index("ix_claim_state_submitted_at", "state", "submitted_at"),
        Index("ix_claim_invoice_key", "invoice_key"),
        Index("ix_claim_seller_id_state", "seller_id", "state"),
        Index("ix_claim_partner_id_state", "partner_id", "state"),
    )


class ClaimLine(Base):
    """One product of a claim, and the decision on it."""

    __tablename__ = "claim_line"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigId, ForeignKey("claim.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price: Mapped[int] = mapped_column(BigInteger, default=0)
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    serial_no: Mapped[str | None] = mapped_column(String(60))
    serial_key: Mapped[str | None] = mapped_column(String(60), index=True)
    expected_points: Mapped[int] = mapped_column(BigInteger, default=0)
    expected_reason: Mapped[str | None] = mapped_column(String(240))
    state: Mapped[str] = mapped_column(String(16), default=LineState.PENDING)
    reason_code: Mapped[str | None] = mapped_column(String(40))
    decision_note: Mapped[str | None] = mapped_column(Text)
    sale_line_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("sale_line.id"))
    wrote_line: Mapped[bool] = mapped_column(default=False)
    awarded: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("claim_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
    )


class ClaimFile(Base):
    """Evidence: a photo or PDF of the invoice, stored under a random name outside the served folders."""

    __tablename__ = "claim_file"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigId, ForeignKey("claim.id", ondelete="CASCADE"), index=True)
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    preview_name: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(160))
    content_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)


class ClaimFinding(Base):
    """One result of a check, in one sentence, with the twin it found."""

    __tablename__ = "claim_finding"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigId, ForeignKey("claim.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(8))
    sentence: Mapped[str] = mapped_column(Text)
    weight: Mapped[int] = mapped_column(Integer, default=0)
    field: Mapped[str | None] = mapped_column(String(20))
    for_partner: Mapped[bool] = mapped_column(default=True)
    twin_claim_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("claim.id", ondelete="SET NULL"))


class ClaimStep(Base):
    """One entry of a claim's history; never changed."""

    __tablename__ = "claim_step"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigId, ForeignKey("claim.id"), index=True)
    step: Mapped[str] = mapped_column(String(24))
    at: Mapped[dt.datetime] = mapped_column(Moment)
    by_person_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(Text)
    twin_claim_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("claim.id"))


append_only("claim_step")
