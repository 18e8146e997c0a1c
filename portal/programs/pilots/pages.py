"""What the page of a comparison says: figures, the sentence, what it can and cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from portal.core.errors import PortalError
from portal.core.money import POINTS, minor_digits, parse_minor, show_minor
from portal.engine.rounding import round_minor
from portal.programs.pilots.queries import Draw, Result
from portal.programs.pilots.rules import FEW, RESAMPLES, Comparison, Worth, worth

MOST_STAR = 1000


@dataclass(frozen=True)
class Typed:
    """What was typed beside the figures: other costs, and what one star costs."""

    costs: str = ""
    star: str = ""


def pilot_page(draw: Draw, result: Result, typed: Typed) -> dict[str, Any]:
    """Everything the page shows."""
    problems: dict[str, str] = {}
    paid = _paid(draw, result, typed, problems)
    others = _read(typed.costs, result.unit, "costs", problems)
    compared = result.comparison
    known = compared is not None and paid is not None and not result.no_cost and compared.pilot.during > 0
    value = _worth(compared, (paid or 0) + others) if compared is not None and known else None
    return {
        "program": draw.program, "draw": draw, "result": result, "compared": compared, "typed": typed,
        "problems": problems, "paid": paid, "others": others, "value": value, "resamples": RESAMPLES,
        "verdict": verdict(compared, result.unit) if compared is not None else "", "why_no_roi": _why_not(result, paid),
        "margin_percent": _margin(compared) if compared is not None else None,
    }  # fmt: skip


def _worth(compared: Comparison, costs: int) -> Worth:
    share = Fraction(compared.pilot.margin, compared.pilot.during)
    return worth(compared.expected, compared.pilot.during, share, costs)


def _margin(compared: Comparison) -> str:
    """The margin of what the pilot sold, in percent with one decimal."""
    if compared.pilot.during <= 0:
        return ""
    tenths = round_minor(Fraction(compared.pilot.margin * 1000, compared.pilot.during))
    return f"{Decimal(tenths) / 10}".replace("-", "\N{MINUS SIGN}")


def _paid(draw: Draw, result: Result, typed: Typed, problems: dict[str, str]) -> int | None:
    """What the program cost in the currency sales are measured in; None where that cannot be told."""
    unit = draw.program.unit
    if unit == result.unit:
        return result.earned
    if unit != POINTS or not typed.star:
        return None
    try:
        star = Fraction(typed.star.replace(",", ""))
    except (ValueError, ZeroDivisionError):
        star = Fraction(-1)
    if not 0 <= star <= MOST_STAR:
        problems["star"] = f"“{typed.star}” is no price of a star. Write it like 0.01."
        return None
    return round_minor(result.earned * star * 10 ** minor_digits(result.unit))


def _read(text: str, unit: str, name: str, problems: dict[str, str]) -> int:
    """An amount as typed, in minor units; 0 with a sentence where it cannot be read."""
    try:
        found = parse_minor(text, unit) if text else 0
    except PortalError as error:
        problems[name] = error.sentence
        return 0
    if found < 0:
        problems[name] = "Costs are not negative. Write the amount without a sign."
    return max(found, 0)


def verdict(compared: Comparison, unit: str) -> str:
    """What the difference says, in one sentence."""
    if compared.is_small:
        return (
            f"One of the groups has fewer than {FEW} companies: whatever the difference is, it may well be chance. "
            "Let more take part before you decide."
        )
    more = "more" if compared.effect >= 0 else "less"
    amount = f"{show_minor(abs(compared.effect), unit)} {unit}"
    said = f"A pilot company sold {amount} {more} than it would have, had it changed as the others did"
    if compared.is_sure:
        return f"{said}. In 95 of 100 redraws of both groups the difference points the same way."
    return f"{said}, but redraws of both groups point either way: this may be chance."


def _why_not(result: Result, paid: int | None) -> str:
    """Why there is no return, where there is none."""
    if result.no_cost:
        return "The cost of some goods is not on file, so their margin is not known. Import their costs to see it."
    if paid is None:
        return "The program pays stars. Write what one star costs to see the return."
    return "The pilot sold nothing that counts, so there is no margin to tell."
