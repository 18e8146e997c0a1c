"""What other pages show of a seller's claims."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, url_for

from portal.claims.reserves import waiting_points
from portal.claims.submission.queries import search_claims
from portal.core.db import session
from portal.programs.definitions.budgets import count_reserved
from portal.security.viewer import Role, Viewer
from portal.web.slots import Hit, NavItem, Tab, Tile

count_reserved(waiting_points)
SELLERS = frozenset({Role.SELLER.value, Role.PARTNER_ADMIN.value})

NAV = [
    NavItem(
        "Claims", "claims.submission.list_claims", "claim", order=20, permission="claim:read", roles=SELLERS,
        count_endpoint="claims.submission.count_open", thumb=True, owns=("claims.submission.show_claim",),
    ),
    NavItem(
        "Claim a sale", "claims.submission.new_claim", "plus", order=15, permission="claim:file", roles=SELLERS,
        thumb=True, act=True, owns=("claims.submission.edit_claim",),
    ),
]  # fmt: skip
TABS = [Tab("Claims", "claims.submission.list_partner_claims", "partner", order=40, permission="claim:read")]


def find_claims(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Claims by invoice, number or name, such as FB-1042."""
    if not viewer.can("claim:read"):
        return
    for claim, seller, partner in session.execute(search_claims(viewer, q=text).limit(5)):
        yield Hit(
            label=claim.invoice_no or claim.number,
            hint=f"{claim.number}, {seller} of {partner}, {claim.state.replace('_', ' ')}",
            url=url_for("claims.submission.show_claim", claim_id=claim.id),
            icon="claim",
            group="Claims",
        )


def draw_recent(viewer: Viewer) -> str:
    """The newest claims, for the home page."""
    rows = session.execute(search_claims(viewer).limit(4)).all()
    return render_template("claims/submission/_recent_claims.html", rows=rows)


SEARCH = [find_claims]
TILES = [
    Tile("What needs you", "claims.submission.show_needs_me", SELLERS, place="note", order=10),
    Tile("Your claims", "claims.submission.list_claims", SELLERS, place="main", order=30, render=draw_recent),
]
