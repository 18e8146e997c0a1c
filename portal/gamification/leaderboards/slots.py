"""The door of the board, and the neighbors on home."""

from __future__ import annotations

from portal.security.viewer import Role
from portal.web.slots import NavItem, Tile

NAV = [
    NavItem(
        "Leaderboard", "gamification.leaderboards.show_board", "board", group="Play", order=25,
        permission="board:read", thumb=True, roles=frozenset({Role.SELLER, Role.PARTNER_ADMIN}),
    ),
    NavItem(
        "Leaderboard", "gamification.leaderboards.show_board", "board", group="Play", order=70,
        permission="board:read", roles=frozenset({Role.CHANNEL_MANAGER}),
    ),
]  # fmt: skip
TILES = [
    Tile(
        "Around you", "gamification.leaderboards.show_around", frozenset({Role.SELLER, Role.PARTNER_ADMIN}),
        place="side", order=20,
    )
]  # fmt: skip
