"""Statements: opening + earned + adjusted - redeemed - expired - paid = closing, for one owner or for all.

Columns follow the accounting date in a half-open window. What an earlier, locked period earned more or less is an
adjustment of the period in which it was posted. A statement "as known at" a moment leaves out what was recorded later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.core.db import session
from portal.ledger.models import EntryKind, LedgerAccount, LedgerEntry, LedgerOwner, LedgerPosting

EARNING_KINDS = (EntryKind.ACCRUE, EntryKind.TRUE_UP, EntryKind.CLAWBACK)
COLUMNS = ("earned", "adjusted", "redeemed", "expired", "paid")
CELLS = ("opening", *COLUMNS, "closing")
_TAKEN = ("redeemed", "expired", "paid")
_reversed = aliased(LedgerEntry)


@dataclass(frozen=True)
class Statement:
    """The figures of one unit in a window; what was redeemed, expired or paid is shown positive.

    `prior_period` is the part of `adjusted` that belongs to earlier periods. `closing` is summed on its own, so
    `foots` is a proof.
    """

    unit: str
    since: dt.date
    until: dt.date
    opening: int = 0
    earned: int = 0
    adjusted: int = 0
    redeemed: int = 0
    expired: int = 0
    paid: int = 0
    closing: int = 0
    prior_period: int = 0

    @property
    def foots(self) -> bool:
        """Whether the line adds up."""
        taken = self.redeemed + self.expired + self.paid
        return self.opening + self.earned + self.adjusted - taken == self.closing


@dataclass(frozen=True)
class StatementRow:
    """One cell of a statement opened: an earning (one row each) or a single other entry, signed for the owner.

    A prior-period adjustment is a row of its own with the entry's sentence. `entry_id` is the newest entry behind it.
    """

    column: str
    earning_key: str | None
    program_code: str | None
    period_start: dt.date | None
    prior_period: bool
    amount: int
    entries: int
    entry_id: int
    accounting_date: dt.date
    reason: str


def _column() -> ColumnElement[str]:
    kind, undone = LedgerEntry.kind, _reversed.kind
    reverses = kind == EntryKind.REVERSE
    return case(
        (and_(kind.in_(EARNING_KINDS), LedgerEntry.prior_period.is_(False)), "earned"),
        (or_(kind == EntryKind.CAPTURE, and_(reverses, undone == EntryKind.CAPTURE)), "redeemed"),
        (or_(kind == EntryKind.EXPIRE, and_(reverses, undone == EntryKind.EXPIRE)), "expired"),
        (kind.in_((EntryKind.PAYOUT, EntryKind.PAYOUT_FAILED)), "paid"),
        (kind.in_((EntryKind.MATURE, EntryKind.HOLD, EntryKind.RELEASE, EntryKind.RECOVER)), "moved"),
        else_="adjusted",
    )


def _owned(*conditions: ColumnElement[bool]) -> Select[*tuple[()]]:
    """All postings on what participants own, with their entries."""
    return (
        select()
        .select_from(LedgerPosting)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .outerjoin(_reversed, _reversed.id == LedgerEntry.reverses_entry_id)
        .where(LedgerAccount.kind.in_(("pending", "available", "held", "debt")), *conditions)
    )


def _scope(owner_id: int | None, unit: str | None, known_at: dt.datetime | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if owner_id is not None:
        conditions.append(LedgerAccount.owner_id == owner_id)
    if unit is not None:
        conditions.append(LedgerAccount.unit == unit)
    if known_at is not None:
        conditions.append(LedgerEntry.recorded_at <= known_at)
    return conditions


def statements(
    since: dt.date,
    until: dt.date,
    *,
    owner_id: int | None = None,
    unit: str | None = None,
    as_of: dt.datetime | None = None,
) -> dict[str, Statement]:
    """The statement of every unit, of one owner or of all participants together; one statement of SQL."""
    inside, amount = LedgerEntry.accounting_date >= since, LedgerPosting.amount
    column = _column()
    prior = and_(inside, LedgerEntry.prior_period.is_(True))
    query = _owned(LedgerEntry.accounting_date < until, *_scope(owner_id, unit, as_of)).add_columns(
        LedgerAccount.unit,
        column,
        func.sum(amount),
        func.coalesce(func.sum(amount).filter(inside), 0),
        func.coalesce(func.sum(amount).filter(prior), 0),
    )
    figures: dict[str, dict[str, int]] = {}
    for name, kind, total, within, of_prior in session.execute(query.group_by(LedgerAccount.unit, column)):
        sums = figures.setdefault(name, dict.fromkeys(("opening", "closing", "prior_period"), 0))
        sums["closing"] += int(total)
        sums["opening"] += int(total) - int(within)
        sums["prior_period"] += int(of_prior)
        if kind in COLUMNS:
            sums[kind] = -int(within) if kind in _TAKEN else int(within)
    return {name: Statement(name, since, until, **sums) for name, sums in sorted(figures.items())}


def statement(owner_id: int, unit: str, since: dt.date, until: dt.date, as_of: dt.datetime | None = None) -> Statement:
    """One owner's statement of one unit over [since, until), as known at `as_of` (now by default)."""
    found = statements(since, until, owner_id=owner_id, unit=unit, as_of=as_of)
    return found.get(unit, Statement(unit, since, until))


