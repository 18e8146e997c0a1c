"""The one who is looking: a frozen value that every query and service takes."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Role(enum.StrEnum):
    """What a person is here for; the vendor's four and the partner's two, and the system itself."""

    ADMIN = "admin"
    CHANNEL_MANAGER = "channel_manager"
    FINANCE = "finance"
    AUDITOR = "auditor"
    PARTNER_ADMIN = "partner_admin"
    SELLER = "seller"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        """The role in words."""
        return self.value.replace("_", " ").capitalize()


VENDOR_ROLES = frozenset({Role.ADMIN, Role.CHANNEL_MANAGER, Role.FINANCE, Role.AUDITOR})
PARTNER_ROLES = frozenset({Role.PARTNER_ADMIN, Role.SELLER})
ASSIGNABLE_ROLES = VENDOR_ROLES | PARTNER_ROLES


@dataclass(frozen=True)
class Viewer:
    """A signed-in person as rooms see one: identity, role and scope, nothing to write to."""

    person_id: int | None
    role: Role
    partner_id: int | None = None
    territory_ids: frozenset[int] = field(default_factory=frozenset)
    name: str = ""
    email: str = ""
    organization: str = ""
    owner_id: int | None = None
    session_id: int | None = None
    view_as_by: int | None = None
    theme: str | None = None
    tz: str = ""
    waiting: bool = False

    @property
    def is_vendor(self) -> bool:
        """Whether the viewer works for the vendor (or is the system)."""
        return self.role in VENDOR_ROLES or self.role is Role.SYSTEM

    @property
    def is_partner(self) -> bool:
        """Whether the viewer works for a partner."""
        return self.role in PARTNER_ROLES

    @property
    def read_only(self) -> bool:
        """Viewing as somebody else never changes anything."""
        return self.view_as_by is not None

    def can(self, permission: str) -> bool:
        """Whether the viewer's role holds a permission such as `claim:approve`; who waits for a shop may little."""
        from portal.security.permissions import WAITING_MAY, allows

        return allows(self.role, permission) and (not self.waiting or permission in WAITING_MAY)


SYSTEM = Viewer(person_id=None, role=Role.SYSTEM, name="The portal")
