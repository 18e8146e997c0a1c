"""Pilots: the split follows from seed and code alone, a branch goes with its parent, the control earns nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import polars as pl
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from portal.engine.errors import CalculationError, PlanError
from portal.engine.explain import explain
from portal.engine.frames import CODES, Facts
from portal.engine.periods import Program, Version
from portal.engine.pilots import Pilot, company_of, is_chosen
from portal.engine.pipeline import calculate
from portal.engine.trace import trace_document
from tests.engine.channel import day, facts, line, program, who
from tests.engine.test_verifier import verified

TEN = "{code: c, method: percent, percent: 10}"
HALF = "{percent: 50, seed: 7}"
START = day("2013-01-01")
CODE = {number: f"AW{number:03}" for number in range(1, 9)}
CHOSEN = {number for number, code in CODE.items() if is_chosen(Pilot(percent=50, seed=7), code)}
PILOT, CONTROL = min(CHOSEN), min(set(CODE) - CHOSEN)


def coded(given: Facts) -> Facts:
    rows = [("partner", number, code) for number, code in CODE.items()]
    return replace(given, codes=pl.DataFrame(rows, schema=CODES, orient="row"))


def sold(*partners: int) -> list[dict[str, object]]:
    return [line(amount=10_000, partner_id=number) for number in partners]


def paid(one: Program, given: Facts) -> set[int]:
    return set(calculate([one], given)["participant_id"])


def test_only_the_pilot_is_paid_and_the_trace_says_why_the_control_is_not() -> None:
    one = program(TEN, pilot=HALF)
    given = coded(facts(sold(*CODE), [who(number) for number in CODE]))
    assert paid(one, given) == CHOSEN
    left_out = explain(one, given, participant_id=CONTROL, period_start=START)[0]
    assert [(fact.counted, fact.reason) for fact in left_out.lines] == [(False, "in the control group")]
    assert verified(trace_document(left_out, CODE[CONTROL])) == []
    counted = explain(one, given, participant_id=PILOT, period_start=START)[0]
    assert counted.earned == 1_000
    assert verified(trace_document(counted, CODE[PILOT])) == []


def test_who_is_not_eligible_reads_that_first() -> None:
    one = program(TEN, pilot=HALF, eligibility="{tiers: [gold]}")
    given = coded(facts(sold(CONTROL), [who(CONTROL, tier="silver")]))
    told = explain(one, given, participant_id=CONTROL, period_start=START)[0]
    assert told.lines[0].reason == "not eligible: tier silver on 1 February 2013"


def test_a_branch_goes_with_its_parent_as_owned_on_the_first_day() -> None:
    one = program(TEN, pilot=HALF)
    branch = [who(CONTROL, parent_id=PILOT), who(PILOT)]
    assert paid(one, coded(facts(sold(CONTROL), branch))) == {CONTROL}
    bought_later = [who(CONTROL), who(CONTROL, "2013-01-15", parent_id=PILOT), who(PILOT)]
    assert paid(one, coded(facts(sold(CONTROL), bought_later))) == set()
    sold_before = [who(CONTROL, parent_id=PILOT), who(CONTROL, "2012-12-31"), who(PILOT)]
    assert paid(one, coded(facts(sold(CONTROL), sold_before))) == set()
    came_later = [who(CONTROL, "2013-01-15", parent_id=PILOT), who(PILOT)]
    assert paid(one, coded(facts(sold(CONTROL), came_later))) == {CONTROL}


def test_owners_in_a_circle_end() -> None:
    assert company_of(1, 0, {1: [(0, 2)], 2: [(0, 1)]}) == 2
    assert company_of(3, 0, {}) == 3


def test_a_later_version_keeps_the_split_of_the_first_day() -> None:
    first = program(TEN, pilot=HALF).versions[0]
    second = program(TEN, pilot=HALF, effective="{from: 2013-04-01, until: 2014-01-01}").versions[0]
    versions = [replace(first, split_day=START), replace(second, number=2, split_day=START)]
    values = [who(PILOT), who(PILOT, "2013-03-01", parent_id=CONTROL), who(CONTROL)]
    given = coded(facts([line("2013-05-01", 10_000, partner_id=PILOT)], values))
    assert paid(Program("p", versions), given) == {PILOT}
    assert paid(Program("p", [first, replace(second, number=2)]), given) == set()


def test_a_version_without_pilot_opens_the_program_to_all() -> None:
    first = program(TEN, pilot=HALF).versions[0]
    second = Version(2, program(TEN, effective="{from: 2013-04-01, until: 2014-01-01}").versions[0].plan)
    given = coded(facts([line(amount=1_000, partner_id=CONTROL), line("2013-05-01", 10_000, partner_id=CONTROL)],
                        [who(CONTROL)]))  # fmt: skip
    assert calculate([Program("p", [first, second])], given)["earned"].to_list() == [1_000]


def test_programs_with_other_splits_stand_side_by_side() -> None:
    other = next(seed for seed in range(100) if is_chosen(Pilot(percent=50, seed=seed), CODE[CONTROL]))
    programs = [program(TEN, code="a", pilot=HALF), program(TEN, code="b", pilot=f"{{percent: 50, seed: {other}}}"),
                program(TEN, code="c")]  # fmt: skip
    given = coded(facts(sold(CONTROL), [who(CONTROL)]))
    assert calculate(programs, given)["program"].to_list() == ["b", "c"]


def test_the_order_of_arrival_changes_no_side() -> None:
    one = program(TEN, pilot=HALF)
    lines, values = sold(1, 2, 3), [who(3, parent_id=1), who(1), who(2)]
    found = {
        tuple(sorted(paid(one, coded(facts(list(some), list(order))))))
        for some in permutations(lines)
        for order in permutations(values)
    }
    assert len(found) == 1


@settings(max_examples=60, deadline=None)
@over(seed=st.integers(0, 10_000), low=st.integers(1, 98), more=st.integers(1, 98))
def test_a_higher_percent_only_adds_to_the_pilot(seed: int, low: int, more: int) -> None:
    high = min(low + more, 99)
    few = {code for code in CODE.values() if is_chosen(Pilot(percent=low, seed=seed), code)}
    many = {code for code in CODE.values() if is_chosen(Pilot(percent=high, seed=seed), code)}
    assert few <= many


def test_the_split_is_about_as_large_as_it_says() -> None:
    pilot = Pilot(percent=30, seed=1)
    assert 2_850 < sum(is_chosen(pilot, f"AW{number:08}") for number in range(10_000)) < 3_150


def test_without_codes_nothing_is_guessed() -> None:
    with pytest.raises(CalculationError, match="needs the code of the partner 1"):
        calculate([program(TEN, pilot=HALF)], facts(sold(1)))


@pytest.mark.parametrize("percent", ["0", "100"])
def test_a_pilot_of_nobody_or_of_all_is_refused(percent: str) -> None:
    with pytest.raises(PlanError, match="leaves some partners out"):
        program(TEN, pilot=f"{{percent: {percent}, seed: 1}}")


def test_a_pilot_without_a_seed_is_refused() -> None:
    with pytest.raises(PlanError, match="This key is missing"):
        program(TEN, pilot="{percent: 50}")


def test_an_owner_nothing_is_known_of_is_no_end_of_the_chain() -> None:
    given = coded(facts(sold(CONTROL), [who(CONTROL, parent_id=PILOT)]))
    with pytest.raises(CalculationError, match=f"needs the code of the partner {PILOT}"):
        calculate([program(TEN, pilot=HALF)], given)
