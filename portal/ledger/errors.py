"""Refusals of the ledger, in the user's words."""

from __future__ import annotations

from portal.core.errors import Conflict, FourEyes, InvalidInput
from portal.core.money import POINTS, show_minor


def shown(amount: int, unit: str) -> str:
    """An amount with its unit, for a sentence."""
    return f"{show_minor(amount, unit)} {unit}"


class NotEnough(Conflict):
    """The owner has less than what would be taken."""

    code = "not_enough"

    def __init__(self, available: int, wanted: int, unit: str) -> None:
        lacking = shown(wanted - available, unit)
        super().__init__(
            f"{shown(wanted, unit)} are needed and {shown(available, unit)} are available, so {lacking} are missing. "
            "Nothing was taken."
        )


class AlreadySettled(Conflict):
    """A hold is captured or released once."""

    code = "already_settled"


class NoSuchHold(Conflict):
    """The key names no entry that could be settled."""

    code = "no_such_hold"


class NotReversible(Conflict):
    """This kind of entry is corrected in another way."""

    code = "not_reversible"


class MonthClosed(Conflict):
    """An accounting month cannot be closed (again)."""

    code = "month_closed"


class OwnAdjustment(FourEyes):
    """Whoever proposed an adjustment cannot confirm it."""

    code = "own_adjustment"

    def __init__(self) -> None:
        super().__init__("You proposed this adjustment, so someone else must decide it. Nothing was posted.")


class UnusableAmount(InvalidInput):
    """Zero, or beyond what one amount may be."""

    code = "unusable_amount"

    def __init__(self, unit: str) -> None:
        what = "points" if unit == POINTS else f"amount in {unit}"
        super().__init__(
            f"This {what} cannot be posted: it is zero or larger than a single amount may be.", field="amount"
        )
