"""The methods beside bands: golden numbers worked out by hand, the sentences, the shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.engine.attainable import Offer, next_steps
from portal.engine.errors import CalculationError
from portal.engine.explain import Explanation, explain
from portal.engine.frames import Facts
from portal.engine.periods import Program
from portal.engine.pipeline import calculate, needs_everybody, needs_names
from tests.engine.channel import day, done, earned, facts, line, program, rate, target, who

Q1 = day("2013-01-01")


def traced(one: Program, given: Facts, participant: int = 1) -> Explanation:
    return explain(one, given, participant_id=participant, period_start=Q1)[0]


def price(
    listed: int | None, product_id: int = 1, since: str = "2012-01-01", currency: str = "USD"
) -> dict[str, object]:
    return {"product_id": product_id, "valid_from": day(since), "cost": 1, "list_price": listed, "currency": currency}


# Milestones


@pytest.mark.parametrize(("units", "once", "every"), [(9, 0, 0), (10, 500, 500), (35, 500, 1500), (-12, 0, 0)])
def test_a_milestone_pays_once_or_every_time_it_is_reached(units: int, once: int, every: int) -> None:
    given = facts([line(quantity=units)])
    text = "{{code: c, method: milestone, measure: units, at: 10, amount: 5, repeat: {}}}"
    assert earned(program(text.format("once")), given) == [once]
    assert earned(program(text.format("every")), given) == [every]


def test_a_milestone_tells_what_it_reached() -> None:
    once = program("{code: c, method: milestone, at: 100.5, amount: 5}")
    assert traced(once, facts([line(amount=10_050)])).sentences == ["Reaching 100.5 pays 5.00 USD once."]
    assert traced(once, facts([line(amount=10_049)])).sentences == ["The milestone is at 100.5."]
    every = program("{code: c, method: milestone, measure: units, at: 10, amount: 5, repeat: every}")
    trace = traced(every, facts([line(quantity=20), line(quantity=15)]))
    assert trace.sentences == ["10 is reached 3 times, 5.00 USD each time: 15.00 USD."]
    assert [one.share for one in trace.lines] == [857, 643]


# Attainment

QUOTA = "bands: [{from: 80, percent: 1}, {from: 100, percent: 2}, {from: 120, percent: 4}]"


@pytest.mark.parametrize(
    ("sold", "whole", "excess", "banded", "linear"),
    [
        (79_999, 0, 0, 0, 0),
        (80_000, 800, 0, 0, 800),
        (110_000, 2_200, 200, 400, 3_300),
        (130_000, 5_200, 1_200, 1_000, 5_200),
    ],
)
def test_attainment_pays_against_the_target(sold: int, whole: int, excess: int, banded: int, linear: int) -> None:
    given = facts([line(amount=sold)], targets=[target(1000), target(5, "units"), target(9, start="2013-04-01")])
    for scope, expected in (("whole", whole), ("excess", excess), ("banded", banded), ("whole, curve: linear", linear)):
        one = program(f"{{code: c, method: attainment, scope: {scope}, {QUOTA}}}")
        assert earned(one, given) == [expected], scope


def test_a_linear_rate_is_exact_to_the_cent() -> None:
    one = program(
        "{code: c, method: attainment, curve: linear, bands: [{from: 0, percent: 0}, {from: 99.9999, percent: 3}]}"
    )
    given = facts([line(amount=77_777)], targets=[target(1234.56)])
    assert earned(one, given) == [1470]  # 777.77 x 3 % x (777.77 / 1,234.56) / 0.999999 = 14.69996...
    assert traced(one, given).earned == 1470


def test_attainment_tells_its_target() -> None:
    one = program(f"{{code: c, method: attainment, {QUOTA}}}")
    trace = traced(one, facts([line(amount=110_000)], targets=[target(1000)]))
    assert trace.sentences == [
        "1,100.00 USD against a target of 1,000.00 USD is 110.00 %: band 100 %.",
        "1,100.00 USD at 2 % is 22.00 USD.",
    ]
    linear = program(f"{{code: c, method: attainment, curve: linear, {QUOTA}}}")
    told = traced(linear, facts([line(amount=110_000)], targets=[target(1000)])).sentences
    assert told[1] == "1,100.00 USD at a rate between 2 % and 4 % is 33.00 USD."
    none = traced(one, facts([line(amount=110_000)]))
    assert none.sentences == ["There is no target for this period, so there is nothing to reach."]
    assert (none.baseline, none.earned) == (None, 0)


def test_a_target_of_a_person_is_for_that_person() -> None:
    one = program(
        "{code: c, method: attainment, measure: units, bands: [{from: 100, per_unit: 3}]}",
        participant="seller",
        pay="{in: points}",
    )
    lines = [line(quantity=4, seller_id=9, flow="sell_out"), line(quantity=4, seller_id=8, flow="sell_out")]
    given = facts(lines, targets=[target(4, "units", participant_kind="person", participant_id=9), target(1, "units")])
    rows = calculate([one], given)
    assert rows.select("participant_id", "baseline", "earned").rows() == [(8, None, 0), (9, 4, 12)]


def test_a_target_finer_than_its_measure_is_refused() -> None:
    one = program(f"{{code: c, method: attainment, {QUOTA}}}", pay="{in: JPY}")
    given = facts([line(amount=5, currency="JPY")], targets=[target(10.5)])
    with pytest.raises(CalculationError, match=r"The target 10\.5 is finer"):
        calculate([one], given)


# Bundles

SET = "{code: c, method: bundle, amount: 10, items: {HL-U509: 2, CA-1098: 1}}"


def test_a_bundle_pays_for_complete_sets_of_the_period_or_of_each_invoice() -> None:
    lines = [line(quantity=3, invoice_no="A"), line(quantity=2, product_id=2, invoice_no="B")]
    lines += [line(quantity=1, invoice_no="B"), line(quantity=9, product_id=3, invoice_no="B")]
    assert earned(program(SET), facts(lines)) == [2000]
    apart = program(SET.replace("amount", "within: invoice, amount"))
    assert earned(apart, facts(lines)) == [0]
    both = [*lines, line(quantity=1, product_id=2, invoice_no="A"), line(quantity=1, invoice_no="B")]
    assert earned(apart, facts(both)) == [2000]
    assert earned(apart, facts([line(quantity=2), line(product_id=2)])) == [0]


def test_a_bundle_never_pays_less_than_nothing() -> None:
    assert earned(program(SET), facts([line(quantity=-4), line(quantity=-2, product_id=2)])) == [0]
    assert earned(program(SET), facts([line(quantity=4)])) == [0]


def test_a_bundle_tells_its_sets_and_what_is_not_part_of_it() -> None:
    trace = traced(program(SET), facts([line(quantity=4), line(quantity=2, product_id=2), line(product_id=3)]))
    assert trace.sentences == ["2 complete sets at 10 USD a set is 20.00 USD."]
    assert [one.share for one in trace.lines] == [1333, 667, 0]
    assert trace.lines[2].reason == "not in this program: product BK-M47B is not part of the bundle"
    assert traced(program(SET), facts([line()])).sentences == ["No set is complete yet."]


# Free goods

GIFT = "{code: c, method: free_goods, per: 100, give: 2}"


def test_free_goods_of_an_order_of_150_are_two() -> None:
    given = facts([line(quantity=150, invoice_no="A")], prices=[price(300)])
    assert earned(program(GIFT), given) == [600]
    assert traced(program(GIFT), given).sentences == [
        "2 free for every 100 of a product on an invoice: worth 6.00 USD at list price."
    ]


def test_free_goods_count_each_invoice_and_product_apart() -> None:
    lines = [line(quantity=60, invoice_no="A"), line(quantity=60, invoice_no="B"), line(quantity=90, invoice_no="B")]
    lines += [line(quantity=80, product_id=2, invoice_no="B"), line(quantity=100), line(quantity=99)]
    given = facts(lines, prices=[price(300), price(1, 2)])
    assert earned(program(GIFT), given) == [1200]
    assert [one.share for one in traced(program(GIFT), given).lines] == [0, 240, 360, 0, 600, 0]


def test_a_return_takes_free_goods_back() -> None:
    lines = [line(quantity=100, line_id=0), line(quantity=-1, origin="2013-02-01", returns_line_id=0)]
    given = facts(lines, prices=[price(300)])
    assert earned(program(GIFT), given) == [0]
    assert traced(program(GIFT), given).sentences == ["No invoice holds 100 of one product."]


def test_free_goods_are_worth_the_list_price_of_the_day_in_the_currency_of_pay() -> None:
    prices = [price(100), price(333, since="2013-02-10", currency="EUR")]
    lines = [line("2013-02-09", quantity=100, invoice_no="A"), line("2013-02-10", quantity=100, invoice_no="B")]
    given = facts(lines, prices=prices, rates=[rate("EUR", "USD", "2013-01-01", 1.1)])
    assert earned(program(GIFT), given) == [200 + 733]
    assert traced(program(GIFT), given).earned == 933
    with pytest.raises(CalculationError, match="no exchange rate from EUR to USD"):
        traced(program(GIFT), facts(lines, prices=prices))
    with pytest.raises(CalculationError, match="no exchange rate from EUR to USD"):
        calculate([program(GIFT)], facts(lines, prices=prices))


def test_free_goods_without_a_list_price_name_the_product() -> None:
    for given in (facts([line(quantity=100)], prices=[price(None)]), facts([line(quantity=100)])):
        with pytest.raises(CalculationError, match="no list price of HL-U509"):
            calculate([program(GIFT)], given)
        with pytest.raises(CalculationError, match="no list price of HL-U509"):
            traced(program(GIFT), given)
    assert earned(program(GIFT), facts([line(quantity=99)])) == [0]


def test_a_multiplier_on_free_goods_follows_the_invoice_it_was_given_on() -> None:
    one = program(GIFT, multipliers="[{when: {tiers: [platinum]}, by: 1.25}]")
    lines = [
        line("2013-01-10", quantity=150, invoice_no="A"),
        line("2013-03-10", quantity=100, product_id=2, invoice_no="B"),
    ]
    given = facts(lines, [who(), who(since="2013-02-01", tier="platinum")], prices=[price(100), price(10_000, 2)])
    assert earned(one, given) == [200 + 25_000]
    assert [found.share for found in traced(one, given).lines] == [200, 25_000]


# Contests


def contest(more: str = "", **keys: str) -> Program:
    return program(f"{{code: c, method: rank, measure: units, prizes: {{1: 500, 2: 300.01, 3: 100}}{more}}}", **keys)


def sold(*units: int) -> list[dict[str, object]]:
    return [line(f"2013-02-{9 - index:02}", quantity=count, partner_id=index + 1) for index, count in enumerate(units)]


CODES = [("partner", 1, "C"), ("partner", 2, "B"), ("partner", 3, "A")]


@pytest.mark.parametrize(
    ("units", "ties", "expected"),
    [
        ((5, 9, 7), "share", [10_000, 50_000, 30_001]),
        ((5, 5, 7), "share", [20_000, 20_001, 50_000]),
        ((5, 5, 5), "share", [30_000, 30_000, 30_001]),
        ((5, 5, 7), "duplicate", [30_001, 30_001, 50_000]),
        ((5, 5, 7), "earliest", [10_000, 30_001, 50_000]),
        ((0, -5, 7), "share", [0, 0, 50_000]),
    ],
)
def test_prizes_go_by_rank_and_ties_as_the_plan_says(units: tuple[int, ...], ties: str, expected: list[int]) -> None:
    given = facts(sold(*units), codes=CODES)
    one = contest(f", ties: {ties}")
    assert calculate([one], given)["earned"].to_list() == expected
    assert [traced(one, given, partner).earned for partner in (1, 2, 3)] == expected


def test_nothing_is_paid_before_the_window_ends() -> None:
    for today, expected in (("2013-03-31", 0), ("2013-04-01", 50_000)):
        rows = calculate([contest()], facts(sold(9, 5), today=today))
        assert rows.select("earned", "band").rows()[0] == (expected, "1")
    told = traced(contest(), facts(sold(9, 5), today="2013-03-31")).sentences
    assert told == [
        "Rank 1 of 2 so far. Nothing is paid before the period ends; the result is final when it is locked."
    ]


def test_a_contest_tells_the_rank() -> None:
    lines = [*sold(9, 5, 5), line(quantity=1, partner_id=4)]
    partners = [who(number) for number in (1, 2, 3, 4)]
    told = [traced(contest(), facts(lines, partners), number).sentences[0] for number in (1, 2, 4)]
    assert told == [
        "Rank 1 of 4: 500.00 USD.",
        "Rank 2 of 4, shared by 2: 200.01 USD.",
        "Rank 4 of 4; prizes go to the first 3.",
    ]
    assert traced(contest(), facts(sold(0, 5))).sentences == ["A result of 0 or less takes no rank."]


def test_a_contest_without_anybody_above_zero_pays_nobody() -> None:
    assert calculate([contest()], facts(sold(0, -1)))["earned"].to_list() == [0, 0]


# Measures


def test_list_value_is_units_at_the_list_price_of_the_day() -> None:
    one = program("{code: c, method: percent, measure: list_value, percent: 10}")
    prices = [price(100), price(200, since="2013-02-10", currency="EUR")]
    lines = [line("2013-02-09", quantity=3), line("2013-02-10", quantity=2)]
    given = facts(lines, prices=prices, rates=[rate("EUR", "USD", "2013-01-01", 1.5)])
    row = calculate([one], given).row(0, named=True)
    assert (row["measure"], row["earned"]) == (900, 90)
    assert [found.measure for found in traced(one, given).lines] == [300, 600]
    with pytest.raises(CalculationError, match="no list price of HL-U509"):
        calculate([one], facts(lines))


def test_a_new_customer_is_one_whose_first_purchase_falls_in_the_window() -> None:
    one = program("{code: c, method: per_unit, measure: new_customers, amount: 5}")
    lines = [line("2012-06-01", end_customer="old"), line(end_customer="old"), line(end_customer="new")]
    lines += [
        line(end_customer="new"),
        line("2013-04-02", end_customer="new"),
        line("2013-04-02", end_customer="later"),
    ]
    lines += [line(end_customer=""), line(end_customer="back"), line("2013-03-01", quantity=-1, end_customer="back")]
    assert earned(one, facts(lines)) == [500, 500]
    trace = traced(one, facts(lines))
    assert (trace.measure, trace.earned) == (1, 500)
    assert [found.external_id for found in trace.lines if found.measure] == ["L0002"]


def test_a_customer_of_the_shop_is_not_new_to_its_second_seller() -> None:
    one = program("{code: c, method: per_unit, measure: new_customers, amount: 5}", participant="seller")
    first = line("2012-06-01", end_customer="C", seller_id=8, flow="sell_out")
    lines = [
        first,
        line(end_customer="C", seller_id=9, flow="sell_out"),
        line(end_customer="D", seller_id=9, flow="sell_out"),
    ]
    assert earned(one, facts(lines), 9) == [500]
    assert traced(one, facts(lines), 9).measure == 1
    other = [first | {"partner_id": 2}, *lines[1:]]
    assert earned(one, facts(other), 9) == [1000]


def test_activities_are_counted_beside_the_sales() -> None:
    one = program("{code: c, method: per_unit, measure: 'activity:trainings', amount: 4}")
    things = [done(1, 2), done(2, 1, "demos"), done(3, 1, on="2013-04-02"), done(4, 3, partner_id=2)]
    given = facts([line(quantity=9)], activities=things)
    assert earned(one, given) == [800, 400]
    trace = traced(one, given)
    assert (trace.measured, trace.measure_unit, trace.sentences) == (
        "activity:trainings", "activities", ["2 trainings at 4 USD each is 8.00 USD."],
    )  # fmt: skip
    assert {found.external_id: found.reason for found in trace.lines if not found.counted} == {
        "L0000": "not in this program: a sell-in line, and the program counts activities",
        "A2": "not in this program: activity demos",
    }
    sales = traced(program("{code: c, method: percent, percent: 1}"), given)
    assert sales.lines[1].reason == "not in this program: an activity, and the program counts sell-in"


def test_activities_alone_earn_too() -> None:
    one = program("{code: c, method: milestone, measure: 'activity:trainings', at: 2, amount: 4}")
    assert earned(one, facts([], activities=[done(1), done(2)])) == [400]


# Amounts by tier


def test_a_unit_pays_the_amount_of_the_tier_on_its_day() -> None:
    one = program("{code: c, method: per_unit, amounts_by_tier: {gold: 40, silver: 30}}")
    lines = [line("2013-01-10", quantity=2), line("2013-02-10", quantity=3), line("2013-03-10", quantity=4)]
    given = facts(lines, [who(), who(since="2013-02-01", tier="silver"), who(since="2013-03-01", tier="bronze")])
    assert earned(one, given) == [2 * 4000 + 3 * 3000]
    trace = traced(one, given)
    assert trace.sentences == ["Each tier pays its own amount: 170.00 USD."]
    assert [found.share for found in trace.lines] == [8000, 9000, 0]
    assert trace.lines[2].reason == "no amount for tier bronze on 10 March 2013"


# Facts that lack a column


def test_without_invoice_numbers_every_line_is_an_invoice() -> None:
    given = facts([line(quantity=60), line(quantity=60), line(quantity=100)], prices=[price(300)])
    bare = replace(given, sales=given.sales.drop("invoice_no", "external_id"))
    assert earned(program(GIFT), bare) == [600]


def test_prices_without_a_list_price_are_no_list_prices() -> None:
    given = facts([line(quantity=100)], prices=[price(300)])
    bare = replace(given, product_prices=given.product_prices.drop("list_price"))
    with pytest.raises(CalculationError, match="no list price of HL-U509"):
        calculate([program(GIFT)], bare)
    offer = Offer(1, day("2013-03-01"))
    none = replace(bare, sales=bare.sales.clear())
    assert next_steps(program(GIFT), none, participant_id=1, period_start=Q1, offer=offer) == []


def test_new_customers_of_sellers_are_found_whoever_else_is_paid() -> None:
    one = program("{code: c, method: per_unit, measure: new_customers, amount: 5}", participant="seller")
    assert earned(one, facts([line(end_customer="C", seller_id=9, flow="sell_out")], [who()]), 9) == [500]


def test_a_program_says_what_must_be_read_for_it() -> None:
    alone = program("{code: c, method: percent, percent: 1}")
    assert (needs_everybody(alone), needs_names([alone])) == (False, False)
    assert needs_everybody(contest())
    peers = "{code: c, method: growth, baseline: {newcomer: peer_median}, bands: [{from: 1, percent: 1}]}"
    assert needs_everybody(program(peers))
    assert needs_everybody(program("{code: c, method: percent, percent: 1}", caps="{program: 5}"))
    assert needs_names([alone, program(GIFT)])
    assert needs_names([program("{code: c, method: per_unit, measure: customers, amount: 1}")])
    assert needs_names([program("{code: c, method: percent, percent: 1}", caps="{per_line: 5}")])


def test_a_multiplier_on_lines_that_cancel_out_is_not_told() -> None:
    bands = "bands: [{from: 0, fixed: 5}]"
    one = program(f"{{code: c, method: tiered, {bands}}}", multipliers="[{when: {tiers: [gold]}, by: 2}]")
    trace = traced(one, facts([line(amount=5), line(amount=-5)]))
    assert (trace.earned, trace.sentences) == (1000, ["Reaching 0 pays 5.00 USD once."])
    assert [found.share for found in trace.lines] == [None, None]
