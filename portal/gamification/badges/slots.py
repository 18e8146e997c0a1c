"""The door of the badges, and the closest one on home."""

from __future__ import annotations

from portal.security.viewer import Role
from portal.web.slots import NavItem, Tile

NAV = [
    NavItem(
        "Badges", "gamification.badges.list_badges", "medal", group="Play", order=71, permission="badge:read",
        roles=frozenset({Role.SELLER, Role.PARTNER_ADMIN, Role.CHANNEL_MANAGER, Role.ADMIN}),
        owns=("gamification.badges.",),
    )
]  # fmt: skip
TILES = [Tile("Closest badge", "gamification.badges.show_closest", frozenset({Role.SELLER}), place="side", order=30)]
