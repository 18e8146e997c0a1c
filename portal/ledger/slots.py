"""The ledger's doors in the rail, its tile on home pages, its answers to the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.ledger import naming, queries
from portal.security.viewer import Viewer
from portal.web.slots import Hit, NavItem, Tile

NAV = [
    NavItem("Roll-forward", "ledger.show_roll_forward", "scale", "Money", 60, "ledger:read", thumb=True),
    NavItem(
        "Accounts", "ledger.list_owners", "book", "Money", 61, "ledger:read", thumb=True,
        owns=("ledger.show_owner", "ledger.show_entry"),
    ),
    NavItem(
        "Adjustments", "ledger.list_adjustments", "edit", "Money", 62, "ledger:read",
        owns=("ledger.propose_adjustment", "ledger.confirm_adjustment", "ledger.refuse_adjustment"),
    ),
]  # fmt: skip
TILES = [Tile("This month, footed", "ledger.show_month", frozenset({"finance", "auditor"}), order=10)]


def find_accounts(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Accounts whose code carries the text, for those who read the ledger."""
    if not viewer.can("ledger:read"):
        return []
    owners = session.scalars(queries.search_owners(viewer, text).limit(5)).all()
    names = naming.names_of(owners)
    return [
        Hit(f"Account of {names[o.id]}", o.code, url_for("ledger.show_owner", owner_id=o.id), "book", "Accounts")
        for o in owners
    ]


SEARCH = [find_accounts]
