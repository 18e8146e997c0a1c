"""Minimum payout, program cap, stacking, budgets that stop, split credit: numbers and sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from portal.core.ids import digest
from portal.engine.errors import PlanError
from portal.engine.explain import Explanation, explain
from portal.engine.frames import ENROLLMENTS, ENROLLMENTS_OPTIONAL, POSTED, Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate, calculate_steps
from portal.engine.plan import parse_plan
from tests.engine.channel import day, earned, facts, line, plan_text, program, who

START = day("2013-01-01")
TEN = "{code: c, method: percent, percent: 10}"
TWO = "{code: c, method: percent, percent: 10}\n{code: d, method: percent, percent: 1}"


def named(code: str, components: str = TEN, **keys: str) -> Program:
    plan = parse_plan(plan_text(components, code=code, **keys))
    return Program(code, [Version(1, plan)])


def told(one: Program, given: Facts, participant: int = 1, **more: Any) -> Explanation:
    return explain(one, given, participant_id=participant, period_start=START, **more)[0]


def total(rows: pl.DataFrame) -> dict[tuple[str, int], int]:
    return {(row["program"], row["participant_id"]): row["earned"] for row in rows.iter_rows(named=True)}


def posted(*rows: tuple[str, str, str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=POSTED, orient="row")


def test_a_period_below_the_minimum_pays_nothing_and_says_so() -> None:
    one = program(TWO, minimum_payout="12")
    assert earned(one, facts([line(amount=10_000)])) == [0, 0]
    assert earned(one, facts([line(amount=11_000)])) == [1_100, 110]
    trace = told(one, facts([line(amount=10_000)]))
    assert trace.sentences[-1] == "Less than 12.00 USD in a period pays nothing; this period earned 11.00 USD."
    assert [fact.name for fact in trace.limits] == ["minimum_payout"]


def test_the_minimum_leaves_what_is_given_back_as_it_is() -> None:
    one = program(TEN + "\n{code: d, method: per_unit, amount: 1}", minimum_payout="12")
    assert earned(one, facts([line(amount=10_000, quantity=-1)])) == [0, -100]


def test_a_program_cap_is_shared_in_proportion_and_in_any_order() -> None:
    one = program(TEN, caps="{program: 10}")
    lines = [line(amount=10_000, partner_id=1), line(amount=5_000, partner_id=2), line(amount=-1_000, partner_id=3)]
    assert earned(one, facts(lines), 1) == [667]
    assert earned(one, facts(lines), 2) == [333]
    assert earned(one, facts(lines[::-1]), 1) == [667]
    assert earned(one, facts(lines), 3) == [-100]
    assert earned(one, facts(lines[:1]), 1) == [1_000]
    trace = told(one, facts(lines))
    assert trace.earned == 667
    assert trace.sentences[-1] == (
        "All together earned 15.00 USD and the program pays at most 10.00 USD a period, in proportion: "
        "6.67 USD of 10.00 USD."
    )


def test_a_program_cap_counts_each_period_by_itself() -> None:
    one = program(TEN, caps="{program: 10}")
    assert earned(one, facts([line(amount=20_000), line("2013-05-01", 20_000)])) == [1_000, 1_000]


BEST = "{group: g, policy: best}"


def test_best_is_solved_for_each_line_not_greedily() -> None:
    """Helmets pay 3.00 a piece in one program, 10 % in the other: each line goes where it pays most."""
    fixed = named("fixed", "{code: c, method: per_unit, amount: 3}", stack=BEST)
    share = named("share", TEN, stack=BEST)
    given = facts([line(amount=1_000), line(amount=9_000), line(amount=5_000, product_id=2)])
    rows = calculate([fixed, share], given)
    assert total(rows) == {("fixed", 1): 300, ("share", 1): 1_400}
    trace = told(share, given, others=[fixed])
    assert [(fact.share, fact.reason) for fact in trace.lines] == [
        (0, "not paid here: it pays in fixed"),
        (900, ""),
        (500, ""),
    ]
    assert trace.sentences[-1] == "Not paid here: 1 line worth 1.00 USD, because fixed pays them."


def test_a_tie_goes_to_the_first_code_and_a_return_follows_its_sale() -> None:
    one, two = named("one", stack=BEST), named("two", stack=BEST)
    assert total(calculate([two, one], facts([line(amount=1_000)]))) == {("one", 1): 100, ("two", 1): 0}
    more = named("two", "{code: c, method: percent, percent: 12}", stack=BEST)
    back = [line(amount=1_000), line(amount=-1_000, quantity=-1)]
    assert total(calculate([one, more], facts(back))) == {("one", 1): 0, ("two", 1): 0}


def test_first_takes_the_lowest_priority_that_pays_something() -> None:
    early = named("z", "{code: c, method: tiered, scope: whole, bands: [{from: 50, percent: 1}]}",
                  stack="{group: g, policy: first, priority: 1}")  # fmt: skip
    late = named("a", stack="{group: g, policy: first, priority: 2}")
    assert total(calculate([early, late], facts([line(amount=10_000)]))) == {("a", 1): 0, ("z", 1): 100}
    assert total(calculate([early, late], facts([line(amount=1_000)]))) == {("a", 1): 100, ("z", 1): 0}


def test_programs_of_other_units_or_groups_do_not_compete() -> None:
    points = named("points", "{code: c, method: per_unit, amount: 40}", stack=BEST, pay="{in: points}")
    other = named("other", stack="{group: h, policy: best}")
    one = named("one", stack=BEST)
    found = total(calculate([points, other, one], facts([line(amount=1_000)])))
    assert found == {("points", 1): 40, ("other", 1): 100, ("one", 1): 100}


STOP = "{amount: 100, when_reached: stop}"
SALES = [
    line("2013-01-05", 60_000, partner_id=1, batch_seq=1),
    line("2013-01-09", 60_000, partner_id=2, batch_seq=3),
    line("2013-01-07", 60_000, partner_id=3, batch_seq=10),
]


def test_a_budget_serves_first_recorded_first_and_the_last_in_part() -> None:
    one = program(TEN, budget=STOP)
    assert [earned(one, facts(SALES), partner) for partner in (1, 2, 3)] == [[6_000], [4_000], [0]]
    trace = told(one, facts(SALES), 2)
    assert (trace.rounded, trace.earned) == (6_000, 4_000)
    assert trace.sentences[-1] == (
        "The budget of 100.00 USD is paid out, first recorded, first served: 40.00 USD of 60.00 USD."
    )


def test_what_was_posted_keeps_its_place_when_a_return_and_a_late_line_arrive() -> None:
    one = program(TEN, budget=STOP)
    kept = posted(("p", "c", "partner", 1, START, 6_000), ("p", "c", "partner", 2, START, 4_000))
    early = line("2013-01-01", 90_000, partner_id=3, batch_seq=0)
    given = replace(facts([*SALES[:2], early]), posted=kept)
    assert [earned(one, given, partner) for partner in (1, 2, 3)] == [[6_000], [4_000], [0]]
    back = line("2013-01-05", -30_000, partner_id=1, batch_seq=11, quantity=-1)
    again = line("2013-01-20", 60_000, partner_id=3, batch_seq=12)
    given = replace(facts([*SALES, back, again]), posted=kept)
    assert [earned(one, given, partner) for partner in (1, 2, 3)] == [[3_000], [4_000], [3_000]]


def test_a_return_frees_budget_only_for_lines_behind_it() -> None:
    one = program(TEN, budget=STOP)
    back = line("2013-01-05", -60_000, partner_id=1, batch_seq=11, quantity=-1)
    assert [earned(one, facts([*SALES, back]), partner) for partner in (1, 2, 3)] == [[0], [4_000], [0]]


def test_money_given_back_passes_the_budget_and_does_not_fill_it() -> None:
    one = program(TEN, budget=STOP)
    lines = [line(amount=-50_000, quantity=-1, batch_seq=1), line(amount=200_000, partner_id=2, batch_seq=2)]
    assert [earned(one, facts(lines), partner) for partner in (1, 2)] == [[-5_000], [10_000]]


def test_posted_rows_of_people_and_of_shops_that_take_the_spif_keep_their_place() -> None:
    one = program(TEN, budget="{amount: 50, when_reached: stop}", participant="seller", qualify="{flow: sell_in}")
    lines = [line(amount=40_000, seller_id=8, batch_seq=1), line(amount=40_000, seller_id=-1, batch_seq=0)]
    kept = posted(("p", "c", "person", 8, START, 4_000), ("p", "c", "partner", 1, START, 1_000))
    given = replace(facts(lines), posted=kept)
    assert [earned(one, given, seller) for seller in (8, -1)] == [[4_000], [1_000]]


SPLIT = "{split: [{to: seller, percent: 60}, {to: partner, percent: 40}]}"


def credited(given: Facts, one: Program) -> dict[tuple[str, int], int]:
    rows = calculate([one], given)
    return {(row["participant_kind"], row["participant_id"]): row["earned"] for row in rows.iter_rows(named=True)}


def test_a_split_pays_each_part_to_whom_the_line_names() -> None:
    one = program(TEN, credit=SPLIT)
    given = facts([line(amount=10_000, seller_id=8), line(amount=20_000, seller_id=9), line(amount=5_000)])
    assert credited(given, one) == {("seller", 8): 600, ("seller", 9): 1_200, ("partner", 1): 1_400}
    trace = told(one, given, 8, kind="seller")
    assert (trace.earned, trace.measure) == (600, 10_000)
    assert [fact.reason for fact in trace.lines] == ["", *["not paid: it names another seller, or none"] * 2]
    assert trace.sentences[-1] == "Split by 60 % seller, 40 % partner: 6.00 USD is paid here."


def test_a_split_reaches_the_parent_and_the_distributor_of_the_day() -> None:
    one = program(TEN, credit="{split: [{to: parent, percent: 50}, {to: distributor, percent: 50}]}")
    partners = [who(1, parent_id=2), who(1, "2013-02-01", parent_id=3), who(2), who(3)]
    lines = [line("2013-01-05", 10_000, distributor_id=3), line("2013-02-05", 10_000)]
    assert credited(facts(lines, partners), one) == {("parent", 2): 500, ("distributor", 3): 500, ("parent", 3): 500}
    assert credited(facts(lines[1:], partners), one) == {("parent", 3): 500}
    assert explain(one, facts(lines, partners), participant_id=9, period_start=START, kind="parent") == []


def test_what_cannot_be_split_to_lines_stays_with_the_participant() -> None:
    bonus = "{code: c, method: tiered, measure: revenue, scope: whole, bands: [{from: 0, fixed: 5}]}"
    one = program(bonus, credit=SPLIT)
    given = facts([line(amount=100, seller_id=8), line(amount=-100, quantity=-1, seller_id=8)])
    assert credited(given, one) == {("partner", 1): 500}
    trace = told(one, given)
    assert trace.earned == 500
    assert [fact.share for fact in trace.lines] == [None, None]


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ({"credit": "{split: [{to: seller, percent: 60}]}"}, "credit.split", "sum to 100 percent; these sum to 60"),
        ({"credit": "{split: [{to: seller, percent: 50}, {to: seller, percent: 50}]}"}, "credit.split[1].to", "twice"),
        ({"credit": "{split: [{to: seller, percent: 100}, {to: parent, percent: 0}]}"}, "credit.split[1].percent", "0"),
        ({"credit": "{split: [{to: nobody, percent: 100}]}"}, "credit.split[0].to", "is not known here"),
        ({"stack": "{policy: best}"}, "stack.group", "Name the group"),
        ({"minimum_payout": "1.005"}, "minimum_payout", "at most 2 decimals"),
        ({"caps": "{program: 1.005}"}, "caps.program", "at most 2 decimals"),
    ],
)
def test_limits_that_do_not_parse_say_why(keys: dict[str, str], key: str, words: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(plan_text(TEN, **keys))
    assert refused.value.issues[0].key == key
    assert words in refused.value.issues[0].sentence


def test_nothing_sold_has_no_steps() -> None:
    assert calculate_steps([program(TEN)], facts([])).rows.is_empty()


def test_only_what_was_sold_while_the_partner_took_part_counts() -> None:
    one = program(TEN, enrollment="opt_in")
    lines = [line(f"2013-01-{number}", 10_000) for number in ("05", "15", "25")]
    joined = pl.DataFrame(
        [("p", 1, day("2013-01-10"), "joined"), ("p", 1, day("2013-01-20"), "left"), ("q", 2, START, "joined")],
        schema=ENROLLMENTS, orient="row",
    )  # fmt: skip
    given = replace(facts([*lines, line(amount=10_000, partner_id=2)]), enrollments=joined)
    assert earned(one, given) == [1_000]
    assert earned(one, given, 2) == []
    assert [fact.reason for fact in told(one, given).lines] == [
        "had not joined the program on 5 January 2013",
        "",
        "had not joined the program on 25 January 2013",
    ]


def test_an_opt_in_program_with_terms_counts_for_those_who_accepted_the_same_text() -> None:
    joined = [("p", number, START, "joined", None) for number in (1, 2, 3)]
    accepted = [("p", 1, 0, "accepted", digest("Be fair.")), ("p", 2, 0, "accepted", digest("Be kind."))]
    given = facts([line("2013-01-05", 10_000, partner_id=number) for number in (1, 2, 3)])
    held = pl.DataFrame([*joined, *accepted], schema=ENROLLMENTS | ENROLLMENTS_OPTIONAL, orient="row")
    given = replace(given, enrollments=held)
    one = program(TEN, enrollment="opt_in", terms="Be fair.")
    assert [earned(one, given, number) for number in (1, 2, 3)] == [[1_000], [], []]
    assert [fact.reason for fact in told(one, given).lines] == [""]
    assert [fact.reason for fact in told(one, given, 2).lines] == [
        "had not accepted the terms of the program on 5 January 2013"
    ]
    assert earned(program(TEN, enrollment="opt_in"), given, 3) == [1_000]
    assert earned(program(TEN, terms="Be fair."), given, 3) == [1_000]


def _accepting(*states: tuple[int, str, str, str | None]) -> Facts:
    """Lines of partner 1 and 2 in four weeks, and who joined or accepted when."""
    lines = [line(f"2013-01-{on}", 10_000, partner_id=number) for number in (1, 2) for on in ("05", "12", "19", "26")]
    rows = [("p", number, day(on), state, text and digest(text)) for number, on, state, text in states]
    held = pl.DataFrame(rows, schema=ENROLLMENTS | ENROLLMENTS_OPTIONAL, orient="row")
    return replace(facts(lines), enrollments=held)


def test_terms_count_from_the_day_of_acceptance_on() -> None:
    given = _accepting(
        (1, "2012-06-01", "joined", None), (1, "2013-01-19", "accepted", "Be fair."), (2, "2012-06-01", "joined", None),
        (2, "2012-12-31", "accepted", "Be fair."),
    )  # fmt: skip
    one = program(TEN, enrollment="opt_in", terms="Be fair.")
    assert [earned(one, given, number) for number in (1, 2)] == [[2_000], [4_000]]
    late = "had not accepted the terms of the program on {} January 2013"
    assert [fact.reason for fact in told(one, given).lines] == [late.format(5), late.format(12), "", ""]


def test_until_the_answer_day_a_partner_that_joined_goes_on_earning() -> None:
    given = _accepting(
        (1, "2012-06-01", "joined", None), (1, "2013-01-26", "accepted", "Be fair."),
        (2, "2013-01-10", "joined", None),
    )  # fmt: skip
    one = program(TEN, enrollment="opt_in", terms="Be fair.", accept_by="2013-01-19")
    assert [earned(one, given, number) for number in (1, 2)] == [[3_000], [1_000]]
    late = "had not accepted the terms of the program on {} January 2013"
    assert [fact.reason for fact in told(one, given).lines] == ["", "", late.format(19), ""]
    assert [fact.reason for fact in told(one, given, 2).lines] == [
        "had not joined the program on 5 January 2013", "", late.format(19), late.format(26),
    ]  # fmt: skip


def test_programs_with_other_answer_days_stand_side_by_side() -> None:
    given = _accepting((1, "2012-06-01", "joined", None))
    given = replace(given, enrollments=pl.concat(
        given.enrollments.with_columns(pl.lit(code).alias("program")) for code in ("a", "b", "c")
    ))  # fmt: skip
    programs = [
        program(TEN, code=code, enrollment="opt_in", terms="Be fair.", accept_by=by)
        for code, by in (("a", "2013-01-10"), ("b", "2013-01-20"), ("c", "2013-01-01"))
    ]
    found = dict(calculate(programs, given).select("program", "earned").iter_rows())
    assert found == {"a": 1_000, "b": 3_000}


def test_an_answer_day_cuts_where_other_values_change_too() -> None:
    given = _accepting((1, "2012-06-01", "joined", None))
    values = [who(1, tier="gold"), who(1, "2013-01-19", tier="silver"), who(2)]
    given = replace(given, partner_values=facts([], values).partner_values)
    one = program(TEN, enrollment="opt_in", terms="Be fair.", accept_by="2013-01-19")
    assert earned(one, given) == [2_000]
    assert earned(program(TEN, enrollment="opt_in", eligibility="{tiers: [silver]}"), given) == [2_000]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"accept_by": "2013-02-01"}, "Only terms that partners join with"),
        ({"accept_by": "2013-02-01", "terms": "Be fair."}, "Only terms that partners join with"),
        ({"accept_by": "2012-12-31", "terms": "Be fair.", "enrollment": "opt_in"}, "accepted by a day of the plan"),
        ({"accept_by": "2014-01-01", "terms": "Be fair.", "enrollment": "opt_in"}, "accepted by a day of the plan"),
    ],
)
def test_an_answer_day_that_asks_nobody_is_refused(keys: dict[str, str], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        program(TEN, **keys)


def test_lines_that_cancel_out_under_a_stopping_budget_are_told_without_their_factor() -> None:
    doubled = program(TEN, budget=STOP, multipliers="[{when: {tiers: [gold]}, by: 2}]")
    trace = told(doubled, facts([line(amount=10_000), line("2013-02-02", -10_000, quantity=-1)]))
    assert trace.earned == 0
    assert not any("counts 2 times" in sentence for sentence in trace.sentences)


def test_lines_without_batch_name_or_distributor_are_served_by_day() -> None:
    one = program(TEN, budget=STOP, credit="{split: [{to: partner, percent: 50}, {to: distributor, percent: 50}]}")
    given = facts([line("2013-01-09", 300_000, partner_id=2), line("2013-01-05", 60_000)])
    bare = replace(given, sales=given.sales.drop("batch_seq", "external_id", "distributor_id"))
    assert [earned(one, bare, partner) for partner in (1, 2)] == [[3_000], [7_000]]
