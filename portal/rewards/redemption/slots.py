"""Orders in the global search."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import func

from portal.core.db import session
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.queries import OrderFilter, OrderRow, search_orders, visible_orders
from portal.rewards.redemption.rules import STEP_WORDS, WAITING
from portal.security.viewer import Viewer
from portal.web.slots import Hit, LooseEnd


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


def open_orders(viewer: Viewer, partner_ids: Collection[int]) -> Iterable[LooseEnd]:
    """Orders of these partners' people that have not been delivered."""
    query = visible_orders(viewer).where(RewardOrder.partner_id.in_(partner_ids), RewardOrder.state.in_(WAITING))
    number = session.scalar(query.with_only_columns(func.count())) or 0
    if number and viewer.can("order:review"):
        label = "One order is" if number == 1 else f"{number} orders are"
        says = "They are fulfilled as usual; stars held for an order that is refused go back to the person."
        yield LooseEnd(f"{label} on the way.", says, url_for("rewards.fulfillment.list_waiting"))


LOOSE_ENDS = [open_orders]
