"""Imports in the rail."""

from __future__ import annotations

from portal.web.slots import NavItem

NAV = [
    NavItem("Imports", "sales.imports.list_imports", "upload", group="Channel", order=38, permission="import:read",
            owns=("sales.imports.", "sales.matching.")),
]  # fmt: skip
