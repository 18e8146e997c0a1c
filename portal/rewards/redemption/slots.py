"""Orders in the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.rewards.redemption.queries import OrderFilter, OrderRow, search_orders
from portal.rewards.redemption.rules import STEP_WORDS
from portal.security.viewer import Viewer
from portal.web.slots import Hit


def find_orders(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Visible orders whose number, reward, person or company carries the text."""
    rows = [OrderRow(*row) for row in session.execute(search_orders(viewer, OrderFilter(q=text)).limit(6))]
    return [
        Hit(
            f"{row.order.number} {row.reward.name}", f"{STEP_WORDS[row.order.state]}, {row.person}",
            url_for("rewards.redemption.show_order", number=row.order.number), "box", "Orders",
        )
        for row in rows
    ]  # fmt: skip


SEARCH = [find_orders]
