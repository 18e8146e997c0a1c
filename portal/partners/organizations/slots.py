"""Partners in the rail and in the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.partners.organizations.queries import PartnerFilter, search_partners
from portal.security.viewer import PARTNER_ROLES, VENDOR_ROLES, Viewer
from portal.web.slots import Hit, NavItem

OWNS = ("partners.organizations.", "partners.tiers.", "partners.supply.", "partners.spif.",
        "partners.certificates.",
        "programs.mergers.")  # fmt: skip
LIST = "partners.organizations.list_partners"
NAV = [
    NavItem("Partners", LIST, "shop", group="Channel", order=30, permission="partner:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), thumb=True, owns=OWNS),
    NavItem("My company", LIST, "shop", group="Company", order=60, permission="partner:read",
            roles=frozenset(role.value for role in PARTNER_ROLES), owns=OWNS),
]  # fmt: skip


def find_partners(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Visible partners whose name, code or address fits."""
    if not viewer.can("partner:read"):
        return []
    rows = session.execute(search_partners(viewer, PartnerFilter(q=text)).limit(6))
    return [
        Hit(
            partner.name,
            f"{partner.code}{f', {territory}' if territory else ''}",
            url_for("partners.organizations.show_partner", code=partner.code),
            "shop",
            "Partners",
        )
        for partner, territory in rows
    ]


SEARCH = [find_partners]
