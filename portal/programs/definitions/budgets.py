"""What became of a program's budget: reserved, accrued, paid, expired and free, from the ledger's own postings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.core.db import session
from portal.core.money import minor_digits
from portal.engine.plan import Plan
from portal.ledger.models import AccountKind, EntryKind, LedgerAccount, LedgerEntry, LedgerLot, LedgerPosting
from portal.programs.definitions.models import Program
from portal.security.limits.rules import Sums

OWN = (AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.HELD)
_RESERVERS: list[Callable[[Sequence[Program]], dict[int, int]]] = []


def count_reserved(reserver: Callable[[Sequence[Program]], dict[int, int]]) -> None:
    """Let a room above say how much waits in it for programs: amounts in their units by program id."""
    _RESERVERS.append(reserver)


@dataclass(frozen=True)
class BudgetUse:
    """Amounts in minor units or points.

    `reserved` waits in claims, `accrued` is posted and not yet out (pending, available, held), `paid` is out,
    `owed_back` was paid and then taken back, `expired` was accrued once and lapsed.
    """

    budget: int | None
    reserved: int
    accrued: int
    paid: int
    owed_back: int
    expired: int

    @property
    def free(self) -> int | None:
        """What is left when everything that waits is granted; negative when the budget is exceeded."""
        used = self.reserved + self.accrued + self.paid - self.owed_back
        return None if self.budget is None else self.budget - used


def sums_of(plan: Plan) -> Sums:
    """What approving a plan lets it pay at most, for the approver's limit: its budget, or an amount without an end."""
    if plan.budget is None:
        return {plan.unit: None}
    return {plan.unit: int(plan.budget.amount.scaleb(minor_digits(plan.unit)))}


def use_of(program: Program, budget: int | None) -> BudgetUse:
    """The use of one program's budget, exact: the sums of the postings on the lots its earnings opened."""
    lots = select(LedgerLot.id).where(LedgerLot.earning_key.startswith(f"{program.code}/", autoescape=True))
    query = (
        select(LedgerAccount.kind, LedgerEntry.kind, func.sum(LedgerPosting.amount))
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .where(LedgerPosting.lot_id.in_(lots.where(LedgerLot.unit == program.unit)))
        .group_by(LedgerAccount.kind, LedgerEntry.kind)
    )
    sums = [(account, entry, int(total)) for account, entry, total in session.execute(query)]

    def on(*accounts: AccountKind) -> int:
        return sum(total for account, _, total in sums if account in accounts)

    return BudgetUse(
        budget=budget,
        reserved=sum(reserver([program]).get(program.id, 0) for reserver in _RESERVERS),
        accrued=on(AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.HELD),
        paid=on(AccountKind.PAID),
        owed_back=-on(AccountKind.DEBT),
        expired=-sum(total for account, entry, total in sums if entry == EntryKind.EXPIRE and account in OWN),
    )
