"""Owners, people and shorthand for the ledger's tests."""

import datetime as dt
from typing import Any

from sqlalchemy import func, select

from portal.core.db import session, transaction
from portal.ledger import services
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerPosting
from portal.ledger.queries import Balance, balances
from portal.security.viewer import Role, Viewer

FINANCE = Viewer(person_id=11, role=Role.FINANCE, name="Nora Finance", email="finance@demo.example")
SECOND = Viewer(person_id=12, role=Role.FINANCE, name="Omar Finance", email="finance2@demo.example")
JULY = dt.date(2026, 7, 1)
NOON = "2026-07-10T12:00:00+00:00"
TODAY = dt.date(2026, 7, 10)


def owner(code: str = "AW1", kind: str = "partner") -> int:
    """The id of an owner."""
    with transaction():
        return services.ensure_owner(kind, code).id


def vendor_balances() -> dict[tuple[str, str], int]:
    """Our own accounts by (account, unit), summed from their postings."""
    query = (
        select(LedgerAccount.kind, LedgerAccount.unit, func.sum(LedgerPosting.amount))
        .join(LedgerPosting, LedgerPosting.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind.not_in(PARTICIPANT_KINDS))
        .group_by(LedgerAccount.kind, LedgerAccount.unit)
    )
    return {(kind, unit): int(total) for kind, unit, total in session.execute(query)}


def facts(owner_id: int, amount: int, key: str, **more: Any) -> dict[str, Any]:
    """The fields of a difference, points held for thirty days unless told otherwise."""
    given: dict[str, Any] = {
        "owner_id": owner_id,
        "unit": "points",
        "amount": amount,
        "earning_key": "sprint/helmets/AW1/2026-07-01/points",
        "program_code": "sprint",
        "period_start": JULY,
        "accounting_date": TODAY,
        "reason": "4 helmets x 40 points",
        "idempotency_key": key,
        "hold_days": 30,
    }
    return given | more


def earn(owner_id: int, amount: int, key: str, **more: Any) -> LedgerEntry:
    """Post one difference in a transaction of its own."""
    with transaction():
        return services.post_earning_difference(**facts(owner_id, amount, key, **more))


def balance(owner_id: int, unit: str = "points") -> Balance:
    """What the owner has."""
    return balances(owner_id).get(unit, Balance())


def proved() -> bool:
    """Whether every law of the ledger holds now."""
    return services.verify() == []
