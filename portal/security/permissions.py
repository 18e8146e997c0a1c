"""Who may do what: the one list. A permission is `noun:verb`; the system itself may do everything."""

from __future__ import annotations

from portal.security.viewer import Role

ADMIN = Role.ADMIN
CHANNEL_MANAGER = Role.CHANNEL_MANAGER
FINANCE = Role.FINANCE
AUDITOR = Role.AUDITOR
PARTNER_ADMIN = Role.PARTNER_ADMIN
SELLER = Role.SELLER

VENDOR = {ADMIN, CHANNEL_MANAGER, FINANCE, AUDITOR}
PARTNERS = {PARTNER_ADMIN, SELLER}
EVERYONE = VENDOR | PARTNERS
# What somebody may do whose shop has still to confirm: look at the programs and draft a claim.
WAITING_MAY = frozenset({"claim:read", "claim:file", "product:read", "program:read"})

PERMISSIONS: dict[str, set[Role]] = {
    # audit
    "audit:read": {AUDITOR, ADMIN, FINANCE},
    # partners and people
    "partner:read": VENDOR | {PARTNER_ADMIN},
    "partner:add": {CHANNEL_MANAGER, ADMIN},
    "partner:change": {CHANNEL_MANAGER, ADMIN},
    "partner:close": {CHANNEL_MANAGER, ADMIN},
    "partner:merge": {CHANNEL_MANAGER, ADMIN},
    "tier:set": {CHANNEL_MANAGER},
    "supply:change": {CHANNEL_MANAGER, ADMIN},
    "certificate:record": {CHANNEL_MANAGER, ADMIN},
    "spif:answer": {PARTNER_ADMIN},
    "territory:read": VENDOR,
    "territory:add": {ADMIN, CHANNEL_MANAGER},
    "territory:assign": {ADMIN},
    "person:read": VENDOR | {PARTNER_ADMIN},
    "person:invite": {ADMIN, CHANNEL_MANAGER, PARTNER_ADMIN},
    "person:change_role": {ADMIN, PARTNER_ADMIN},
    "person:view_as": {CHANNEL_MANAGER, ADMIN},
    "employment:end": {ADMIN, PARTNER_ADMIN},
    "role:confirm": {ADMIN, CHANNEL_MANAGER, FINANCE},
    "limit:read": VENDOR,
    "limit:set": {ADMIN},
    "join:decide": {PARTNER_ADMIN},
    "access:review": {ADMIN, AUDITOR, FINANCE},
    "access:decide": {ADMIN, FINANCE},
    "application:read": {ADMIN, CHANNEL_MANAGER, AUDITOR},
    "application:decide": {CHANNEL_MANAGER},
    # sales
    "product:read": EVERYONE,
    "product:change": {CHANNEL_MANAGER, ADMIN},
    "sale:read": VENDOR | {PARTNER_ADMIN},
    "sale:correct": {CHANNEL_MANAGER},
    "import:read": VENDOR,
    "import:run": {CHANNEL_MANAGER, ADMIN},
    "report:read": VENDOR,
    "report:plan": {CHANNEL_MANAGER, ADMIN},
    "report:answer": {FINANCE},
    "name:match": {CHANNEL_MANAGER, ADMIN},
    # claims
    "claim:read": EVERYONE,
    "claim:file": {SELLER, PARTNER_ADMIN, CHANNEL_MANAGER},
    "claim:review": {CHANNEL_MANAGER, FINANCE, AUDITOR, ADMIN},
    "claim:approve": {CHANNEL_MANAGER},
    "claim:reverse": {CHANNEL_MANAGER},
    # programs
    "program:read": EVERYONE,
    "program:review": VENDOR,
    "program:draft": {CHANNEL_MANAGER},
    "program:publish": {CHANNEL_MANAGER},
    "program:close": {CHANNEL_MANAGER},
    "pilot:read": VENDOR,
    "simulation:read": VENDOR,
    "simulation:run": {CHANNEL_MANAGER},
    "reconciliation:read": VENDOR,
    "reconciliation:run": {CHANNEL_MANAGER, FINANCE},
    "statement:read": EVERYONE,
    "target:acknowledge": PARTNERS,
    "target:set": {CHANNEL_MANAGER},
    "target:read": VENDOR,
    "exception:decide": {CHANNEL_MANAGER, FINANCE},
    "exception:ask": {CHANNEL_MANAGER, FINANCE},
    "exception:read": VENDOR,
    "period:close": {CHANNEL_MANAGER, FINANCE},
    "period:calculate": {CHANNEL_MANAGER, FINANCE},
    "period:read": VENDOR,
    "enrollment:read": VENDOR,
    "enrollment:remind": {CHANNEL_MANAGER},
    "program:join": {PARTNER_ADMIN},
    "terms:accept": {PARTNER_ADMIN},
    "receipt:read": VENDOR | {PARTNER_ADMIN},
    # rewards and gamification
    "reward:read": EVERYONE,
    "reward:change": {CHANNEL_MANAGER, ADMIN},
    "reward:order": PARTNERS,
    "order:read": EVERYONE,
    "order:cancel": PARTNERS,
    "order:review": VENDOR,
    "order:fulfill": {CHANNEL_MANAGER},
    "badge:read": EVERYONE,
    "badge:change": {CHANNEL_MANAGER, ADMIN},
    "board:read": EVERYONE,
    "board:consent": PARTNERS,
    "level:read": VENDOR | {PARTNER_ADMIN},
    # ledger
    "ledger:read": {FINANCE, AUDITOR},
    "adjustment:propose": {FINANCE},
    "adjustment:confirm": {FINANCE},
    "month:close": {FINANCE},
}


def allows(role: Role, permission: str) -> bool:
    """Whether a role holds a permission; an unknown permission is a programming error."""
    holders = PERMISSIONS[permission]
    return role is Role.SYSTEM or role in holders
