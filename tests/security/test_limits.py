"""The pure check: what is above a limit, in which words, and the property that nothing above one ever passes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import POINTS
from portal.security.limits.rules import Kind, Limit, find_breach, raises, same, say_breach, say_limits

UNITS = ("USD", "EUR", "JPY", "KWD", POINTS)
RATES = {("EUR", "USD"): Fraction(108, 100), ("USD", "EUR"): Fraction(100, 108), ("JPY", "USD"): Fraction(1, 150)}


def rate(currency: str, base: str) -> Fraction | None:
    return RATES.get((currency, base))


def limits(amount: int | None, unit: str = "USD", kind: Kind = Kind.CLAIM) -> dict[str, Limit]:
    limit = Limit(kind, unit, amount)
    return {limit.measure: limit}


def refused(kind: Kind, own: dict[str, Limit], sums: dict[str, int | None], *others: str) -> str:
    breach = find_breach(own, sums, rate)
    assert breach is not None
    return say_breach(kind, breach, others)


@pytest.mark.parametrize("amount", [100_000, -100_000, 0])
def test_exactly_the_limit_passes_and_signs_do_not_count(amount: int):
    assert find_breach(limits(100_000), {"USD": amount}, rate) is None
    assert find_breach(limits(100_000), {"USD": -100_001}, rate) is not None


def test_the_sentence_says_what_it_posts_the_limit_and_who_can_decide():
    assert refused(Kind.CLAIM, limits(100_000), {"USD": 124_000}, "Sam Idris") == (
        "This claim posts 1,240.00 USD; your limit for claims is 1,000.00 USD. Sam Idris can decide it."
    )
    assert refused(Kind.CLAIM, limits(100, POINTS), {POINTS: 160}, "Sam Idris", "Ada Quist") == (
        "This claim posts 160 stars; your limit for claims is 100 stars. Sam Idris or Ada Quist can decide it."
    )
    assert refused(Kind.ADJUSTMENT, limits(100, POINTS, Kind.ADJUSTMENT), {POINTS: -160}).startswith(
        "This adjustment posts 160 points; your limit for adjustments is 100 points. Nobody else"
    )


def test_another_currency_is_compared_at_the_rate_of_the_day_without_rounding():
    assert find_breach(limits(10_800), {"EUR": 10_000}, rate) is None
    assert "posts 100.01 EUR, today 108.02 USD; your limit" in refused(Kind.CLAIM, limits(10_800), {"EUR": 10_001})
    assert find_breach(limits(100), {"JPY": 150}, rate) is None, "yen have no cents: 150 are one dollar"
    assert find_breach(limits(100), {"JPY": 151}, rate) is not None


def test_without_a_rate_it_needs_somebody_without_a_limit():
    said = refused(Kind.EXCEPTION, limits(10**9), {"KWD": 1})
    assert "posts 0.001 KWD, for which there is no rate to USD today; your limit for exceptions is" in said
    assert find_breach(limits(None), {"KWD": 10**12}, rate) is None
    assert find_breach({}, {"KWD": 10**12}, rate) is None


def test_a_program_without_a_budget_is_above_every_limit():
    own = limits(10**12, kind=Kind.PROGRAM)
    assert "This program has no budget, so it may pay any amount; your limit" in refused(
        Kind.PROGRAM, own, {"USD": None}
    )
    assert "This program may pay 60,000.00 USD; your limit" in refused(Kind.PROGRAM, limits(1), {"USD": 6_000_000})
    assert find_breach(own, {POINTS: None}, rate) is None, "points are bounded apart"


def test_several_amounts_of_money_count_together():
    assert find_breach(limits(20_800), {"USD": 10_000, "EUR": 10_000}, rate) is None
    assert find_breach(limits(20_799), {"USD": 10_000, "EUR": 10_000}, rate) is not None


def test_an_order_counts_its_stars_and_its_cost():
    sums: dict[str, int | None] = {POINTS: 2000, "USD": 8000}
    assert "This order spends 2,000 stars" in refused(Kind.ORDER, limits(1999, POINTS), sums)
    assert "This order costs us 80.00 USD" in refused(Kind.ORDER, limits(7999), sums)


@pytest.mark.parametrize(
    ("before", "after", "higher"),
    [
        (None, Limit(Kind.CLAIM, "USD", 5), False),
        (Limit(Kind.CLAIM, "USD", None), Limit(Kind.CLAIM, "USD", 5), False),
        (Limit(Kind.CLAIM, "USD", 5), Limit(Kind.CLAIM, "USD", 4), False),
        (Limit(Kind.CLAIM, "USD", 5), Limit(Kind.CLAIM, "USD", 6), True),
        (Limit(Kind.CLAIM, "USD", 5), Limit(Kind.CLAIM, "USD", None), True),
        (Limit(Kind.CLAIM, "USD", 5), Limit(Kind.CLAIM, "EUR", 4), True),
    ],
)
def test_what_lets_more_through_than_before_is_a_raise(before: Limit | None, after: Limit, higher: bool):
    assert raises(before, after) is higher
    assert not same(before, after)


def test_no_limit_twice_is_no_change():
    assert same(None, Limit(Kind.CLAIM, "USD", None))
    assert same(Limit(Kind.CLAIM, "USD", 5), Limit(Kind.CLAIM, "USD", 5))


def test_limits_are_said_in_words_and_so_is_their_absence():
    assert say_limits(Kind.PROGRAM, {}) == "programs no limit"
    assert say_limits(Kind.CLAIM, limits(500_000)) == "claims 5,000.00 USD and any number of stars"
    assert say_limits(Kind.CLAIM, limits(2000, POINTS)) == "claims 2,000 stars and any amount of money"
    both = limits(500_000) | limits(2000, POINTS)
    assert say_limits(Kind.CLAIM, both) == "claims 5,000.00 USD and 2,000 stars"


SUMS = st.dictionaries(st.sampled_from(UNITS), st.none() | st.integers(-(10**13), 10**13), max_size=4)
HELD = st.tuples(st.none() | st.integers(0, 10**13), st.sampled_from(UNITS[:-1]), st.none() | st.integers(0, 10**13))


@given(SUMS, HELD)
def test_nothing_above_a_limit_ever_passes_and_nothing_within_one_is_refused(
    sums: dict[str, int | None], held: tuple[int | None, str, int | None]
):
    money, unit, points = held
    own = limits(money, unit) | limits(points, POINTS)
    stars = sums.get(POINTS, 0)
    worth: Fraction | None = Fraction(0)
    for currency, amount in sums.items():
        if currency != POINTS and amount != 0:
            major = rate(currency, unit) if currency != unit else Fraction(1)
            digits = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
            known = None if amount is None or major is None else abs(amount) * major / 10 ** digits[currency]
            worth = None if worth is None or known is None else worth + known
    digits_of = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}[unit]
    above_money = money is not None and (worth is None or worth > Fraction(money, 10**digits_of))
    above_points = points is not None and (stars is None or abs(stars) > points)
    assert (find_breach(own, sums, rate) is not None) == (above_money or above_points)
