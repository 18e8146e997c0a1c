"""The catalog's doors, tiles and answers to the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.rewards.catalog.models import Reward
from portal.rewards.catalog.queries import visible_rewards
from portal.security.viewer import Role, Viewer
from portal.web.filters import points
from portal.web.slots import Hit, NavItem, Tile

NAV = [
    NavItem(
        "Rewards", "rewards.catalog.list_rewards", "gift", order=30, permission="reward:read",
        thumb=True, roles=frozenset({Role.SELLER, Role.PARTNER_ADMIN}), owns=("rewards.",),
    ),
    NavItem(
        "Rewards", "rewards.catalog.list_rewards", "gift", group="Rewards", order=60, permission="reward:read",
        roles=frozenset({Role.CHANNEL_MANAGER, Role.ADMIN, Role.FINANCE, Role.AUDITOR}),
    ),
]  # fmt: skip
TILES = [Tile("Closest reward", "rewards.catalog.show_closest", frozenset({Role.SELLER}), order=25)]


def find_rewards(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Rewards whose name carries the text."""
    query = visible_rewards(viewer).where(Reward.name.icontains(text, autoescape=True)).order_by(Reward.name).limit(6)
    return [
        Hit(
            reward.name, f"{points(reward.points)} stars", url_for("rewards.catalog.show_reward", code=reward.code),
            "gift", "Rewards",
        )
        for reward in session.scalars(query)
    ]  # fmt: skip


SEARCH = [find_rewards]
