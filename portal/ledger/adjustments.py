"""Adjustments: an amount given or taken with a reason, proposed by one person and confirmed by another."""

from __future__ import annotations

import datetime as dt

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput, NotFound
from portal.core.events import emit
from portal.core.money import POINTS, known_currency, parse_minor
from portal.ledger import rows
from portal.ledger.book import Book, checked
from portal.ledger.debts import RECOVER_PERCENT, repay, take_back
from portal.ledger.errors import AlreadySettled, OwnAdjustment, shown
from portal.ledger.events import AdjustmentConfirmed
from portal.ledger.lots import Lot
from portal.ledger.models import (
    TREATMENTS,
    AdjustmentState,
    EntryKind,
    LedgerAdjustment,
    LedgerEntry,
    LedgerOwner,
    OwnerKind,
)
from portal.ledger.owners import kinds_of
from portal.security.limits.queries import Desk
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer


def known_unit(text: str) -> str:
    """The unit a person typed: a currency's code or points; refused in words otherwise."""
    cleaned = text.strip()
    unit = POINTS if cleaned.lower() == POINTS else cleaned.upper()
    if unit != POINTS and not known_currency(unit):
        raise InvalidInput(f"“{cleaned[:20]}” is no currency. Write a code such as USD, or points.", field="unit")
    return unit


def typed_amount(text: str, unit: str) -> int:
    """The amount a person typed, in minor units; a minus takes. Refused at its field."""
    try:
        return checked(parse_minor(text.replace("−", "-"), unit), unit, signed=True)
    except InvalidInput as error:
        raise InvalidInput(error.sentence, field="amount") from error


def propose_adjustment(
    owner: LedgerOwner, unit: str, amount: int, reason: str, *, treatment: str = "selling_expense", by: Viewer
) -> LedgerAdjustment:
    """Ask for an adjustment; nothing is posted until another person confirms it."""
    if owner.kind == OwnerKind.VENDOR:
        raise InvalidInput("Only a partner or a person can receive an adjustment.", field="code")
    if treatment not in TREATMENTS:
        raise InvalidInput("Choose how finance books this: one of the listed treatments.", field="treatment")
    adjustment = LedgerAdjustment(
        owner_id=owner.id,
        unit=unit,
        amount=checked(amount, unit, signed=True),
        treatment=treatment,
        reason=reason,
        state=AdjustmentState.PROPOSED,
        proposed_by_id=by.person_id,
        proposed_by_name=by.name,
        proposed_at=clock.now(),
    )
    session.add(adjustment)
    session.flush()
    _record("adjustment.proposed", adjustment, owner, by)
    return adjustment


def confirm_adjustment(adjustment_id: int, *, by: Viewer) -> LedgerEntry:
    """Post a proposed adjustment; the confirming person must be another than the proposing one."""
    adjustment, owner = _decide(adjustment_id, AdjustmentState.CONFIRMED, by)
    Desk(by, Kind.ADJUSTMENT).check({adjustment.unit: adjustment.amount}, but=[adjustment.proposed_by_id])
    entry = adjust(
        owner_id=adjustment.owner_id,
        unit=adjustment.unit,
        amount=adjustment.amount,
        reason=adjustment.reason,
        key=f"adjustment/{adjustment.id}",
        proposed_by=adjustment.proposed_by_id,
        confirmed_by=adjustment.decided_by_id,
        treatment=adjustment.treatment,
        reference=f"adjustment {adjustment.id}",
    )
    adjustment.entry_id = entry.id
    session.flush()
    _record("adjustment.confirmed", adjustment, owner, by)
    emit(AdjustmentConfirmed(adjustment.id, owner.id, adjustment.unit, adjustment.amount, adjustment.reason))
    return entry


def refuse_adjustment(adjustment_id: int, *, by: Viewer) -> LedgerAdjustment:
    """Refuse a proposed adjustment; nothing is posted."""
    adjustment, owner = _decide(adjustment_id, AdjustmentState.REFUSED, by)
    session.flush()
    _record("adjustment.refused", adjustment, owner, by)
    return adjustment


def _decide(adjustment_id: int, state: AdjustmentState, by: Viewer) -> tuple[LedgerAdjustment, LedgerOwner]:
    adjustment = session.get(LedgerAdjustment, adjustment_id, with_for_update=True, populate_existing=True)
    if adjustment is None:
        raise NotFound
    if adjustment.state != AdjustmentState.PROPOSED:
        raise AlreadySettled(f"This adjustment was {adjustment.state} already by {adjustment.decided_by_name}.")
    if by.person_id is None or adjustment.proposed_by_id == by.person_id:
        raise OwnAdjustment
    adjustment.state, adjustment.decided_at = state, clock.now()
    adjustment.decided_by_id, adjustment.decided_by_name = by.person_id, by.name
    return adjustment, session.get_one(LedgerOwner, adjustment.owner_id)


def _record(act: str, adjustment: LedgerAdjustment, owner: LedgerOwner, by: Viewer) -> None:
    audit.record(
        act,
        kind="adjustment",
        id=adjustment.id,
        label=f"{shown(adjustment.amount, adjustment.unit)} for {owner.code}",
        after={"state": adjustment.state, "amount": adjustment.amount, "unit": adjustment.unit, "owner": owner.code},
        reason=adjustment.reason,
        actor=by,
    )


def adjust(
    *,
    owner_id: int,
    unit: str,
    amount: int,
    reason: str,
    key: str,
    proposed_by: int | None,
    confirmed_by: int | None,
    treatment: str = "selling_expense",
    expires_on: dt.date | None = None,
    reference: str | None = None,
) -> LedgerEntry:
    """Give (available at once) or take an amount with a reason and two different people; idempotent by key."""
    checked(amount, unit, signed=True)
    if proposed_by is None or proposed_by == confirmed_by:
        raise OwnAdjustment
    pair = (owner_id, unit)
    book = Book([pair])
    if first := rows.entries_by_key([key]):
        return session.get_one(LedgerEntry, first[key])
    book.read_lots()
    draft = book.entry(EntryKind.ADJUST, key, reason, actor_person_id=confirmed_by, reference=reference)
    if amount < 0:
        take_back(book, draft, pair, -amount)
    else:
        lot = Lot(*pair, None, book.today, book.today, expires_on if unit == POINTS else None)
        book.post(draft, book.open_lot(draft, lot), "available", amount)
        repay(book, draft, lot, amount, RECOVER_PERCENT[kinds_of([owner_id])[owner_id]])
    book.vendor(draft, unit, treatment, -amount)
    return session.get_one(LedgerEntry, book.write()[0])
