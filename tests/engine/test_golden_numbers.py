"""The golden numbers of the domain: published by the products of this field, or plain arithmetic."""

from __future__ import annotations

from itertools import pairwise

import pytest

from portal.engine.pipeline import calculate
from tests.engine.channel import day, earned, facts, line, program, rate, who

SCALE = "bands: [{from: 0, percent: 2}, {from: 10000, percent: 4}, {from: 25000, percent: 6}]"


@pytest.mark.parametrize(("scope", "expected"), [("marginal", 350), ("whole", 500), ("rolling", 600), ("total", 700)])
def test_the_four_scopes_pay_as_dynamics_documents_them(scope: str, expected: int) -> None:
    bands = "bands: [{from: 0, percent: 10}, {from: 1000, percent: 25}]"
    one = program(f"{{code: c, method: tiered, scope: {scope}, {bands}}}")
    assert earned(one, facts([line(amount=200_000)])) == [expected * 100]


@pytest.mark.parametrize(("scope", "expected"), [("whole", 70_500), ("excess", 10_500), ("banded", 3_500)])
def test_growth_pays_as_enable_documents_it(scope: str, expected: int) -> None:
    bands = "bands: [{from: 110, percent: 2}, {from: 115, percent: 3}, {from: 120, percent: 4}]"
    one = program(f"{{code: c, method: growth, scope: {scope}, {bands}}}")
    given = facts([line("2012-02-01", 200_000_000), line("2013-02-01", 235_000_000)])
    row = calculate([one], given).row(0, named=True)
    assert (row["earned"], row["baseline"], row["band"]) == (expected * 100, 200_000_000, "115")


@pytest.mark.parametrize(("scope", "steps"), [("marginal", [160, 240, 520, -200]), ("whole", [160, 440, 1020, -700])])
def test_a_cumulative_year_posts_the_difference_of_every_month(scope: str, steps: list[int]) -> None:
    one = program(f"{{code: c, method: tiered, scope: {scope}, {SCALE}}}", period="year")
    months = [line("2013-01-15", 800_000), line("2013-02-15", 700_000), line("2013-03-15", 1_200_000)]
    months.append(line("2013-04-15", -400_000, quantity=-1))
    known = [0] + [earned(one, facts(months[: count + 1]))[0] for count in range(4)]
    assert [after - before for before, after in pairwise(known)] == [step * 100 for step in steps]


@pytest.mark.parametrize(
    ("amount", "marginal", "whole"),
    [(999_900, 19_998, 19_998), (1_000_000, 20_000, 40_000), (2_500_000, 80_000, 150_000)],
)
def test_the_cliff_is_where_the_band_starts(amount: int, marginal: int, whole: int) -> None:
    for scope, expected in (("marginal", marginal), ("whole", whole)):
        one = program(f"{{code: c, method: tiered, scope: {scope}, {SCALE}}}")
        assert earned(one, facts([line(amount=amount)])) == [expected]


def test_a_linked_return_reduces_its_own_quarter_and_an_unlinked_reading_the_later_one() -> None:
    lines = [line("2013-02-01", 1_200_000), line("2013-05-01", 900_000)]
    lines.append(line("2013-06-01", -300_000, quantity=-1, origin="2013-02-01"))
    component = f"{{code: c, method: tiered, scope: whole, {SCALE}}}"
    assert earned(program(component), facts(lines)) == [18_000, 18_000]
    assert earned(program(component, returns="return_period"), facts(lines)) == [48_000, 12_000]


def test_a_return_in_another_currency_comes_back_at_the_rate_of_its_sale() -> None:
    lines = [line("2013-02-01", 10_000, currency="EUR")]
    lines.append(line("2013-03-01", -10_000, currency="EUR", quantity=-1, origin="2013-02-01"))
    rates = [rate("EUR", "USD", "2013-01-01", 1.1), rate("EUR", "USD", "2013-02-20", 1.2)]
    rows = calculate([program("{code: c, method: percent, percent: 100}")], facts(lines, rates=rates))
    assert (rows["measure"].to_list(), rows["earned"].to_list()) == ([0], [0])


@pytest.mark.parametrize("turned", [False, True])
def test_a_tier_change_inside_a_period_multiplies_only_its_own_part(turned: bool) -> None:
    one = program(
        "{code: c, method: tiered, bands: [{from: 0, percent: 2}, {from: 10000, percent: 4}]}",
        multipliers="[{when: {tiers: [platinum]}, by: 1.25}]",
    )
    lines = [line("2013-01-10", 600_000), line("2013-03-10", 600_000)]
    given = facts(lines[::-1] if turned else lines, [who(), who(since="2013-02-01", tier="platinum")])
    assert earned(one, given) == [31_500]


def test_a_tiny_baseline_earns_only_without_a_minimum() -> None:
    given = facts([line("2012-05-01", 2_052), line("2013-05-01", 1_189_905)])
    component = "{{code: c, method: growth, scope: excess, bands: [{{from: 120, percent: 4}}]{more}}}"
    assert earned(program(component.format(more="")), given) == [47_514]
    more = ", baseline: {of: prior_year, min: 1000, newcomer: none}"
    assert earned(program(component.format(more=more)), given) == [0]


def test_a_middle_tier_is_never_overpaid() -> None:
    bands = "bands: [{from: 0, percent: 1}, {from: 100, percent: 2}, {from: 200, percent: 3}]"
    assert earned(program(f"{{code: c, method: tiered, {bands}}}"), facts([line(amount=25_000)])) == [450]


def test_the_walk_in_the_shop_pays_the_volume_rebate_of_the_closed_quarter() -> None:
    bands = "[{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}, {from: 4500, percent: 5}]"
    marginal = program(f"{{code: c, method: tiered, bands: {bands}}}")
    whole = program(f"{{code: c, method: tiered, scope: whole, bands: {bands}}}")
    for amount, expected in ((202_177, 4_637), (180_577, 3_773), (404_500, 12_730), (541_796, 19_140)):
        assert earned(marginal, facts([line(amount=amount)])) == [expected]
    assert earned(whole, facts([line(amount=202_177)])) == [8_087]
    growth = program(
        "{code: c, method: growth, scope: excess, baseline: {min: 1000},"
        " bands: [{from: 110, percent: 2}, {from: 115, percent: 3}, {from: 120, percent: 4}]}"
    )
    before = line("2012-04-20", 331_890)
    assert earned(growth, facts([before, line("2013-04-20", 499_678)])) == [6_712]
    assert earned(growth, facts([before, line("2013-04-20", 478_078)])) == [5_848]


def test_helmets_pay_forty_stars_each_to_the_seller_and_nothing_for_the_bottle() -> None:
    one = program(
        "{code: helmets, method: per_unit, amount: 40, qualify: {skus: [HL-U509]}}",
        kind="spif",
        pay="{in: points}",
        participant="seller",
        period="campaign",
    )
    lines = [line(quantity=3, seller_id=9, flow="sell_out"), line(quantity=1, seller_id=9, flow="sell_out")]
    lines += [line(product_id=2, seller_id=9, flow="sell_out"), line(flow="sell_out"), line(seller_id=9)]
    row = calculate([one], facts(lines)).row(0, named=True)
    assert (row["participant_kind"], row["participant_id"], row["earned"], row["unit"]) == ("seller", 9, 160, "points")
    assert (row["measure"], row["period_start"], row["period_end"]) == (4, day("2013-01-01"), day("2014-01-01"))
