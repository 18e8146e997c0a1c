"""The only two roundings of the engine. Both are exact and both mirror: a negated input gives the negated result."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl


def round_minor(numerator: Fraction | int, denominator: int = 1) -> int:
    """The nearest whole minor unit (or point), half away from zero (DOMAIN section 2)."""
    exact = Fraction(numerator, denominator)
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    rounded = whole + (2 * rest >= exact.denominator)
    return -rounded if exact < 0 else rounded


def round_minor_expr(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """The same rounding of a whole column, in whose kind it stays; the denominator is positive."""
    rounded = (numerator.abs() * 2 + denominator) // (denominator * 2)
    return pl.when(numerator < 0).then(rounded * -1).otherwise(rounded)


def split_exactly(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole shares that sum to `total`, given exact shares in tie order that sum to it before it was rounded.

    Each share is cut toward zero; the missing units go, one each, to the lines with the largest part cut off in the
    direction of what is missing, earlier lines first (largest remainder, DOMAIN section 2).
    """
    whole = [abs(share.numerator) // share.denominator * (1 if share >= 0 else -1) for share in shares]
    missing = total - sum(whole)
    sign = 1 if missing > 0 else -1
    by_cut = sorted(range(len(shares)), key=lambda index: (-(shares[index] - whole[index]) * sign, index))
    for index in by_cut[: abs(missing)]:
        whole[index] += sign
    return whole
