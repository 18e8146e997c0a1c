"""The way through a campaign, the tier and the near ones on home pages; the tier as a tab of a partner."""

from __future__ import annotations

from portal.security.viewer import Role
from portal.web.slots import Tab, Tile

TILES = [
    Tile("Campaign", "gamification.levels.show_campaign", frozenset({Role.SELLER}), place="night", order=20),
    Tile("Your tier", "gamification.levels.show_tier_card", frozenset({Role.PARTNER_ADMIN}), place="side", order=10),
    Tile("Your tier", "gamification.levels.show_tier_card", frozenset({Role.PARTNER_ADMIN}), place="statement"),
    Tile(
        "Close to the next tier", "gamification.levels.list_near_tier", frozenset({Role.CHANNEL_MANAGER}),
        place="side", order=40,
    ),
]  # fmt: skip
TABS = [Tab("Level", "gamification.levels.show_level", "partner", order=50, permission="level:read")]
