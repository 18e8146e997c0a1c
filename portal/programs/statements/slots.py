"""Statements in the rail, on the partner's page, on home pages and in the search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, url_for

from portal.core import clock
from portal.core.db import session
from portal.ledger.models import LedgerOwner
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.statements import naming
from portal.programs.statements.outlook import next_steps
from portal.programs.statements.participants import own_participant, visible_owners
from portal.programs.statements.quarters import quarter_of
from portal.security.viewer import Role, Viewer
from portal.web.slots import Hit, NavItem, Tab, Tile

naming.register()
NAV = [
    NavItem("Statements", "programs.statements.list_statements", "file", order=25, permission="statement:read",
            roles=frozenset(set(Role) - {Role.SELLER}), thumb=True, owns=("programs.statements.",)),
    NavItem("Statements", "programs.statements.list_statements", "file", order=35, permission="statement:read",
            roles=frozenset({Role.SELLER}), owns=("programs.statements.",)),
]  # fmt: skip
TABS = [
    Tab("Earnings", "programs.statements.list_partner_earnings", "partner", order=30, permission="partner:read"),
    Tab("Statement", "programs.statements.show_partner_statement", "partner", order=40, permission="partner:read"),
]


def draw_outlook(viewer: Viewer) -> str | None:
    """What is still attainable, or nothing."""
    steps = next_steps(viewer)
    if not steps:
        return None
    return render_template("programs/statements/_outlook.html", steps=steps, who=own_participant(viewer))


TILES = [
    Tile("Still attainable", "programs.statements.list_statements", frozenset({Role.PARTNER_ADMIN, Role.SELLER}),
         place="main", order=20, render=draw_outlook),
]  # fmt: skip


def find_statements(viewer: Viewer, text: str) -> Iterable[Hit]:
    """The last closed quarter's statement of visible participants whose code or name fits."""
    if not text.strip() or not viewer.can("statement:read"):
        return []
    query = (
        visible_owners(viewer)
        .add_columns(Partner.name, Person.name)
        .outerjoin(Partner, Partner.owner_id == LedgerOwner.id)
        .outerjoin(Person, Person.owner_id == LedgerOwner.id)
    )
    names = (LedgerOwner.code, Partner.name, Person.name)
    fits = [column.icontains(text, autoescape=True) for column in names]
    query = query.where(fits[0] | fits[1] | fits[2]).order_by(LedgerOwner.code).limit(4)
    quarter = quarter_of(clock.today()).previous
    return [
        Hit(
            f"Statement of {partner or person or owner.code}",
            quarter.title,
            url_for("programs.statements.show_statement", participant=owner.code, quarter=quarter.address),
            "file",
            "Statements",
        )
        for owner, partner, person in session.execute(query)
    ]


SEARCH = [find_statements]
