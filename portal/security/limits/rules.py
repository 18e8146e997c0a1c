"""Pure decisions about limits: what is above one, what raises one, and how both are said. Nothing is ever rounded."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from portal.core.money import POINTS, minor_digits, show_minor

MONEY = "money"
MEASURES = (MONEY, POINTS)
Sums = Mapping[str, int | None]  # what an approval posts: unit -> minor units or points; None is without an end
Rate = Callable[[str, str], Fraction | None]  # how many of the second currency one of the first is, in major units


class Kind(enum.StrEnum):
    """What somebody approves that moves money or points."""

    CLAIM = "claim"
    EXCEPTION = "exception"
    ADJUSTMENT = "adjustment"
    PROGRAM = "program"
    ORDER = "order"

    @property
    def plural(self) -> str:
        """Several of them."""
        return f"{self.value}s"

    @property
    def permission(self) -> str:
        """What one must hold to approve it."""
        return _PERMISSIONS[self]

    @property
    def stars(self) -> str:
        """What points are called where this kind is approved."""
        return "stars" if self in (Kind.CLAIM, Kind.ORDER) else "points"


_PERMISSIONS = {
    Kind.CLAIM: "claim:approve", Kind.EXCEPTION: "exception:decide", Kind.ADJUSTMENT: "adjustment:confirm",
    Kind.PROGRAM: "program:publish", Kind.ORDER: "order:fulfill",
}  # fmt: skip
_ACTS = {Kind.PROGRAM: ("may pay", "may pay"), Kind.ORDER: ("costs us", "spends")}


@dataclass(frozen=True)
class Limit:
    """The most of one kind, in minor units of `unit` or points; None is no limit."""

    kind: Kind
    unit: str
    amount: int | None

    @property
    def measure(self) -> str:
        """Whether it bounds money or points."""
        return measure_of(self.unit)


Limits = Mapping[str, Limit]  # the limits of one person and kind by measure; a measure that is not there has none


@dataclass(frozen=True)
class Breach:
    """What is above a limit: the sums of its measure, and their total in its unit, rounded up, if that is known."""

    limit: Limit
    sums: Sums
    total: int | None


def measure_of(unit: str) -> str:
    """Points are bounded apart, for they have no price; all currencies are bounded together."""
    return POINTS if unit == POINTS else MONEY


def raises(before: Limit | None, after: Limit) -> bool:
    """Whether the new limit lets through what the old one did not; another currency counts as raising."""
    if before is None or before.amount is None:
        return False
    return after.amount is None or after.unit != before.unit or after.amount > before.amount


def same(before: Limit | None, after: Limit) -> bool:
    """Whether nothing would change."""
    if before is None or before.amount is None:
        return after.amount is None
    return before == after


def find_breach(limits: Limits, sums: Sums, rate: Rate) -> Breach | None:
    """What of the sums is above the limits. Signs do not count; what cannot be compared is above every limit."""
    for measure in MEASURES:
        limit = limits.get(measure)
        mine = {unit: amount for unit, amount in sums.items() if amount != 0 and measure_of(unit) == measure}
        if limit is None or limit.amount is None or not mine:
            continue
        total = _total(mine, limit.unit, rate)
        if total is None or total > limit.amount:
            return Breach(limit, mine, None if total is None else math.ceil(total))
    return None


def _total(sums: Sums, unit: str, rate: Rate) -> Fraction | None:
    """The sums in minor units of one unit; None when one of them is without an end or has no rate."""
    total = Fraction(0)
    for own, amount in sums.items():
        known = Fraction(1) if own == unit else rate(own, unit)
        if amount is None or known is None:
            return None
        total += abs(amount) * known * Fraction(10) ** (minor_digits(unit) - minor_digits(own))
    return total


def say_amount(kind: Kind, amount: int, unit: str) -> str:
    """An amount with its unit, as the pages of the kind write it."""
    return f"{show_minor(amount, unit)} {kind.stars if unit == POINTS else unit}"


def say_limits(kind: Kind, limits: Limits) -> str:
    """The limits of one kind in words: claims 5,000.00 USD and any number of stars."""
    found = [limit for measure in MEASURES if (limit := limits.get(measure)) and limit.amount is not None]
    if not found:
        return f"{kind.plural} no limit"
    said = " and ".join(say_amount(kind, limit.amount or 0, limit.unit) for limit in found)
    if len(found) == len(MEASURES):
        return f"{kind.plural} {said}"
    rest = f"any number of {kind.stars}" if found[0].measure == MONEY else "any amount of money"
    return f"{kind.plural} {said} and {rest}"


def say_breach(kind: Kind, breach: Breach, others: Sequence[str], *, whose: str = "") -> str:
    """The sentence that refuses: what it would post, what the limit is, who can decide. Without a name it is yours."""
    limit = breach.limit
    held = f"the limit of {whose}" if whose else "your limit"
    bound = f"{held} for {kind.plural} is {say_amount(kind, limit.amount or 0, limit.unit)}"
    can = f"{' or '.join(others)} can decide it." if others else (
        "Nobody else has a limit that is high enough. An admin can ask for a higher one."
    )  # fmt: skip
    return f"{_said(kind, breach)}; {bound}. {can}"


def _said(kind: Kind, breach: Breach) -> str:
    known = {unit: amount for unit, amount in breach.sums.items() if amount is not None}
    if len(known) < len(breach.sums):
        return f"This {kind} has no budget, so it may pay any amount"
    said = " and ".join(say_amount(kind, abs(amount), unit) for unit, amount in known.items())
    act = _ACTS.get(kind, ("posts", "posts"))[breach.limit.measure == POINTS]
    told = f"This {kind} {act} {said}"
    if set(known) == {breach.limit.unit}:
        return told
    if breach.total is None:
        return f"{told}, for which there is no rate to {breach.limit.unit} today"
    return f"{told}, today {say_amount(kind, breach.total, breach.limit.unit)}"
