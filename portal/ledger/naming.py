"""What pages of the ledger need from rooms above: the names behind codes, and the page that explains an earning.

The ledger knows no partner, person or program; those rooms register here what they know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from portal.ledger.models import LedgerEntry, LedgerOwner

Namer = Callable[[Collection[LedgerOwner]], Mapping[int, str]]
Opener = Callable[[LedgerEntry], str | None]
_namers: dict[str, Namer] = {}
_openers: list[Opener] = []


def name_owners(kind: str, namer: Namer) -> None:
    """Let a room name the owners of a kind: it gets owners and answers names by owner id."""
    _namers[kind] = namer


def open_earnings(opener: Opener) -> None:
    """Let a room say where an entry's earning is explained (a URL), or None; saying it twice changes nothing."""
    if opener not in _openers:
        _openers.append(opener)


def names_of(owners: Collection[LedgerOwner]) -> dict[int, str]:
    """The shown name of each owner; its code where no room knows better."""
    names = {owner.id: "We, the vendor" if owner.kind == "vendor" else owner.code for owner in owners}
    for kind, namer in _namers.items():
        if mine := [owner for owner in owners if owner.kind == kind]:
            names |= namer(mine)
    return names


def earning_url(entry: LedgerEntry) -> str | None:
    """Where the entry's earning is explained, if some room knows."""
    urls = (opener(entry) for opener in _openers) if entry.earning_key else iter(())
    return next((url for url in urls if url), None)
