"""Between the open book and the tables: locking, reading and writing rows without ORM objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Table, or_, select

from portal.core import clock
from portal.core.bulk import among, insert_rows, rows_among
from portal.core.db import Base, is_postgresql, session
from portal.ledger import bulk
from portal.ledger.lots import Lot
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerLot

if TYPE_CHECKING:
    from portal.ledger.book import Draft, Pair, Side

Key = tuple[int, str, str]
CHUNK = 5000
ENTRY_COLUMNS = [column.name for column in LedgerEntry.__table__.columns]
LOT_COLUMNS = [column.name for column in LedgerLot.__table__.columns]
Row = TypeVar("Row")


class Numbered(Protocol):
    """Whatever gets its id when it is written."""

    id: int


def table(name: str) -> Table:
    """A table of this room by name."""
    return Base.metadata.tables[name]


def chunks(rows: Collection[Row]) -> Iterator[list[Row]]:
    """Slices small enough for one IN list."""
    listed = list(rows)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def ensure_accounts(wanted: Collection[Key], vendor_id: int | None = None) -> dict[Key, int]:
    """Account ids by (owner, unit, kind); missing accounts are made. A vendor's keeps no balance."""
    found = _find_accounts(wanted)
    missing = sorted(set(wanted) - found.keys())
    if missing:
        _make_accounts(missing)
        found = _find_accounts(wanted)
    return found


def _make_accounts(missing: Sequence[Key]) -> None:
    """Make accounts unless somebody just did; PostgreSQL takes all of them in one statement."""
    if is_postgresql():
        kinds = ", ".join(f"'{kind}'" for kind in sorted(PARTICIPANT_KINDS))
        statement = (
            "INSERT INTO ledger_account (owner_id, unit, kind, balance) SELECT owner_id, unit, kind,"  # noqa: S608 - our own words
            f" CASE WHEN kind IN ({kinds}) THEN 0 END FROM unnest(%s::bigint[], %s::text[], %s::text[])"
            " AS wanted(owner_id, unit, kind) ON CONFLICT DO NOTHING"
        )
        columns = tuple([str(value) if place else value for value in column]
                        for place, column in enumerate(zip(*missing, strict=True)))  # fmt: skip
        session.connection().exec_driver_sql(statement, columns)
        return
    rows = [(*key, 0 if key[2] in PARTICIPANT_KINDS else None) for key in missing]
    insert = "INSERT INTO ledger_account (owner_id, unit, kind, balance) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    session.connection().exec_driver_sql(insert, rows)


def _find_accounts(wanted: Collection[Key]) -> dict[Key, int]:
    query = "SELECT owner_id, unit, kind, id FROM ledger_account WHERE owner_id {among}"
    owners = {owner for owner, _, _ in wanted}
    return {row[:3]: row[3] for row in rows_among(query, owners, "bigint") if row[:3] in wanted}


def lock_owners(pairs: Collection[Pair]) -> dict[Key, int]:
    """Lock each (owner, unit) until the transaction ends, in the order of account ids."""
    accounts = ensure_accounts({(owner, unit, "available") for owner, unit in pairs})
    if not is_postgresql():  # whoever writes has locked all of the database
        return accounts
    for ids in chunks(sorted(accounts.values())):
        query = select(LedgerAccount.id).where(among(LedgerAccount.id, ids)).order_by(LedgerAccount.id)
        session.execute(query.with_for_update())
    return accounts


def read_lots(pairs: Collection[Pair], also: Collection[int] = ()) -> list[Lot]:
    """The lots of these owners that still hold something, and the lots named by id, oldest first."""
    columns = [LedgerLot.__table__.c[name] for name in LOT_COLUMNS]
    alive = or_(LedgerLot.pending != 0, LedgerLot.available != 0, LedgerLot.held != 0, LedgerLot.debt != 0)
    conditions: list[Any] = [
        among(LedgerLot.owner_id, owners) & alive for owners in chunks({owner for owner, _ in pairs})
    ]
    conditions += [among(LedgerLot.id, ids) for ids in chunks(also)]
    wanted, found = set(pairs), {}
    for condition in conditions:
        for row in session.execute(select(*columns).where(condition)).mappings():
            if (row["owner_id"], row["unit"]) in wanted:
                lot = Lot(**row)
                lot.read = lot.parts
                found[lot.id] = lot
    return [found[number] for number in sorted(found)]


