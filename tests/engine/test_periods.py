"""Which version rates which days."""

from __future__ import annotations

import pytest

from portal.engine.errors import CalculationError
from portal.engine.periods import NEVER, Program, Version, Window, day_number, day_of, windows_of
from portal.engine.pipeline import calculate, reach
from portal.engine.plan import parse_plan
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


def test_a_split_period_is_refused_until_it_is_supported() -> None:
    one = Program("p", [version(1, "2013-01-01"), version(2, "2013-05-15", inside="split")])
    with pytest.raises(CalculationError, match="not supported yet"):
        windows_of(one, day("2013-12-31"))


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
