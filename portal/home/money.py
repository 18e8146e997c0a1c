"""What finance sees beside the roll-forward: liabilities, what earlier periods still changed, what waits."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from sqlalchemy import case, func, select

from portal.core import clock
from portal.core.db import session
from portal.ledger.models import LedgerAccount, LedgerEntry, LedgerPosting
from portal.ledger.periods import this_month
from portal.ledger.queries import count_waiting_adjustments
from portal.security.viewer import Viewer

OWNED = ("pending", "available", "held", "debt")
SHOWN = 8


@dataclass(frozen=True)
class Liability:
    """What participants own of one unit, by state."""

    unit: str
    pending: int = 0
    available: int = 0
    held: int = 0
    debt: int = 0

    @property
    def total(self) -> int:
        """What we owe."""
        return self.pending + self.available + self.held + self.debt


def liabilities() -> list[Liability]:
    """What all participants own, one row a unit, money before points."""
    query = (
        select(LedgerAccount.unit, LedgerAccount.kind, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.kind.in_(OWNED))
        .group_by(LedgerAccount.unit, LedgerAccount.kind)
    )
    units: dict[str, dict[str, int]] = {}
    for unit, kind, total in session.execute(query):
        units.setdefault(unit, {})[kind] = int(total or 0)
    return [
        Liability(unit, **parts)
        for unit, parts in sorted(units.items(), key=lambda item: (item[0] == "points", item[0]))
    ]


def draw_liabilities(viewer: Viewer) -> str | None:
    """The liabilities, each opening to its accounts."""
    rows = liabilities()
    return render_template("home/_liabilities.html", rows=rows) if rows else None


def draw_prior_periods(viewer: Viewer) -> str:
    """What closed periods still changed this month, with each sentence."""
    window = this_month(clock.today())
    owned = func.sum(case((LedgerAccount.kind.in_(OWNED), LedgerPosting.amount), else_=0))
    query = (
        select(LedgerEntry, LedgerAccount.unit, owned)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerEntry.prior_period.is_(True), LedgerEntry.accounting_date >= window.since)
        .where(LedgerEntry.accounting_date < window.until)
        .group_by(LedgerEntry.id, LedgerAccount.unit)
        .order_by(LedgerEntry.id.desc())
    )
    rows = [(entry, unit, int(amount)) for entry, unit, amount in session.execute(query.limit(SHOWN + 1))]
    return render_template("home/_prior_periods.html", rows=rows[:SHOWN], more=len(rows) > SHOWN, window=window)


def draw_waiting_adjustments(viewer: Viewer) -> str | None:
    """Says when a colleague's adjustment waits for this viewer."""
    if not viewer.can("adjustment:confirm"):
        return None
    waiting = count_waiting_adjustments(viewer)
    return render_template("home/_waiting_adjustments.html", waiting=waiting) if waiting else None
