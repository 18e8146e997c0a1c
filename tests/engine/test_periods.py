"""Which version rates which days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.engine.errors import CalculationError
from portal.engine.explain import explain
from portal.engine.periods import NEVER, Program, Version, Window, day_number, day_of, windows_of
from portal.engine.pipeline import calculate, reach
from portal.engine.plan import parse_plan
from portal.engine.plan_limits import undivided
from tests.engine.channel import day, facts, line, plan_text, program

PERCENT = "{code: c, method: percent, percent: 2}"


def version(number: int, start: str, until: str = "null", inside: str = "next_period", **keys: str) -> Version:
    text = plan_text(
        f"{{code: c, method: percent, percent: {number}}}", effective=f"{{from: {start}, until: {until}}}", **keys
    )
    return Version(number, parse_plan(text), inside)


def spans(one: Program, last: str = "2013-12-31") -> list[tuple[int, str, str, str]]:
    found = []
    for window in windows_of(one, day(last)):
        start, begins, ends = (day_of(value).isoformat() for value in (window.period_start, window.start, window.end))
        found.append((window.version.number, start, begins, ends))
    return found


def test_windows_are_calendar_periods_cut_by_the_effective_days() -> None:
    one = Program("p", [version(1, "2013-02-10", "2013-08-20")])
    assert spans(one) == [
        (1, "2013-01-01", "2013-02-10", "2013-04-01"),
        (1, "2013-04-01", "2013-04-01", "2013-07-01"),
        (1, "2013-07-01", "2013-07-01", "2013-08-20"),
    ]


def test_a_new_version_waits_for_the_next_period() -> None:
    one = Program("p", [version(1, "2013-01-01"), version(2, "2013-05-15")])
    assert [(number, start) for number, start, _, _ in spans(one)] == [
        (1, "2013-01-01"),
        (1, "2013-04-01"),
        (2, "2013-07-01"),
        (2, "2013-10-01"),
    ]


def test_a_recalculating_version_takes_the_whole_period() -> None:
    one = Program("p", [version(1, "2013-01-01"), version(2, "2013-05-15", inside="recalculate")])
    assert [number for number, *_ in spans(one)] == [1, 2, 2, 2]
    lines = [line("2013-04-02", 10_000), line("2013-05-20", 10_000)]
    assert calculate([one], facts(lines))["earned"].to_list() == [400]


def test_a_version_on_the_first_day_of_a_period_disturbs_nothing() -> None:
    one = Program("p", [version(1, "2013-01-01"), version(2, "2013-04-01", inside="recalculate")])
    assert [number for number, *_ in spans(one)] == [1, 2, 2, 2]


def test_an_amended_campaign_keeps_its_key() -> None:
    one = Program(
        "p",
        [
            version(1, "2013-01-01", "2013-03-01", period="campaign"),
            version(2, "2013-02-01", "2013-05-01", "recalculate", period="campaign"),
        ],
    )
    assert spans(one) == [(2, "2013-01-01", "2013-01-01", "2013-05-01")]


def test_a_gap_between_versions_pays_nothing() -> None:
    one = Program("p", [version(1, "2013-01-01", "2013-04-01"), version(2, "2013-07-01")])
    assert [start for _, start, _, _ in spans(one)] == ["2013-01-01", "2013-07-01", "2013-10-01"]
    assert calculate([one], facts([line("2013-05-01", 100)])).is_empty()


def test_a_split_period_pays_each_line_as_the_version_of_its_day_would_alone() -> None:
    """300 in all reaches 4 %, 12.00, of which a third was sold in time: 4.00; the second pays 1 % on 200."""
    bands = "{code: c, method: tiered, scope: whole, bands: [{from: 0, percent: 2}, {from: 100, percent: 4}]}"
    first = Version(1, parse_plan(plan_text(bands)))
    second = version(1, "2013-05-15", inside="split")
    one = Program("p", [first, replace(second, number=2)])
    given = facts([line("2013-04-02", 10_000), line("2013-05-20", 20_000)])
    rows = calculate([one], given)
    assert rows.select("version", "measure", "earned").rows() == [(2, 30_000, 400 + 200)]
    trace = explain(one, given, participant_id=1, period_start=day("2013-04-01"))[0]
    assert (trace.earned, trace.measure, [fact.share for fact in trace.lines]) == (600, 30_000, [400, 200])
    assert "Version 1: Of it, the lines sold from 1 April 2013 to 14 May 2013 pay 4.00 USD." in trace.sentences


def test_a_period_may_be_split_twice_and_then_recalculated() -> None:
    versions = [version(1, "2013-01-01"), *(version(n, f"2013-0{n + 3}-01", inside="split") for n in (2, 3))]
    found = windows_of(Program("p", versions), day("2013-06-30"))
    paid = [tuple(day_of(value).isoformat() for value in window.paid) for window in found if window.paid]
    assert paid == [("2013-04-01", "2013-05-01"), ("2013-05-01", "2013-06-01"), ("2013-06-01", "2013-07-01")]
    given = facts([line(f"2013-0{month}-15", 10_000) for month in (4, 5, 6)])
    assert calculate([Program("p", versions)], given)["earned"].to_list() == [100 + 200 + 300]
    last = version(4, "2013-06-10", inside="recalculate")
    assert calculate([Program("p", [*versions, last])], given)["earned"].to_list() == [1_200]


def test_a_split_from_the_day_another_began_leaves_that_one_nothing() -> None:
    versions = [version(1, "2013-01-01"), *(version(n, "2013-05-01", inside="split") for n in (2, 3))]
    assert calculate([Program("p", versions)], facts([line("2013-05-15", 10_000)]))["earned"].to_list() == [300]


def test_what_a_split_period_cannot_divide_stays_with_the_version_it_began_with() -> None:
    bonus = "{code: c, method: tiered, scope: whole, bands: [{from: 0, fixed: 5}]}"
    first = Version(1, parse_plan(plan_text(bonus)))
    second = Version(2, parse_plan(plan_text(bonus, effective="{from: 2013-05-15}")), "split")
    given = facts([line("2013-04-02", 100), line("2013-05-20", -100, quantity=-1)])
    one = Program("p", [first, second])
    assert calculate([one], given)["earned"].to_list() == [500]
    assert explain(one, given, participant_id=1, period_start=day("2013-04-01"))[0].earned == 500


def test_a_line_outside_all_versions_of_a_split_period_is_shown_once() -> None:
    one = Program("p", [version(1, "2013-01-01"), version(2, "2013-05-15", "2013-06-01", inside="split")])
    given = facts([line("2013-04-02", 10_000), line("2013-06-20", 10_000)])
    trace = explain(one, given, participant_id=1, period_start=day("2013-04-01"))[0]
    assert [(fact.counted, fact.share) for fact in trace.lines] == [(True, 100), (False, 0)]
    assert calculate([one], given)["earned"].to_list() == [100]


def test_the_end_of_the_calendar_is_no_trap() -> None:
    one = Program("p", [version(1, "9999-11-01")])
    assert windows_of(one, NEVER)[-1].end == NEVER


def test_the_year_before_cuts_alike() -> None:
    one = version(1, "2012-01-01")
    leap = Window(one, 0, 0, day("2012-02-29"), day("2012-03-01"))
    assert leap.year_before() == (day("2011-02-28"), day("2011-03-01"))
    first = Window(one, 0, 0, day("0001-02-01"), day("0001-03-01"))
    assert first.year_before() == (day_number(day_of(day("0001-01-01"))), day("0001-01-01"))


def test_reach_names_the_days_a_calculation_needs() -> None:
    growth = program("{code: c, method: growth, bands: [{from: 100, percent: 1}]}")
    assert reach([growth], day("2013-05-01"), day("2013-05-02")) == (day("2012-04-01"), day("2013-07-01"))
    assert reach([program(PERCENT)], day("2013-05-01"), day("2013-05-02")) == (day("2013-04-01"), day("2013-07-01"))


def test_only_the_windows_that_touch_the_days_asked_for_are_computed() -> None:
    given = facts([line("2013-02-01", 100), line("2013-05-01", 100), line("2013-08-01", 100)])
    rows = calculate([program(PERCENT)], given, from_day=day("2013-05-01"), until_day=day("2013-05-02"))
    assert rows["period_start"].to_list() == [day("2013-04-01")]


def test_two_programs_of_one_code_are_refused() -> None:
    with pytest.raises(CalculationError, match="same code"):
        calculate([program(PERCENT), program(PERCENT)], facts([line()]))


@pytest.mark.parametrize(
    ("component", "obstacle"),
    [
        ("{code: c, method: percent, percent: 1}", ""),
        ("{code: c, method: per_unit, measure: invoices, amount: 1}", "the component c counts invoices"),
        ("{code: c, method: milestone, at: 1, amount: 1}", "the component c is a milestone"),
    ],
)
def test_what_keeps_a_period_from_being_divided_is_named(component: str, obstacle: str) -> None:
    assert undivided(program(component).versions[0].plan) == obstacle
