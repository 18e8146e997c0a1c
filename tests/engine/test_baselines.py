"""Baselines of growth as practice has them: newcomers, partial years, tables, frozen ones, caps, constant currency."""

from __future__ import annotations

import pytest

from portal.engine.explain import Explanation, explain
from portal.engine.frames import Facts
from portal.engine.periods import Program
from portal.engine.pipeline import calculate, reach
from tests.engine.channel import day, earned, facts, line, program, rate, target, who

Q1 = day("2013-01-01")
BANDS = "bands: [{from: 110, percent: 2}, {from: 120, percent: 4}]"


def growth(baseline: str, scope: str = "excess", **keys: str) -> Program:
    return program(f"{{code: c, method: growth, scope: {scope}, baseline: {baseline}, {BANDS}}}", **keys)


def traced(one: Program, given: Facts, participant: int = 1) -> Explanation:
    return explain(one, given, participant_id=participant, period_start=Q1)[0]


def same(one: Program, given: Facts, participant: int = 1) -> tuple[int | None, int]:
    """The baseline and the earning, which the trace repeats."""
    rows = calculate([one], given)
    row = next(row for row in rows.iter_rows(named=True) if row["participant_id"] == participant)
    trace = traced(one, given, participant)
    assert (trace.baseline, trace.earned, trace.band) == (row["baseline"], row["earned"], row["band"])
    return row["baseline"], row["earned"]


def test_a_newcomer_gets_what_the_plan_says() -> None:
    given = facts([line(amount=100_000)])
    assert same(growth("{newcomer: none}"), given) == (0, 0)
    assert same(growth("{newcomer: {flat_percent: 1.5}}"), given) == (0, 1_500)
    assert same(growth("{newcomer: 500}"), given) == (50_000, 2_000)
    assert same(growth("{newcomer: 0}"), given) == (0, 0)
    assert traced(growth("{newcomer: {flat_percent: 1.5}}"), given).sentences == ["1,000.00 USD at 1.5 % is 15.00 USD."]
    assert traced(growth("{newcomer: 500}"), given).sentences[0] == "A newcomer stands against a set baseline."


def test_a_newcomer_may_stand_against_the_middle_one_of_the_others() -> None:
    lines = [line(amount=100_000)]
    for partner, before in ((2, 10_000), (3, 50_000), (4, 80_000), (5, 90_000)):
        lines += [line("2012-02-01", before, partner_id=partner), line(amount=1, partner_id=partner)]
    given = facts(lines, [who(number) for number in range(1, 6)])
    one = growth("{newcomer: peer_median}")
    assert same(one, given) == (50_000, 2_000)
    assert traced(one, given).sentences[0] == "A newcomer stands against the middle one of the others' baselines."
    assert same(one, given, 4) == (80_000, 0)
    assert same(one, facts(lines[:1])) == (0, 0)


@pytest.mark.parametrize(
    ("first", "annualized", "refused"),
    [("2012-02-15", (1_000, 36), (1_000, 36)), ("2012-02-16", (2_022, 0), (1_000, 0))],
)
def test_a_partner_active_under_half_of_the_base_period_is_a_partial_year(
    first: str, annualized: tuple[int, int], refused: tuple[int, int]
) -> None:
    given = facts([line(first, 1_000), line(amount=1_900)])
    assert same(growth("{partial_year: annualize}"), given) == annualized
    assert same(growth("{partial_year: newcomer}"), given) == refused


def test_a_partner_that_bought_before_the_base_period_is_not_partial() -> None:
    lines = [line("2011-05-01", 7), line("2012-03-30", 1_000), line(amount=1_900)]
    assert same(growth("{partial_year: annualize}"), facts(lines)) == (1_000, 36)
    assert same(growth("{partial_year: annualize}"), facts(lines[1:])) == (45_500, 0)
    told = traced(growth("{partial_year: annualize}"), facts([*lines[1:], line(amount=99_999)])).sentences
    assert told[0] == "Active since 30 March 2012, so the baseline is taken for the whole time."
    told = traced(growth("{partial_year: newcomer}"), facts(lines[1:])).sentences
    assert told == ["Sales began in the second half of the time a year earlier: too short to measure growth."]
    assert reach([growth("{partial_year: newcomer}")], Q1, Q1 + 1)[0] == day("0001-01-01")


def test_a_table_gives_each_partner_its_baseline() -> None:
    one = growth("{of: table, min: 100}")
    lines = [line(amount=120_000), line("2012-02-01", 5)]
    assert same(one, facts(lines, targets=[target(1_000, "baseline:revenue"), target(3)])) == (100_000, 800)
    assert same(one, facts(lines, targets=[target(50, "baseline:revenue")])) == (5_000, 0)
    assert same(one, facts(lines)) == (None, 0)
    assert traced(one, facts(lines)).sentences == [
        "There is no baseline for this period, so there is no growth to measure."
    ]


def test_a_frozen_baseline_is_moved_by_no_late_return() -> None:
    one = growth("{freeze: at_open}")
    lines = [line("2012-02-01", 100_000), line("2012-02-01", -50_000), line(amount=120_000)]
    frozen = [target(1_000, "baseline:p/c"), target(7, "baseline:revenue")]
    assert same(one, facts(lines, targets=frozen)) == (100_000, 800)
    assert same(one, facts(lines, targets=frozen[1:])) == (700, 4_772)
    assert same(one, facts(lines)) == (None, 0)


@pytest.mark.parametrize(("scope", "expected"), [("whole", 6_000), ("excess", 2_000), ("banded", 1_400)])
def test_growth_counts_up_to_its_cap(scope: str, expected: int) -> None:
    given = facts([line("2012-02-01", 100_000), line(amount=400_000)])
    one = growth("{cap_growth_percent: 50}", scope)
    assert same(one, given) == (100_000, expected)
    assert "Growth counts up to 50 %." in traced(one, given).sentences
    assert same(one, facts([line("2012-02-01", 100_000), line(amount=150_000)])) == (100_000, expected)
    below = facts([line("2012-02-01", 100_000), line(amount=119_999)])
    assert same(one, below) == same(growth("{of: prior_year}", scope), below)


def test_a_constant_currency_leaves_exchange_out_of_growth() -> None:
    rates = [rate("EUR", "USD", "2012-01-01", 1), rate("EUR", "USD", "2013-01-01", 1.2)]
    lines = [line("2012-02-29", 100_000, currency="EUR"), line(amount=100_000, currency="EUR")]
    given = facts([*lines, line("2012-03-01", 500), line("2012-02-01", product_id=2)], rates=rates)
    assert same(growth("{currency: dated}"), given) == (100_500, 390)
    assert same(growth("{currency: constant}"), given) == (120_500, 0)
    assert [found.measure for found in traced(growth("{currency: constant}"), given).baseline_lines] == [
        0,
        120_000,
        500,
    ]


def test_growth_of_a_count_keeps_its_newcomers() -> None:
    one = program(
        "{code: c, method: growth, measure: units, baseline: {newcomer: 4}, bands: [{from: 100, per_unit: 2}]}"
    )
    assert earned(one, facts([line(quantity=5)])) == [1_000]


def test_a_line_of_a_merged_shop_stands_in_the_baseline_of_its_new_one() -> None:
    one = growth("{of: prior_year}")
    lines = [line("2012-02-01", 100_000, partner_id=2, base_partner_id=1), line(amount=120_000)]
    assert same(one, facts(lines)) == (100_000, 800)
    assert same(one, facts([*lines, line(amount=5, partner_id=2)]), 2) == (0, 0)
