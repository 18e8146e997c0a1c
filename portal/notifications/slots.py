"""The door to one's own notices, with how many are new."""

from __future__ import annotations

from portal.web.slots import NavItem

NAV = [
    NavItem(
        "Notifications",
        "notifications.list_notifications",
        "bell",
        order=28,
        count_endpoint="notifications.count_new",
    )
]
