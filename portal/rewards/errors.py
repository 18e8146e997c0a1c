"""Refusals of the rewards room, in the user's words."""

from __future__ import annotations

from portal.core.errors import Conflict, Forbidden, FourEyes
from portal.core.money import POINTS, show_minor


def stars(number: int) -> str:
    """1 star, 1,860 stars."""
    return f"{show_minor(number, POINTS)} {'star' if number == 1 else 'stars'}"


class SoldOut(Conflict):
    """Somebody else took the last one."""

    code = "sold_out"

    def __init__(self, name: str) -> None:
        super().__init__(f"The last “{name}” has just been ordered. Your stars are untouched.")


class NotEnoughStars(Conflict):
    """The person has fewer points than the reward takes."""

    code = "not_enough_stars"

    def __init__(self, available: int, wanted: int) -> None:
        missing = wanted - available
        verb = "is" if missing == 1 else "are"
        super().__init__(
            f"This takes {stars(wanted)} and you have {show_minor(available, POINTS)}, "
            f"so {show_minor(missing, POINTS)} {verb} missing. Nothing was taken."
        )


class TierTooLow(Forbidden):
    """The reward opens at a higher tier."""

    code = "tier_too_low"

    def __init__(self, name: str, needed: str, tier: str) -> None:
        here = f"Your company is {tier}" if tier else "Your company has no tier yet"
        super().__init__(f"“{name}” opens at {needed}. {here}. Nothing was taken.")


class Retired(Conflict):
    """The reward is no longer offered."""

    code = "retired"

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is no longer offered. Your stars are untouched.")


class PriceChanged(Conflict):
    """The reward costs something else than what the person was shown."""

    code = "price_changed"

    def __init__(self, shown: int, now: int) -> None:
        super().__init__(f"This now takes {stars(now)}, not {stars(shown)}. Look again and decide. Nothing was taken.")


class OrderMoved(Conflict):
    """The state of the order does not allow the act (any more)."""

    code = "order_moved"


class OwnOrder(FourEyes):
    """Nobody handles an own order."""

    code = "own_order"

    def __init__(self) -> None:
        super().__init__("This is your own order, so someone else must handle it.")
