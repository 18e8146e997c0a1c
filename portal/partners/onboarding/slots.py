"""Applications in the rail, with how many wait."""

from __future__ import annotations

from portal.web.slots import NavItem

NAV = [
    NavItem("Applications", "partners.onboarding.list_applications", "file", group="Channel", order=45,
            permission="application:read", count_endpoint="partners.onboarding.count_applications",
            count_permission="application:decide",
            owns=("partners.onboarding.",)),
]  # fmt: skip
