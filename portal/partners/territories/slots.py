"""Territories in the rail."""

from __future__ import annotations

from portal.web.slots import NavItem

NAV = [
    NavItem("Territories", "partners.territories.list_territories", "map", group="Channel", order=48,
            permission="territory:read", owns=("partners.territories.",)),
]  # fmt: skip
