"""Owners, accounts, entries, postings, lots, accounting months and proposed adjustments.

Amounts are integers (minor units, or points) signed in the owner's favor. Vendor accounts keep no cached balance: they
are summed when asked, so that no two postings wait for each other there.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only, extra_trigger
from portal.ledger.laws import TRIGGERS


class OwnerKind(StrEnum):
    """Whom an account belongs to."""

    PARTNER = "partner"
    PERSON = "person"
    VENDOR = "vendor"


class AccountKind(StrEnum):
    """The participants' five accounts, then the vendor's."""

    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    PAID = "paid"
    DEBT = "debt"
    REVENUE_REDUCTION = "revenue_reduction"
    SELLING_EXPENSE = "selling_expense"
    MARKETING_SERVICE = "marketing_service"
    PROVISION = "provision"
    BREAKAGE = "breakage"
    CLEARING = "clearing"
    TAX_WITHHELD = "tax_withheld"
    UNCLAIMED = "unclaimed"
    WRITTEN_OFF = "written_off"
    CODE_INVENTORY = "code_inventory"


PARTICIPANT_KINDS = ("pending", "available", "held", "paid", "debt")
TREATMENTS = ("revenue_reduction", "selling_expense", "marketing_service")


class EntryKind(StrEnum):
    """What an entry does."""

    ACCRUE = "accrue"
    TRUE_UP = "true_up"
    CLAWBACK = "clawback"
    MATURE = "mature"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    EXPIRE = "expire"
    PAYOUT = "payout"
    PAYOUT_FAILED = "payout_failed"
    ADJUST = "adjust"
    RECOVER = "recover"
    TRANSFER = "transfer"
    REVERSE = "reverse"


class AdjustmentState(StrEnum):
    """Where a proposed adjustment stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class MonthState(StrEnum):
    """Whether entries may still be dated in an accounting month."""

    OPEN = "open"
    CLOSED = "closed"


class LedgerOwner(Base):
    """Whoever can own points or money; the ledger knows no other table."""

    __tablename__ = "ledger_owner"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[dt.datetime] = mapped_column(Moment)


class LedgerAccount(Base):
    """One owner's amounts of one unit in one state; a participant's balance is kept, a vendor's is summed."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("owner_id", "unit", "kind"),
        CheckConstraint("kind NOT IN ('pending', 'available', 'held') OR balance >= 0", name="not_negative"),
        CheckConstraint("kind <> 'debt' OR balance <= 0", name="debt_not_positive"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"))
    unit: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(24))
    balance: Mapped[int | None] = mapped_column(BigInteger)


class LedgerSeal(Base):
    """Closes an entry: set after its postings, only when they sum to zero; a posting behind it is refused."""

    __tablename__ = "ledger_seal"

    entry_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class LedgerEntry(Base):
    """One thing that happened, with both its times and the reason in words."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_dated", "accounting_date", "kind"),
        Index("ix_ledger_entry_earning", "earning_key", sqlite_where=text("earning_key IS NOT NULL")),
        Index("ix_ledger_entry_reverses", "reverses_entry_id", sqlite_where=text("reverses_entry_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("ledger_seal.entry_id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=True,
    )
    kind: Mapped[str] = mapped_column(String(14))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    accounting_date: Mapped[dt.date] = mapped_column(Day)
    original_date: Mapped[dt.date | None] = mapped_column(Day)
    idempotency_key: Mapped[str] = mapped_column(String(600), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    actor_person_id: Mapped[int | None] = mapped_column(BigInteger)
    earning_key: Mapped[str | None] = mapped_column(String(400))
    program_code: Mapped[str | None] = mapped_column(String(120))
    period_start: Mapped[dt.date | None] = mapped_column(Day)
    prior_period: Mapped[bool] = mapped_column(Boolean, default=False)
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    reverses_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str | None] = mapped_column(String(200))


class LedgerLot(Base):
    """What one positive difference brought (or, with `debt`, one clawback left owing) and where it is now.

    The four amounts are cached folds of the lot's postings; dates never change after the lot was opened.
    """

    __tablename__ = "ledger_lot"
    __table_args__ = (
        CheckConstraint("pending >= 0 AND available >= 0 AND held >= 0 AND debt <= 0", name="no_negative_part"),
        Index(
            "ix_ledger_lot_live",
            "owner_id",
            "unit",
            sqlite_where=text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
            postgresql_where=text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
        ),
        Index(
            "ix_ledger_lot_maturing",
            "matures_on",
            sqlite_where=text("pending > 0"),
            postgresql_where=text("pending > 0"),
        ),
        Index(
            "ix_ledger_lot_expiring",
            "expires_on",
            sqlite_where=text("available > 0 AND expires_on IS NOT NULL"),
            postgresql_where=text("available > 0 AND expires_on IS NOT NULL"),
        ),
        Index("ix_ledger_lot_entry", "entry_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"))
    unit: Mapped[str] = mapped_column(String(8))
    earning_key: Mapped[str | None] = mapped_column(String(400))
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    opened_on: Mapped[dt.date] = mapped_column(Day)
    matures_on: Mapped[dt.date] = mapped_column(Day)
    expires_on: Mapped[dt.date | None] = mapped_column(Day)
    pending: Mapped[int] = mapped_column(BigInteger, default=0)
    available: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    debt: Mapped[int] = mapped_column(BigInteger, default=0)


class LedgerPosting(Base):
    """One side of an entry: an amount on one account, of one lot where the account is a participant's."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        Index("ix_ledger_posting_entry", "entry_id"),
        Index("ix_ledger_posting_account", "account_id", "entry_id"),
        Index("ix_ledger_posting_lot", "lot_id", sqlite_where=text("lot_id IS NOT NULL")),
        CheckConstraint("amount <> 0", name="not_zero"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_lot.id"))
    amount: Mapped[int] = mapped_column(BigInteger)


class AccountingMonth(Base):
    """A month of the books; a month without a row is open."""

    __tablename__ = "accounting_month"

    month: Mapped[dt.date] = mapped_column(Day, primary_key=True, autoincrement=False)
    until: Mapped[dt.date] = mapped_column(Day)
    state: Mapped[str] = mapped_column(String(6))
    closed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None] = mapped_column(BigInteger)


class LedgerAdjustment(Base):
    """An amount one person wants to give or take; it is posted when another person confirms it."""

    __tablename__ = "ledger_adjustment"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="second_person"),
        CheckConstraint("amount <> 0", name="not_zero"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"))
    unit: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    treatment: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=AdjustmentState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(BigInteger)
    proposed_by_name: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[dt.datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger)
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))


append_only("ledger_entry", "ledger_posting", "ledger_seal")
for trigger in TRIGGERS:
    extra_trigger(trigger)
