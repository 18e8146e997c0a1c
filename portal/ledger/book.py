"""One act on the ledger: lock the owners, read their lots, collect entries and postings, write them all at once.

Owners are locked through their `available` accounts in the order of account ids, so two acts never wait for each other
in a circle. Everything is set-based: one difference and fifty thousand take the same number of statements.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.core import clock
from portal.core.db import session
from portal.core.money import MAX_MINOR
from portal.ledger import rows
from portal.ledger.errors import UnusableAmount
from portal.ledger.lots import Lot
from portal.ledger.models import PARTICIPANT_KINDS, EntryKind
from portal.ledger.months import closed_months, open_day
from portal.ledger.owners import vendor_owner

Pair = tuple[int, str]


@dataclass(slots=True, eq=False)
class Draft:
    """An entry that is being written; its id comes with `Book.write`."""

    kind: EntryKind
    key: str
    reason: str
    accounting_date: dt.date
    original_date: dt.date | None = None
    actor_person_id: int | None = None
    earning_key: str | None = None
    program_code: str | None = None
    period_start: dt.date | None = None
    prior_period: bool = False
    run_id: int | None = None
    reverses_entry_id: int | None = None
    reference: str | None = None
    id: int = 0


@dataclass(slots=True, eq=False)
class Side:
    """One posting that is being written."""

    draft: Draft
    owner_id: int
    unit: str
    account: str
    amount: int
    lot: Lot | None


class Book:
    """The open page of the ledger during one act."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.pairs = list(dict.fromkeys(pairs))
        session.flush()
        self.accounts = rows.lock_owners(self.pairs)
        self.closed = closed_months()
        self.vendor_id = vendor_owner().id
        self.today = clock.today()
        self.lots: dict[Pair, list[Lot]] = defaultdict(list)
        self.drafts: list[Draft] = []
        self.sides: list[Side] = []
        self.opened: list[tuple[Lot, Draft]] = []

    def read_lots(self, pairs: Collection[Pair] | None = None, *, also: Collection[int] = ()) -> None:
        """Read the living lots of the owners (all of this act by default), and the lots `also` names, oldest first."""
        for lot in rows.read_lots(self.pairs if pairs is None else pairs, also):
            self.lots[lot.owner_id, lot.unit].append(lot)

    def entry(self, kind: EntryKind, key: str, reason: str, *, on: dt.date | None = None, **facts: object) -> Draft:
        """Begin an entry; a date in a closed month becomes the first day of the next open one."""
        asked = on or self.today
        dated = open_day(asked, self.closed)
        draft = Draft(kind, key, reason, dated, None if dated == asked else asked, **facts)  # type: ignore[arg-type]
        self.drafts.append(draft)
        return draft

    def open_lot(self, draft: Draft, lot: Lot) -> Lot:
        """A new lot, brought by this entry."""
        self.lots[lot.owner_id, lot.unit].append(lot)
        self.opened.append((lot, draft))
        return lot

    def post(self, draft: Draft, lot: Lot, account: str, amount: int) -> None:
        """One posting on a participant's account, of a lot."""
        if account != "paid":
            setattr(lot, account, getattr(lot, account) + amount)
        self.sides.append(Side(draft, lot.owner_id, lot.unit, account, amount, lot))

    def move(self, draft: Draft, lot: Lot, source: str, target: str, amount: int) -> None:
        """The same lot, from one account of its owner to another."""
        self.post(draft, lot, source, -amount)
        self.post(draft, lot, target, amount)

    def vendor(self, draft: Draft, unit: str, account: str, amount: int) -> None:
        """The other side, on an account of ours."""
        self.sides.append(Side(draft, self.vendor_id, unit, account, amount, None))

    def lot(self, lot_id: int) -> Lot:
        """A lot that was read, by id."""
        return next(lot for lots in self.lots.values() for lot in lots if lot.id == lot_id)

    def available(self, pair: Pair) -> int:
        """What the owner may spend now."""
        return sum(lot.available for lot in self.lots[pair])

    def write(self) -> list[int]:
        """Write the act; returns the ids of its entries in the order they were begun."""
        rows.number([*self.drafts], "ledger_entry")
        rows.number([lot for lot, _ in self.opened], "ledger_lot")
        rows.write_entries(self.drafts)
        rows.write_lots(self.opened)
        kinds = {(side.owner_id, side.unit, side.account) for side in self.sides}
        self.accounts |= rows.ensure_accounts(kinds - self.accounts.keys(), self.vendor_id)
        rows.write_postings(self.sides, self.accounts)
        rows.seal(self.drafts)
        self._keep_balances()
        return [draft.id for draft in self.drafts]

    def _keep_balances(self) -> None:
        changes: dict[int, int] = defaultdict(int)
        for side in self.sides:
            if side.account in PARTICIPANT_KINDS:
                changes[self.accounts[side.owner_id, side.unit, side.account]] += side.amount
        rows.add_balances(changes)
        new = {id(lot) for lot, _ in self.opened}
        rows.add_parts(
            [lot for lots in self.lots.values() for lot in lots if id(lot) not in new and lot.parts != lot.read]
        )


def checked(amount: int, unit: str, *, signed: bool = False) -> int:
    """The amount, when it may be posted: not zero, positive unless `signed`, within what one amount may be."""
    if amount == 0 or abs(amount) > MAX_MINOR or (amount < 0 and not signed):
        raise UnusableAmount(unit)
    return amount
