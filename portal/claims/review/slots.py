"""What other pages show of the queue."""

from __future__ import annotations

from portal.security.viewer import Role
from portal.web.slots import NavItem, Tile

MANAGERS = frozenset({Role.CHANNEL_MANAGER.value})
NAV = [
    NavItem(
        "Claims", "claims.review.list_queue", "claim", order=20, permission="claim:review",
        count_endpoint="claims.review.count_waiting", thumb=True,
        owns=("claims.review.", "claims.submission."),
    ),
]  # fmt: skip
TILES = [Tile("Claims to decide", "claims.review.show_summary", MANAGERS, place="main", order=10)]
