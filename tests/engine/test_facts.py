"""What the engine makes of facts: exchange, margin, counts, dated values, and refusals in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.pipeline import EARNINGS, calculate
from tests.engine.channel import day, earned, facts, line, program, rate, who

ALL = "{code: c, method: percent, percent: 100}"
MARGIN = "{code: c, method: percent, measure: margin, percent: 100}"


def price(cost: int | None, since: str = "2012-01-01", **values: Any) -> dict[str, Any]:
    return {"product_id": 1, "valid_from": day(since), "cost": cost, "currency": "USD"} | values


def test_no_sales_make_no_earnings_of_the_right_columns() -> None:
    for given in (facts([]), facts([line("2010-01-01")])):
        rows = calculate([program(ALL)], given)
        assert dict(rows.schema) == EARNINGS
        assert rows.is_empty()


def test_yen_and_dinar_keep_their_own_decimals() -> None:
    given = facts([line(amount=150, currency="JPY")], rates=[rate("JPY", "KWD", "2013-01-01", 0.0021)])
    assert earned(program(ALL, pay="{in: KWD}"), given) == [315]
    given = facts([line(amount=315, currency="KWD")], rates=[rate("JPY", "KWD", "2013-01-01", 0.0021)])
    assert earned(program(ALL, pay="{in: JPY}"), given) == [150]


def test_without_a_direct_rate_one_hop_over_a_common_base_counts() -> None:
    rates = [rate("EUR", "USD", "2013-01-01", 1.2), rate("GBP", "USD", "2013-01-01", 1.5)]
    given = facts([line(amount=1000, currency="EUR")], rates=rates)
    assert earned(program(ALL, pay="{in: GBP}"), given) == [800]


def test_a_missing_rate_names_currency_base_and_day() -> None:
    given = facts([line(amount=1, currency="EUR")], rates=[rate("GBP", "USD", "2013-01-01", 1.5)])
    with pytest.raises(CalculationError, match="no exchange rate from EUR to USD on 2013-02-01"):
        calculate([program(ALL)], given)
    other = facts([line(amount=1, currency="EUR", product_id=2), line(amount=2)])
    assert earned(program(ALL, qualify="{categories: [Accessories]}"), other) == [2]


def test_margin_takes_the_cost_in_force_on_the_day() -> None:
    prices = [price(100), price(50, "2013-02-10", currency="EUR")]
    lines = [line("2011-12-01", 1000), line("2013-02-01", 1000, quantity=2), line("2013-02-11", 1000, quantity=2)]
    given = facts(lines, prices=prices, rates=[rate("EUR", "USD", "2013-01-01", 2)])
    assert earned(program(MARGIN), given) == [800 + 800]


def test_a_missing_cost_names_the_product() -> None:
    with pytest.raises(CalculationError, match="no cost of HL-U509"):
        calculate([program(MARGIN)], facts([line(amount=1)], prices=[price(None)]))


def test_an_invoice_that_came_back_counts_no_more() -> None:
    one = program("{code: c, method: per_unit, amount: 5, measure: invoices}")
    lines = [
        line(invoice_no="A"),
        line(invoice_no="A"),
        line(invoice_no="B"),
        line(invoice_no=None),
        line(invoice_no=""),
    ]
    assert earned(one, facts(lines)) == [1000]
    assert earned(one, facts([*lines, line(invoice_no="B", quantity=-1)])) == [500]


def test_counting_customers_needs_their_column() -> None:
    given = facts([line()])
    given = replace(given, sales=given.sales.drop("end_customer"))
    with pytest.raises(CalculationError, match="counts customers, but the sales have no column end_customer"):
        calculate([program("{code: c, method: per_unit, amount: 5, measure: customers}")], given)


def test_a_line_cap_limits_each_line_and_a_period_cap_the_sum() -> None:
    lines = [line(amount=1000), line(amount=300), line(amount=-200, quantity=-1)]
    assert earned(program(ALL, caps="{per_line: 5}"), facts(lines)) == [500 + 300 - 200]
    two = f"{ALL}\n{{code: d, method: percent, percent: 10}}\n{{code: e, method: percent, percent: 1}}"
    assert earned(program(two, caps="{per_participant_period: 11.50}"), facts(lines)) == [1100, 50, 0]
    back = [line(amount=-1000, quantity=-1)]
    assert earned(program(two, caps="{per_participant_period: 11.50}"), facts(back)) == [-1000, -100, -10]


def test_points_on_money_pay_by_the_major_unit() -> None:
    given = facts([line(amount=12_345)])
    assert earned(program("{code: c, method: percent, percent: 150}", pay="{in: points, measured_in: USD}"), given) == [
        185
    ]


def test_fixed_bands_pay_once_for_what_is_reached() -> None:
    bands = "bands: [{from: 1, fixed: 5}, {from: 3, fixed: 7}]"
    for scope, expected in (("whole", 700), ("marginal", 1200), ("rolling", 1200), ("total", 1200)):
        one = program(f"{{code: c, method: tiered, measure: units, scope: {scope}, {bands}}}")
        assert earned(one, facts([line(quantity=3)])) == [expected]


def test_a_factor_applies_to_an_unsplit_earning_only_when_all_lines_share_it() -> None:
    one = program(
        "{code: c, method: tiered, measure: units, scope: whole, bands: [{from: 0, fixed: 10}]}",
        multipliers="[{when: {tiers: [platinum]}, by: 2}]",
    )
    lines = [line("2013-01-02"), line("2013-03-02", quantity=-1)]
    assert earned(one, facts(lines, [who(tier="platinum")])) == [2000]
    assert earned(one, facts(lines, [who(tier="platinum"), who(since="2013-02-01")])) == [1000]


def test_a_flow_nobody_knows_counts_nowhere() -> None:
    assert calculate([program(ALL)], facts([line(amount=5, flow="sideways")])).is_empty()


def test_two_factors_of_one_value_are_one() -> None:
    one = program(ALL, multipliers="[{when: {tiers: [gold]}, by: 2}, {when: {tiers: [silver]}, by: 2}]")
    given = facts([line(amount=5), line(amount=7, partner_id=2)], [who(), who(2, tier="silver")])
    assert calculate([one], given)["earned"].to_list() == [10, 14]


def test_a_table_pays_the_longest_match() -> None:
    one = program(
        "{code: c, method: per_unit, amounts: {HL-U509: 40, Accessories: 3, Clothing: 1, Clothing / Caps: 2}}"
    )
    lines = [line(), line(product_id=2), line(product_id=3), line(product_id=4)]
    assert earned(one, facts(lines)) == [4200]


def test_a_parent_is_paid_for_its_branches_while_they_were_its_own() -> None:
    one = program(ALL, participant="parent", multipliers="[{when: {tiers: [platinum]}, by: 2}]")
    partners = [who(parent_id=3), who(2, parent_id=3), who(2, "2013-02-10", parent_id=None), who(3, tier="platinum")]
    lines = [
        line(amount=100),
        line(amount=10, partner_id=2),
        line("2013-02-11", 1000, partner_id=2),
        line(amount=7, partner_id=3),
    ]
    assert earned(one, facts(lines, partners), 3) == [220]
    assert earned(one, facts(lines, [who(parent_id=9), who(2), who(3)]), 9) == [100]


def test_eligibility_is_that_of_the_day_of_the_sale() -> None:
    one = program(ALL, eligibility="{tiers: [gold], partner_types: [reseller], segments: []}")
    partners = [who(tier="silver"), who(since="2013-02-10"), who(since="2013-02-20", tier=None)]
    lines = [line("2013-02-09", 1), line("2013-02-10", 10), line("2013-02-19", 100), line("2013-02-20", 1000)]
    assert earned(one, facts(lines, partners)) == [110]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sales": pl.DataFrame({"line_id": [1]})}, "has no column flow, partner_id"),
        ({"products": pl.DataFrame({"product_id": [9], "sku": ["x"], "category": ["y"]})}, "a product with the id 1"),
        ({"partner_values": facts([], [who(9)]).partner_values}, "a partner with the id 1"),
        (
            {"rates": pl.DataFrame({"currency": ["A"], "base": ["B"], "valid_from": [1], "rate": [0.5]})},
            "whole numbers",
        ),
    ],
)
def test_frames_that_cannot_be_used_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CalculationError, match=words):
        calculate([program(ALL)], replace(facts([line(amount=1)]), **change))


@pytest.mark.parametrize(
    ("lines", "rates", "words"),
    [
        ([line(amount=2**62), line(amount=1)], [], "too large to be added up exactly over 2 rows"),
        ([line(amount=10**15, currency="EUR")], [rate("EUR", "USD", "2013-01-01", 90_000)], "times its exchange rate"),
        ([line(amount=10**18, quantity=1)], [], "An earning is too large"),
    ],
)
def test_numbers_that_could_overflow_are_refused(lines: list[Any], rates: list[Any], words: str) -> None:
    component = "{code: c, method: tiered, scope: total, bands: [{from: 0, percent: 1000}]}"
    with pytest.raises(CalculationError, match=words):
        calculate([program(component)], facts(lines, rates=rates))


def test_a_total_whose_product_leaves_128_bits_is_refused() -> None:
    component = "{code: c, method: growth, measure: units, scope: whole, bands: [{from: 0, per_unit: 100000000000}]}"
    lines = [line("2012-02-01", quantity=10**16), line(quantity=10**16)]
    with pytest.raises(CalculationError, match="A total times its rate"):
        calculate([program(component)], facts(lines))


def test_a_rate_too_wide_for_128_bits_is_refused() -> None:
    big, odd = 10**18 - 11, 10**18 - 33
    rates = [
        {"currency": "EUR", "base": "CHF", "valid_from": 0, "rate": big},
        {"currency": "CHF", "base": "USD", "valid_from": 0, "rate": odd},
    ]
    rates += [{"currency": "JPY", "base": "EUR", "valid_from": 0, "rate": 7}]
    given = facts([line(amount=10**13, currency="EUR")], rates=rates)
    with pytest.raises(CalculationError, match="too large to be calculated"):
        calculate([program(ALL)], given)


def test_facts_have_empty_prices_and_rates_unless_given() -> None:
    given = facts([line(amount=5)])
    assert calculate([program(ALL)], Facts(given.sales, given.partner_values, given.products))["earned"].to_list() == [
        5
    ]
