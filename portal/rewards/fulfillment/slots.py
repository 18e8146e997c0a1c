"""The queue's door in the rail."""

from __future__ import annotations

from portal.web.slots import NavItem

NAV = [
    NavItem(
        "Orders to fulfill", "rewards.fulfillment.list_waiting", "box", group="Rewards", order=61,
        permission="order:review", count_endpoint="rewards.fulfillment.count_waiting",
        count_permission="order:fulfill",
        owns=("rewards.fulfillment.", "rewards.redemption."),
    )
]  # fmt: skip