def statement_rows(
    owner_id: int, unit: str, since: dt.date, until: dt.date, as_of: dt.datetime | None = None
) -> list[StatementRow]:
    """What a statement is made of, as it happened: earnings summed, everything else entry by entry."""
    column = _column()
    conditions = [LedgerEntry.accounting_date >= since, LedgerEntry.accounting_date < until]
    single = case((and_(column == "earned"), 0), else_=LedgerEntry.id)
    query = (
        _owned(*conditions, *_scope(owner_id, unit, as_of))
        .where(column != "moved")
        .add_columns(
            column,
            LedgerEntry.earning_key,
            LedgerEntry.program_code,
            LedgerEntry.period_start,
            LedgerEntry.prior_period,
            func.sum(LedgerPosting.amount),
            func.count(LedgerEntry.id.distinct()),
            func.max(LedgerEntry.id),
        )
        .group_by(
            column,
            single,
            LedgerEntry.earning_key,
            LedgerEntry.program_code,
            LedgerEntry.period_start,
            LedgerEntry.prior_period,
        )
        .order_by(func.min(LedgerEntry.id))
    )
    found = [tuple(row) for row in session.execute(query)]
    newest = {entry.id: entry for entry in _entries([row[7] for row in found])}
    return [
        StatementRow(
            column=kind,
            earning_key=earning,
            program_code=program,
            period_start=start,
            prior_period=prior,
            amount=int(amount),
            entries=count,
            entry_id=entry,
            accounting_date=newest[entry].accounting_date,
            reason=newest[entry].reason,
        )
        for kind, earning, program, start, prior, amount, count, entry in found
    ]


def _entries(ids: list[int]) -> list[LedgerEntry]:
    return list(session.scalars(select(LedgerEntry).where(LedgerEntry.id.in_(ids))))


def cell_entries(
    unit: str,
    column: str,
    since: dt.date,
    until: dt.date,
    *,
    owner_id: int | None = None,
    prior_only: bool = False,
    as_of: dt.datetime | None = None,
) -> Select[LedgerEntry, LedgerOwner, int]:
    """The entries behind one cell as (entry, owner, signed amount), newest first; give it to `paginate`.

    `opening` and `closing` are cells too: all entries before the window, or before its end.
    """
    dated = LedgerEntry.accounting_date
    if column in COLUMNS:
        conditions = [dated >= since, dated < until, _column() == column]
    else:
        conditions = [dated < (since if column == "opening" else until), _column() != "moved"]
    if prior_only:
        conditions.append(LedgerEntry.prior_period.is_(True))
    return (
        _owned(*conditions, *_scope(owner_id, unit, as_of))
        .join(LedgerOwner, LedgerOwner.id == LedgerAccount.owner_id)
        .add_columns(LedgerEntry, LedgerOwner, func.sum(LedgerPosting.amount).label("amount"))
        .group_by(LedgerEntry.id, LedgerOwner.id)
        .order_by(LedgerEntry.id.desc(), LedgerOwner.id)
    )


def cell_total(query: Select[LedgerEntry, LedgerOwner, int]) -> int:
    """The sum of a cell's entries."""
    amounts = query.order_by(None).with_only_columns(func.sum(LedgerPosting.amount).label("amount")).subquery()
    return int(session.scalar(select(func.coalesce(func.sum(amounts.c.amount), 0))) or 0)
