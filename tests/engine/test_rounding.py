"""The two roundings."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.engine.rounding import round_minor, round_minor_expr, split_exactly

shares_lists = st.lists(st.fractions(min_value=-50, max_value=50, max_denominator=12), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("top", "bottom", "expected"), [(5, 2, 3), (-5, 2, -3), (7, 3, 2), (-7, 3, -2), (0, 9, 0), (1, 2, 1)]
)
def test_half_is_rounded_away_from_zero_both_ways(top: int, bottom: int, expected: int) -> None:
    assert round_minor(top, bottom) == expected
    frame = pl.DataFrame({"t": [top], "b": [bottom]}, schema={"t": pl.Int128, "b": pl.Int128})
    assert frame.select(round_minor_expr(pl.col("t"), pl.col("b"))).item() == expected


def test_missing_units_go_to_the_largest_cut_and_ties_to_the_first() -> None:
    assert split_exactly(10, [Fraction(10, 3)] * 3) == [4, 3, 3]
    assert split_exactly(5, [Fraction(3, 2), Fraction(17, 10), Fraction(17, 10)]) == [1, 2, 2]


@settings(max_examples=50, deadline=None)
@given(shares=shares_lists)
def test_a_split_sums_and_its_reversal_is_the_exact_negative(shares: list[Fraction]) -> None:
    total = round_minor(sum(shares, start=Fraction(0)))
    whole = split_exactly(total, shares)
    assert sum(whole) == total
    assert split_exactly(-total, [-share for share in shares]) == [-unit for unit in whole]
    assert all(abs(unit - share) < 1 for unit, share in zip(whole, shares, strict=True))
