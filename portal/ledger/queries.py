"""Reading the ledger: balances, entries, postings, lots."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, false, func, select

from portal.core.db import session
from portal.core.errors import InvalidInput, NotFound
from portal.ledger.models import (
    PARTICIPANT_KINDS,
    AccountingMonth,
    AdjustmentState,
    LedgerAccount,
    LedgerAdjustment,
    LedgerEntry,
    LedgerLot,
    LedgerOwner,
    LedgerPosting,
    MonthState,
    OwnerKind,
)
from portal.ledger.months import first_of, next_month
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Balance:
    """One owner's amounts of one unit; `debt` is zero or negative."""

    pending: int = 0
    available: int = 0
    held: int = 0
    paid: int = 0
    debt: int = 0

    @property
    def owned(self) -> int:
        """All that is still the owner's: what a statement closes with."""
        return self.pending + self.available + self.held + self.debt


@dataclass(frozen=True)
class PostingRow:
    """One posting with whose account it is on."""

    id: int
    owner_id: int
    owner_kind: str
    owner_code: str
    account: str
    unit: str
    amount: int
    lot_id: int | None
    earning_key: str | None


def visible_owners(viewer: Viewer) -> Select[LedgerOwner]:
    """The owners whose accounts the viewer may read: all for ledger readers, else only the own."""
    query = select(LedgerOwner)
    if viewer.can("ledger:read"):
        return query
    return query.where(LedgerOwner.id == viewer.owner_id if viewer.owner_id is not None else false())


def get_owner(viewer: Viewer, owner_id: int) -> LedgerOwner:
    """One owner the viewer may see."""
    owner = session.scalar(visible_owners(viewer).where(LedgerOwner.id == owner_id))
    if owner is None:
        raise NotFound
    return owner


def get_owner_by_code(viewer: Viewer, kind: str, code: str) -> LedgerOwner:
    """The owner a person typed, of those the viewer may see; refused in words at the field `code`."""
    query = visible_owners(viewer).where(LedgerOwner.kind == kind, LedgerOwner.code == code.strip())
    owner = session.scalar(query)
    if owner is None:
        what = "partner has the code" if kind == OwnerKind.PARTNER else "person has the e-mail"
        raise InvalidInput(f"No {what} “{code.strip()[:60]}”. Check it on the accounts page.", field="code")
    return owner


def search_owners(viewer: Viewer, text: str = "", kind: str = "") -> Select[LedgerOwner]:
    """Owners the viewer may see whose code carries the text, of one kind or of all."""
    query = visible_owners(viewer).order_by(LedgerOwner.kind, LedgerOwner.code)
    if text:
        query = query.where(LedgerOwner.code.icontains(text, autoescape=True))
    return query.where(LedgerOwner.kind == kind) if kind else query.where(LedgerOwner.kind != OwnerKind.VENDOR)


def owners_by_id(ids: Collection[int]) -> Sequence[LedgerOwner]:
    """Owners by their ids."""
    return session.scalars(select(LedgerOwner).where(LedgerOwner.id.in_(ids))).all()


def entries_settling(entry_id: int) -> Sequence[LedgerEntry]:
    """The entries that captured, released or reversed this one."""
    query = select(LedgerEntry).where(LedgerEntry.reverses_entry_id == entry_id)
    return session.scalars(query.order_by(LedgerEntry.id)).all()


def get_entry(viewer: Viewer, entry_id: int) -> LedgerEntry:
    """One entry that touches an owner the viewer may see."""
    owners = visible_owners(viewer).with_only_columns(LedgerOwner.id)
    touching = (
        select(LedgerPosting.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerPosting.entry_id == LedgerEntry.id, LedgerAccount.owner_id.in_(owners))
    )
    entry = session.scalar(select(LedgerEntry).where(LedgerEntry.id == entry_id, touching.exists()))
    if entry is None:
        raise NotFound
    return entry


def balances(owner_id: int) -> dict[str, Balance]:
    """The owner's balance in every unit it ever had."""
    return balances_of([owner_id])[owner_id]


