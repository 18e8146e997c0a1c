"""Pure decisions about orders: what may follow what, and in which words."""

from __future__ import annotations

import re

from portal.core.errors import InvalidInput
from portal.rewards.redemption.models import OrderState

ALLOWED: dict[str, frozenset[str]] = {
    OrderState.PLACED: frozenset({OrderState.APPROVED, OrderState.CANCELLED}),
    OrderState.APPROVED: frozenset({OrderState.FULFILLED, OrderState.CANCELLED}),
    OrderState.FULFILLED: frozenset({OrderState.DELIVERED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
WAITING = (OrderState.PLACED, OrderState.APPROVED)
MIN_DAYS_GIVEN_BACK = 30
STEP_WORDS = {
    "placed": "Ordered", "approved": "Approved", "fulfilled": "Sent", "delivered": "Delivered", "cancelled": "Canceled",
}  # fmt: skip
STATE_WORDS = STEP_WORDS | {"placed": "waiting"}
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def may_become(state: str, wanted: str) -> bool:
    """Whether an order in that state may take the next one."""
    return wanted in ALLOWED[state]


def is_cancellable(state: str) -> bool:
    """Whether an order has not been handed over yet."""
    return may_become(state, OrderState.CANCELLED)


def checked_key(key: str) -> str:
    """The form's own key, which makes a second press the same order."""
    if not _KEY.fullmatch(key):
        raise InvalidInput("This form is not complete. Open the reward again and order from there.")
    return key
