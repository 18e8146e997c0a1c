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

PERMISSIONS: dict[str, set[Role]] = {
    # audit
    "audit:read": {AUDITOR, ADMIN, FINANCE},
}


def allows(role: Role, permission: str) -> bool:
    """Whether a role holds a permission; an unknown permission is a programming error."""
    holders = PERMISSIONS[permission]
    return role is Role.SYSTEM or role in holders
