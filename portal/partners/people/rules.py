"""Pure decisions about people: addresses, roles, who may give which."""

from __future__ import annotations

import re

from portal.core.errors import Forbidden, InvalidInput
from portal.security.viewer import ASSIGNABLE_ROLES, PARTNER_ROLES, VENDOR_ROLES, Role, Viewer

_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"[^@\s\x00-\x1f\x7f<>\"',;:\\()\[\]]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
APPROVING_ROLES = frozenset({Role.CHANNEL_MANAGER, Role.FINANCE})
MAX_EMAIL = 254


def clean_email(text: str) -> str:
    """An address in lower case; refuses what no mail server would take."""
    email = text.strip().lower()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise InvalidInput(f"“{text[:60]}” is no e-mail address. Write it like name@company.com.", field="email")
    return email


def clean_name(text: str) -> str:
    """A person's name with single spaces."""
    name = " ".join(text.split())
    if not name:
        raise InvalidInput("A person needs a name.", field="name")
    if len(name) > 120:
        raise InvalidInput("A name may have at most 120 characters.", field="name")
    return name


def clean_role(text: str) -> Role:
    """One of the six roles."""
    if text not in {role.value for role in ASSIGNABLE_ROLES}:
        raise InvalidInput(f"“{text[:40]}” is no role. Use {', '.join(sorted(ASSIGNABLE_ROLES))}.", field="role")
    return Role(text)


def check_side(role: Role, *, has_partner: bool) -> None:
    """The vendor's roles belong to no partner, the partner's roles to one."""
    if role in PARTNER_ROLES and not has_partner:
        raise InvalidInput(f"A {role.label.lower()} belongs to a partner. Name the partner.", field="partner")
    if role in VENDOR_ROLES and has_partner:
        raise InvalidInput(f"A {role.label.lower()} works for the vendor, not for a partner.", field="partner")


def roles_given_by(viewer: Viewer) -> tuple[Role, ...]:
    """The roles a viewer may invite people for; approving roles still need a second person."""
    if viewer.role in (Role.ADMIN, Role.SYSTEM):
        return (*sorted(VENDOR_ROLES), *sorted(PARTNER_ROLES))
    return tuple(sorted(PARTNER_ROLES)) if viewer.role in (Role.CHANNEL_MANAGER, Role.PARTNER_ADMIN) else ()


def check_giving(role: Role, viewer: Viewer) -> None:
    """Refuse a role the viewer may not give."""
    if role not in roles_given_by(viewer):
        raise Forbidden(f"Your role does not allow making somebody a {role.label.lower()}.")


def needs_second_person(role: Role) -> bool:
    """Whether giving this role must be confirmed by somebody else, because it approves."""
    return role in APPROVING_ROLES
