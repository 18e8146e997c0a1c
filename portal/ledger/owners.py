"""Owners of accounts: one row for each partner, each person and the vendor."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from portal.core import clock
from portal.core.db import is_postgresql, session
from portal.ledger.models import LedgerOwner, OwnerKind

_CHUNK = 5000


def ensure_owner(kind: OwnerKind | str, code: str) -> LedgerOwner:
    """The owner row of a partner code, a person's e-mail or the vendor; made on first use, the same ever after."""
    return ensure_owners([(kind, code)])[(str(kind), code)]


def ensure_owners(wanted: Iterable[tuple[OwnerKind | str, str]]) -> dict[tuple[str, str], LedgerOwner]:
    """Many owners at once, by (kind, code); two processes that ask at the same time get the same rows."""
    pairs = [(str(OwnerKind(kind)), code) for kind, code in dict.fromkeys(wanted)]
    found = _find(pairs)
    missing = [
        {"kind": kind, "code": code, "created_at": clock.now()} for kind, code in pairs if (kind, code) not in found
    ]
    if missing:
        make = (postgresql if is_postgresql() else sqlite).insert(LedgerOwner).on_conflict_do_nothing()
        session.execute(make, missing)
        found = _find(pairs)
    return found


def _find(pairs: list[tuple[str, str]]) -> dict[tuple[str, str], LedgerOwner]:
    found: dict[tuple[str, str], LedgerOwner] = {}
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        query = select(LedgerOwner).where(tuple_(LedgerOwner.kind, LedgerOwner.code).in_(chunk))
        found |= {(owner.kind, owner.code): owner for owner in session.scalars(query)}
    return found


def vendor_owner() -> LedgerOwner:
    """Us: the owner of the accounts on the other side of every entry."""
    return ensure_owner(OwnerKind.VENDOR, "vendor")


def kinds_of(owner_ids: Iterable[int]) -> dict[int, str]:
    """The kind of each owner by id."""
    ids = list(owner_ids)
    kinds: dict[int, str] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(LedgerOwner.id, LedgerOwner.kind).where(LedgerOwner.id.in_(ids[start : start + _CHUNK]))
        kinds |= {owner: kind for owner, kind in session.execute(query)}
    return kinds
