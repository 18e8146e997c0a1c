"""People in the rail and in the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.partners.people.queries import PersonFilter, search_people
from portal.security.viewer import PARTNER_ROLES, VENDOR_ROLES, Viewer
from portal.web.slots import Hit, NavItem

LIST = "partners.people.list_people"
NAV = [
    NavItem("People", LIST, "users", group="Channel", order=40, permission="person:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), owns=("partners.people.", "partners.limits.")),
    NavItem("Our people", LIST, "users", group="Company", order=65, permission="person:read",
            roles=frozenset(role.value for role in PARTNER_ROLES), owns=("partners.people.",)),
]  # fmt: skip


def find_people(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Visible people whose name, address or partner fits."""
    if not viewer.can("person:read"):
        return []
    rows = session.execute(search_people(viewer, PersonFilter(q=text)).limit(6))
    return [
        Hit(
            person.name,
            f"{person.email}{f', {partner}' if partner else ''}",
            url_for("partners.people.show_person", person_id=person.id),
            "user",
            "People",
        )
        for person, partner, _code in rows
    ]


SEARCH = [find_people]
