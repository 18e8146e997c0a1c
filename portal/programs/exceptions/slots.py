"""Exceptions in the rail."""

from __future__ import annotations

from portal.security.viewer import VENDOR_ROLES
from portal.web.slots import NavItem

NAV = [
    NavItem("Exceptions", "programs.exceptions.list_exceptions", "flag", group="Channel", order=44,
            permission="exception:read", roles=frozenset(role.value for role in VENDOR_ROLES),
            count_endpoint="programs.exceptions.count_waiting", count_permission="exception:decide",
            owns=("programs.exceptions.",)),
]  # fmt: skip
