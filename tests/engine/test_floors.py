"""Price floors: what was sold too far under its list price does not count, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal.engine.errors import CalculationError
from portal.engine.explain import explain
from portal.engine.frames import Facts
from portal.engine.pipeline import calculate
from tests.engine.channel import day, earned, facts, line, program, rate

TEN = "{code: c, method: percent, percent: 10}"
START = day("2013-01-01")
ONE = program(TEN, qualify="{price_floor: {percent_of_list: 80}}")


def listed(price: int | None, currency: str = "USD", since: str = "2013-01-01", product_id: int = 1) -> dict[str, Any]:
    return {
        "product_id": product_id, "valid_from": day(since), "cost": 1, "list_price": price, "currency": currency,
    }  # fmt: skip


def reasons(given: Facts) -> list[str]:
    return [fact.reason for fact in explain(ONE, given, participant_id=1, period_start=START)[0].lines]


CHEAP = "sold under 80 % of the list price"


def test_a_price_under_the_floor_does_not_count_and_the_floor_itself_does() -> None:
    given = facts([line(amount=8_000), line(amount=7_999), line(amount=15_999, quantity=2)], prices=[listed(10_000)])
    assert earned(ONE, given) == [800]
    assert reasons(given) == ["", CHEAP, CHEAP]


def test_the_price_of_the_day_decides_and_the_first_one_before_it() -> None:
    prices = [listed(10_000), listed(5_000, since="2013-02-01")]
    given = facts([line("2012-12-31", 9_000), line("2013-01-31", 4_000), line("2013-02-01", 4_000)], prices=prices)
    assert earned(ONE, given) == [400]
    assert reasons(given) == [CHEAP, ""]


@pytest.mark.parametrize("prices", [[], [listed(None)], [listed(10_000, "EUR")]])
def test_what_cannot_be_compared_counts(prices: list[dict[str, Any]]) -> None:
    given = facts([line(amount=100)], prices=prices)
    assert earned(ONE, given) == [10]
    assert reasons(given) == [""]


def test_prices_without_a_list_price_and_lines_without_names_count() -> None:
    given = facts([line(amount=100)], prices=[listed(None)])
    bare = replace(
        given, product_prices=given.product_prices.drop("list_price"), sales=given.sales.drop("returns_line_id")
    )
    assert earned(ONE, bare) == [10]
    assert reasons(bare) == [""]


def test_another_currency_is_compared_at_the_rate_of_the_day() -> None:
    rates = [rate("EUR", "USD", "2013-01-01", 1.25), rate("EUR", "USD", "2013-03-01", 1.3)]
    lines = [line("2013-02-01", 10_000), line("2013-03-01", 10_000), line("2013-03-02", 10_400)]
    given = facts(lines, prices=[listed(10_000, "EUR")], rates=rates)
    assert earned(ONE, given) == [2_040]
    assert reasons(given) == ["", CHEAP, ""]


def test_a_return_goes_with_its_sale_whatever_is_paid_back() -> None:
    back = {"quantity": -1, "origin": "2013-02-01"}
    lines = [
        line(amount=9_000), line(amount=5_000),
        line("2013-02-05", -6_000, returns_line_id=0, **back), line("2013-02-05", -9_000, returns_line_id=1, **back),
        line("2013-02-06", -5_000, quantity=-1), line("2013-02-07", -100, quantity=0),
    ]  # fmt: skip
    given = facts(lines, prices=[listed(10_000)])
    assert reasons(given) == ["", CHEAP, "", CHEAP, CHEAP, ""]
    assert earned(ONE, given) == [(9_000 - 6_000 - 100) // 10]


def test_a_component_has_a_floor_of_its_own_and_none_hides_the_others() -> None:
    parts = [
        "{code: all, method: percent, percent: 1}",
        "{code: fair, method: percent, percent: 1, qualify: {price_floor: {percent_of_list: 80}}}",
        "{code: full, method: percent, percent: 1, qualify: {price_floor: {percent_of_list: 99.5}}}",
    ]
    given = facts([line(amount=number) for number in (10_000, 9_949, 5_000)], prices=[listed(10_000)])
    assert earned(program("\n".join(parts)), given) == [249, 199, 100]


def test_the_sales_a_year_before_meet_the_floor_too() -> None:
    growth = "{code: c, method: growth, bands: [{from: 100, percent: 10}]}"
    one = program(growth, qualify="{price_floor: {percent_of_list: 80}}")
    lines = [line("2012-02-01", 9_000), line("2012-02-02", 7_000), line("2013-02-01", 10_000)]
    rows = calculate([one], facts(lines, prices=[listed(10_000)]))
    assert rows.select("baseline", "earned").rows() == [(9_000, 1_000)]


def test_an_activity_has_no_price() -> None:
    one = program("{code: c, method: per_unit, measure: 'activity:trainings', amount: 5}",
                  qualify="{price_floor: {percent_of_list: 80}}")  # fmt: skip
    assert one.versions[0].plan.floor_of(one.versions[0].plan.components[0]) is None


def test_figures_too_large_to_be_compared_exactly_are_refused_in_words() -> None:
    rates = [{"currency": "USD", "base": "EUR", "valid_from": 0, "rate": 10**17 + 3}]
    given = facts([line(amount=10**17)], prices=[listed(10, "EUR")], rates=rates)
    with pytest.raises(CalculationError, match="too large to be compared exactly"):
        calculate([ONE], given)
