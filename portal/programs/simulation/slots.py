"""What-ifs in the rail."""

from __future__ import annotations

from portal.security.viewer import VENDOR_ROLES
from portal.web.slots import NavItem

_VENDOR = frozenset(role.value for role in VENDOR_ROLES)
NAV = [
    NavItem("What-if", "programs.simulation.list_simulations", "split", group="Channel", order=42,
            permission="simulation:read", roles=_VENDOR, owns=("programs.simulation.",)),
]  # fmt: skip