def in_debt(pairs: Collection[Pair]) -> set[Pair]:
    """Which of these owners owe something in that unit."""
    columns = LedgerAccount.owner_id, LedgerAccount.unit
    found: set[Pair] = set()
    for owners in chunks({owner for owner, _ in pairs}):
        query = select(*columns).where(among(LedgerAccount.owner_id, owners), LedgerAccount.kind == "debt")
        found |= {(owner, unit) for owner, unit in session.execute(query.where(LedgerAccount.balance < 0))}
    return found & set(pairs)


def number(things: Sequence[Numbered], name: str) -> None:
    """Give ids to what is about to be written."""
    for thing, number in zip(things, bulk.reserve_ids(table(name), len(things)), strict=True):
        thing.id = number


def write_entries(drafts: Sequence[Draft]) -> None:
    """Insert the entries."""
    now = clock.now()
    rows = [
        (
            draft.id, draft.kind.value, now, draft.accounting_date, draft.original_date, draft.key, draft.reason,
            draft.actor_person_id, draft.earning_key, draft.program_code, draft.period_start, draft.prior_period,
            draft.run_id, draft.reverses_entry_id, draft.reference,
        )
        for draft in drafts
    ]  # fmt: skip
    insert_rows(table("ledger_entry"), ENTRY_COLUMNS, rows)


def write_lots(opened: Sequence[tuple[Lot, Draft]]) -> None:
    """Insert the new lots as they stand at the end of the act."""
    rows = [
        (
            lot.id, lot.owner_id, lot.unit, lot.earning_key, draft.id, lot.opened_on, lot.matures_on, lot.expires_on,
            *lot.parts,
        )
        for lot, draft in opened
    ]  # fmt: skip
    insert_rows(table("ledger_lot"), LOT_COLUMNS, rows)


def write_postings(sides: Sequence[Side], accounts: Mapping[Key, int]) -> None:
    """Insert the postings."""
    rows = [
        (
            side.draft.id,
            accounts[side.owner_id, side.unit, side.account],
            None if side.lot is None else side.lot.id,
            side.amount,
        )
        for side in sides
    ]
    insert_rows(table("ledger_posting"), ["entry_id", "account_id", "lot_id", "amount"], rows)


def seal(drafts: Sequence[Draft]) -> None:
    """Close the entries: the database checks that each sums to zero."""
    insert_rows(table("ledger_seal"), ["entry_id"], [(draft.id,) for draft in drafts])


def add_balances(changes: Mapping[int, int]) -> None:
    """Keep the balances of participants' accounts; written in the order of ids."""
    bulk.add_amounts(
        table("ledger_account"), ["balance"], [(key, changes[key]) for key in sorted(changes) if changes[key]]
    )


def add_parts(lots: Sequence[Lot]) -> None:
    """Keep the amounts of lots that were there before the act."""
    changes = [(lot.id, *(now - before for now, before in zip(lot.parts, lot.read, strict=True))) for lot in lots]
    bulk.add_amounts(table("ledger_lot"), ["pending", "available", "held", "debt"], changes)


def entries_by_key(keys: Collection[str]) -> dict[str, int]:
    """Ids of entries that were already written under these idempotency keys."""
    found: dict[str, int] = {}
    for some in chunks(keys):
        query = select(LedgerEntry.idempotency_key, LedgerEntry.id).where(among(LedgerEntry.idempotency_key, some))
        found |= {key: number for key, number in session.execute(query)}
    return found


def known_earnings(keys: Collection[str]) -> set[str]:
    """Which of these earnings have an entry already."""
    found: set[str] = set()
    for some in chunks(keys):
        found |= set(
            session.scalars(select(LedgerEntry.earning_key).where(among(LedgerEntry.earning_key, some)).distinct())
        )
    return {key for key in found if key}
