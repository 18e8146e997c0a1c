"""Home's own door in the rail and its own tiles; all others come from the rooms they speak of."""

from __future__ import annotations

from portal.home import desk, first_steps, money, office, own, proof
from portal.security.viewer import ASSIGNABLE_ROLES, PARTNER_ROLES, VENDOR_ROLES, Role
from portal.web.slots import NavItem, Tile

ALL = frozenset(role.value for role in ASSIGNABLE_ROLES)
SELLER = frozenset({Role.SELLER.value})
PARTNER_ADMIN = frozenset({Role.PARTNER_ADMIN.value})
MANAGER = frozenset({Role.CHANNEL_MANAGER.value})
FINANCE = frozenset({Role.FINANCE.value})
AUDITOR = frozenset({Role.AUDITOR.value})
ADMIN = frozenset({Role.ADMIN.value})
HOME = "home.show_home"

NAV = [
    NavItem("Home", HOME, "home", order=1, roles=frozenset(role.value for role in PARTNER_ROLES), thumb=True),
    NavItem("Today", HOME, "home", order=1, roles=frozenset(role.value for role in VENDOR_ROLES), thumb=True),
]
TILES = [
    Tile("Celebration", "notifications.list_notifications", ALL, "celebrate", 1, own.draw_celebration),
    Tile("News", "notifications.list_notifications", ALL, "side", 80, own.draw_news),
    # a seller
    Tile("Your stars", HOME, SELLER, "night", 1, own.draw_stars),
    # a partner's admin
    Tile("SPIFs", HOME, PARTNER_ADMIN, "note", 20, own.draw_spif_reminder),
    Tile("Balance", HOME, PARTNER_ADMIN, "main", 5, own.draw_company_balance),
    Tile("Your people", "partners.people.list_people", PARTNER_ADMIN, "side", 60, own.draw_people),
    # a channel manager
    Tile("Alarm", HOME, MANAGER | FINANCE | ADMIN | AUDITOR, "note", 1, desk.draw_alarm),
    Tile("First steps", HOME, MANAGER | ADMIN, "main", 0, first_steps.draw_first_steps),
    Tile("Close to a band", "partners.organizations.list_partners", MANAGER, "main", 30, desk.draw_near_shops),
    Tile("Applications", "partners.onboarding.list_applications", MANAGER, "side", 30, desk.draw_applications),
    # finance
    Tile("Adjustments", "ledger.list_adjustments", FINANCE, "note", 10, money.draw_waiting_adjustments),
    Tile("What we owe", "ledger.list_owners", FINANCE, "main", 20, money.draw_liabilities),
    Tile("Earlier periods, this month", "ledger.show_roll_forward", FINANCE, "main", 30, money.draw_prior_periods),
    # an auditor
    Tile("Search", "home.search.search", AUDITOR, "main", 1, proof.draw_search),
    Tile("Chain of the audit log", "audit.show_chain", AUDITOR, "side", 10, proof.draw_chain),
    Tile("Roles", "audit.list_entries", AUDITOR, "main", 40, proof.draw_roles),
    Tile("Publications", "audit.list_entries", AUDITOR, "main", 41, proof.draw_publications),
    Tile("Locks", "audit.list_entries", AUDITOR, "side", 42, proof.draw_locks),
    # an admin
    Tile("People", "partners.people.list_people", ADMIN, "main", 10, office.draw_people),
    Tile("Jobs", HOME, ADMIN, "main", 20, office.draw_jobs),
    Tile("Invitations waiting", "partners.people.list_people", ADMIN, "side", 10, office.draw_invitations),
    Tile("Mail", HOME, ADMIN, "side", 20, office.draw_mail),
]
