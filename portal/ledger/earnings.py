"""Posting what a run found: accruals, true-ups and clawbacks, one at a time or by the tens of thousands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.db import session
from portal.core.money import POINTS
from portal.ledger import rows
from portal.ledger.book import Book, Draft, Pair, checked
from portal.ledger.debts import RECOVER_PERCENT, repay, take_back
from portal.ledger.lots import Lot
from portal.ledger.models import EntryKind, LedgerEntry
from portal.ledger.owners import kinds_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One change of one earning, in minor units (or points), signed in the owner's favor.

    `earning_key` is "program/component/participant/period/unit". The lot matures `hold_days` after today (or on
    `matures_on`, where the plan counts the hold from another day); only points expire. `treatment` names our account.
    """

    owner_id: int
    unit: str
    amount: int
    earning_key: str
    program_code: str
    period_start: dt.date
    accounting_date: dt.date
    reason: str
    idempotency_key: str
    prior_period: bool = False
    hold_days: int = 0
    matures_on: dt.date | None = None
    expires_on: dt.date | None = None
    treatment: str = "revenue_reduction"
    run_id: int | None = None
    kind: EntryKind | None = None
    actor_person_id: int | None = None
    reference: str | None = None

    @property
    def pair(self) -> Pair:
        """Whose it is, and in what."""
        return self.owner_id, self.unit


def post_earning_difference(**facts: Any) -> LedgerEntry:
    """Post one difference (the fields of `Difference`); the same idempotency key returns the first entry."""
    return session.get_one(LedgerEntry, post_earning_differences([Difference(**facts)])[0])


def post_earning_differences(differences: Sequence[Difference]) -> list[int]:
    """Post many differences at once; returns one entry id each, in order. Keys already posted change nothing.

    The kind follows from sign and history: `accrue` opens an earning, `true_up` raises it, `clawback` lowers it (D23).
    """
    for difference in differences:
        checked(difference.amount, difference.unit, signed=True)
    book = Book(difference.pair for difference in differences)
    posted = rows.entries_by_key({difference.idempotency_key for difference in differences})
    fresh = {d.idempotency_key: d for d in differences if d.idempotency_key not in posted}
    if fresh:
        posted |= _post(book, list(fresh.values()))
    return [posted[difference.idempotency_key] for difference in differences]


def _post(book: Book, fresh: list[Difference]) -> dict[str, int]:
    lowered = {d.pair for d in fresh if d.amount < 0}
    book.read_lots(lowered | rows.in_debt({d.pair for d in fresh if _matures(d, book.today) <= book.today}))
    known = rows.known_earnings({d.earning_key for d in fresh})
    kinds = kinds_of({d.owner_id for d in fresh})
    drafts = {}
    for difference in fresh:
        draft = _begin(book, difference, known=difference.earning_key in known)
        known.add(difference.earning_key)
        if difference.amount < 0:
            take_back(book, draft, difference.pair, -difference.amount, earning_key=difference.earning_key)
        else:
            _open(book, draft, difference, RECOVER_PERCENT[kinds[difference.owner_id]])
        book.vendor(draft, difference.unit, difference.treatment, -difference.amount)
        drafts[difference.idempotency_key] = draft
    book.write()
    return {key: draft.id for key, draft in drafts.items()}


def _begin(book: Book, difference: Difference, *, known: bool) -> Draft:
    raised = EntryKind.TRUE_UP if known else EntryKind.ACCRUE
    return book.entry(
        difference.kind or (EntryKind.CLAWBACK if difference.amount < 0 else raised),
        difference.idempotency_key,
        difference.reason,
        on=difference.accounting_date,
        actor_person_id=difference.actor_person_id,
        earning_key=difference.earning_key,
        program_code=difference.program_code,
        period_start=difference.period_start,
        prior_period=difference.prior_period,
        run_id=difference.run_id,
        reference=difference.reference,
    )


def _matures(difference: Difference, today: dt.date) -> dt.date:
    return difference.matures_on or today + dt.timedelta(days=difference.hold_days)


def _open(book: Book, draft: Draft, difference: Difference, percent: int) -> None:
    matures = _matures(difference, book.today)
    expires = difference.expires_on if difference.unit == POINTS else None
    lot = Lot(*difference.pair, difference.earning_key, book.today, matures, expires)
    book.open_lot(draft, lot)
    if matures > book.today:
        book.post(draft, lot, "pending", difference.amount)
        return
    book.post(draft, lot, "available", difference.amount)
    repay(book, draft, lot, difference.amount, percent)
