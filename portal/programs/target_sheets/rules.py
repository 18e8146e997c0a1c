"""How a target is proposed: the same period of last year, raised by a percentage, rounded up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from portal.core.errors import PortalError
from portal.core.money import parse_plain


@dataclass(frozen=True)
class Proposal:
    """Growth in percent, the step that targets are rounded up to and the goal of all, in major units or counts."""

    growth: Decimal = Decimal(0)
    step: Decimal = Decimal(1)
    goal: Decimal | None = None

    def target(self, history: Decimal) -> Decimal | None:
        """The proposed target; nothing for somebody without a history."""
        if history <= 0:
            return None
        raised = Fraction(history) * (100 + Fraction(self.growth)) / 100
        return ceil(raised / Fraction(self.step)) * self.step


def read_proposal(growth: str, step: str, goal: str) -> tuple[Proposal, dict[str, str]]:
    """What was typed, with a sentence for every field that cannot be used."""
    problems: dict[str, str] = {}

    def number(name: str, text: str, usual: str, low: Decimal, high: Decimal) -> Decimal:
        try:
            value = parse_plain(text or usual)
        except PortalError as error:
            problems[name] = error.sentence
            return Decimal(usual)
        if not low <= value <= high or value != round(value, 4):
            problems[name] = f"Write a number from {low} to {high:,} with at most four decimals."
            return Decimal(usual)
        return value

    most = Decimal(10**9)
    found = Proposal(
        number("growth", growth, "10", Decimal(-99), Decimal(1000)),
        number("step", step, "100", Decimal("0.01"), Decimal(10**6)),
        number("goal", goal, "0", Decimal(0), most) or None,
    )
    return found, problems
