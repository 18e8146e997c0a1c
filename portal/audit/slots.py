"""The log's door in the rail and its answers to the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.audit import queries
from portal.core.db import session
from portal.security.viewer import Viewer
from portal.web.filters import day
from portal.web.slots import Hit, NavItem

NAV = [
    NavItem("Audit log", "audit.list_entries", "shield", group="Proof", order=90, permission="audit:read", thumb=True)
]


def find_entries(viewer: Viewer, text: str) -> Iterable[Hit]:
    """The newest acts whose thing carries this text."""
    if not viewer.can("audit:read"):
        return []
    entries = session.scalars(queries.search_entries(text=text).limit(8))
    return [
        Hit(
            f"{e.act} {e.label}",
            f"{e.actor}, {day(e.at)}",
            url_for("audit.show_entry", entry_id=e.id),
            "shield",
            "Audit",
        )
        for e in entries
    ]


SEARCH = [find_entries]