def balances_of(owner_ids: Collection[int]) -> dict[int, dict[str, Balance]]:
    """The balances of many owners in one statement; an owner without accounts has an empty dict."""
    columns = LedgerAccount.owner_id, LedgerAccount.unit, LedgerAccount.kind, LedgerAccount.balance
    query = select(*columns).where(LedgerAccount.owner_id.in_(owner_ids), LedgerAccount.kind.in_(PARTICIPANT_KINDS))
    parts: dict[int, dict[str, dict[str, int]]] = {owner: defaultdict(dict) for owner in owner_ids}
    for owner, unit, kind, balance in session.execute(query):
        parts[owner][unit][kind] = balance or 0
    return {owner: {unit: Balance(**kinds) for unit, kinds in units.items()} for owner, units in parts.items()}


def available(owner_id: int, unit: str) -> int:
    """What the owner may spend of a unit now."""
    return balances(owner_id).get(unit, Balance()).available


def entries_of(owner_id: int, unit: str | None = None) -> Select[LedgerEntry, str, int]:
    """The entries that touch an owner, newest first, as (entry, unit, change of what is owned), for `paginate`."""
    change = func.sum(LedgerPosting.amount).filter(LedgerAccount.kind != "paid")
    query = (
        select(LedgerEntry, LedgerAccount.unit, func.coalesce(change, 0).label("amount"))
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerAccount.owner_id == owner_id)
        .group_by(LedgerEntry.id, LedgerAccount.unit)
        .order_by(LedgerEntry.id.desc())
    )
    return query if unit is None else query.where(LedgerAccount.unit == unit)


def postings_of(entry_id: int) -> Sequence[PostingRow]:
    """The postings of an entry, with the accounts and owners they are on."""
    query = (
        select(
            LedgerPosting.id,
            LedgerOwner.id,
            LedgerOwner.kind,
            LedgerOwner.code,
            LedgerAccount.kind,
            LedgerAccount.unit,
            LedgerPosting.amount,
            LedgerPosting.lot_id,
            LedgerLot.earning_key,
        )
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .join(LedgerOwner, LedgerOwner.id == LedgerAccount.owner_id)
        .outerjoin(LedgerLot, LedgerLot.id == LedgerPosting.lot_id)
        .where(LedgerPosting.entry_id == entry_id)
        .order_by(LedgerPosting.id)
    )
    return [PostingRow(*row) for row in session.execute(query)]


def living_lots(owner_id: int, unit: str | None = None) -> Sequence[LedgerLot]:
    """The lots of an owner that still hold something: what matures when, what expires when, what is owed."""
    alive = (LedgerLot.pending != 0) | (LedgerLot.available != 0) | (LedgerLot.held != 0) | (LedgerLot.debt != 0)
    query = select(LedgerLot).where(LedgerLot.owner_id == owner_id, alive)
    if unit is not None:
        query = query.where(LedgerLot.unit == unit)
    return session.scalars(query.order_by(LedgerLot.id).execution_options(populate_existing=True)).all()


def list_months(today: dt.date) -> list[AccountingMonth]:
    """The months since the first entry that are over, newest first, with those never closed as open."""
    first = session.scalar(select(func.min(LedgerEntry.accounting_date)))
    stored = {row.month: row for row in session.scalars(select(AccountingMonth))}
    rows: list[AccountingMonth] = []
    month = first_of(first or today)
    while next_month(month) <= today:
        open_row = AccountingMonth(month=month, until=next_month(month), state=MonthState.OPEN)
        rows.append(stored.get(month, open_row))
        month = next_month(month)
    return rows[::-1]


def visible_adjustments(viewer: Viewer) -> Select[LedgerAdjustment, LedgerOwner]:
    """Adjustments of the owners the viewer may see, what waits for a second person first, then newest first."""
    owners = visible_owners(viewer).with_only_columns(LedgerOwner.id)
    return (
        select(LedgerAdjustment, LedgerOwner)
        .join(LedgerOwner, LedgerOwner.id == LedgerAdjustment.owner_id)
        .where(LedgerAdjustment.owner_id.in_(owners))
        .order_by(LedgerAdjustment.state != AdjustmentState.PROPOSED, LedgerAdjustment.id.desc())
    )


def count_waiting_adjustments(viewer: Viewer) -> int:
    """How many adjustments wait for a second person, leaving out the viewer's own."""
    waiting = visible_adjustments(viewer).where(
        LedgerAdjustment.state == AdjustmentState.PROPOSED, LedgerAdjustment.proposed_by_id != viewer.person_id
    )
    return session.scalar(select(func.count()).select_from(waiting.order_by(None).subquery())) or 0
