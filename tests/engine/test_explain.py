"""The trace: each line with its reason, the walk, the sentences."""

from __future__ import annotations

import pytest

from portal.engine import VERSION
from portal.engine.errors import CalculationError
from portal.engine.explain import Explanation, explain
from portal.engine.frames import Facts
from portal.engine.periods import Program
from portal.engine.trace import trace_document
from tests.engine.channel import day, facts, line, program, rate, who

BANDS = "bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}, {from: 4500, percent: 5}]"
VOLUME = f"{{code: volume, method: tiered, {BANDS}}}"
Q1 = day("2013-01-01")


def traced(one: Program, given: Facts, participant: int = 1) -> Explanation:
    return explain(one, given, participant_id=participant, period_start=Q1)[0]


def test_the_walk_names_every_band_and_foots() -> None:
    trace = traced(program(VOLUME), facts([line(amount=202_177)]))
    assert [(band.start, band.end, band.amount) for band in trace.bands] == [
        ("0", "500", 500),
        ("500", "1800", 3250),
        ("1800", "4500", 887),
    ]
    assert trace.sentences == [
        "500.00 USD at 1 % is 5.00 USD.",
        "1,300.00 USD at 2.5 % is 32.50 USD.",
        "221.77 USD at 4 % is 8.87 USD.",
        "Together 46.37 USD.",
    ]


def test_a_line_that_does_not_count_says_why() -> None:
    one = program(
        VOLUME,
        effective="{from: 2013-01-05, until: 2014-01-01}",
        qualify="{categories: [Accessories], exclude_categories: [Accessories / Bells],"
        " exclude_skus: [X], sources: [erp]}",
        eligibility="{tiers: [gold], segments: [city]}",
    )
    products = [
        {"product_id": 1, "sku": "H", "category": "Accessories"},
        {"product_id": 2, "sku": "X", "category": "Accessories"},
    ]
    products += [
        {"product_id": 3, "sku": "B", "category": "Accessories / Bells"},
        {"product_id": 4, "sku": "C", "category": None},
    ]
    lines = [line("2013-01-04"), line(product_id=2), line(product_id=3), line(product_id=4), line(source="pos")]
    lines += [line(flow="sell_out"), line("2013-01-06"), line("2013-02-06"), line("2013-03-06", 500)]
    partners = [who(tier="silver"), who(since="2013-02-01"), who(since="2013-03-01", segment="city")]
    trace = traced(one, facts(lines, partners, products=products))
    reasons = {found.external_id: found.reason for found in trace.lines}
    assert reasons == {
        "L0000": "outside the program's dates: sold on 4 January 2013",
        "L0001": "not in this program: product X is excluded",
        "L0002": "not in this program: category Accessories / Bells is excluded",
        "L0003": "not in this program: category None",
        "L0004": "not in this program: source pos",
        "L0005": "not in this program: a sell-out line, and the program counts sell-in",
        "L0006": "not eligible: tier silver on 6 January 2013",
        "L0007": "not eligible: no segment on 6 February 2013",
        "L0008": "",
    }


def test_products_outside_a_list_or_a_table_are_named() -> None:
    listed = program("{code: c, method: per_unit, amount: 40, qualify: {skus: [HL-U509]}}", pay="{in: points}")
    trace = traced(listed, facts([line(quantity=4), line(product_id=2)]))
    assert (trace.earned, trace.sentences) == (160, ["4 units at 40 points each is 160 points."])
    assert trace.lines[1].reason == "not in this program: product CA-1098"
    table = program("{code: c, method: per_unit, amounts: {HL-U509: 40}}", pay="{in: points}")
    trace = traced(table, facts([line(quantity=4), line(product_id=2)]))
    assert (trace.earned, trace.sentences) == (160, ["Each product pays its own amount: 160 points."])
    assert trace.lines[1].reason == "not in this program: no amount for product CA-1098"


def test_one_unit_is_singular() -> None:
    one = program("{code: c, method: per_unit, amount: 1}", pay="{in: points}")
    assert traced(one, facts([line()])).sentences == ["1 unit at 1 points each is 1 point."]


def test_growth_tells_its_baseline() -> None:
    bands = "bands: [{from: 110, percent: 2}, {from: 120, percent: 4}]"
    one = program(f"{{code: c, method: growth, scope: excess, baseline: {{min: 10}}, {bands}}}")
    before = line("2012-02-01", 331_890)
    trace = traced(one, facts([before, line(amount=499_678)]))
    assert trace.sentences == [
        "4,996.78 USD against a baseline of 3,318.90 USD is 150.56 %: band 120 %.",
        "1,677.88 USD at 4 % is 67.12 USD.",
    ]
    assert [found.measure for found in trace.baseline_lines] == [331_890]
    assert traced(one, facts([before, line(amount=331_890)])).sentences == ["The first band starts at 110 %."]
    assert traced(one, facts([line(amount=5)])).sentences == [
        "Nothing was sold in the same window a year earlier, so there is no growth to measure."
    ]
    assert traced(one, facts([line("2012-02-01", 999), line(amount=5)])).sentences == [
        "The baseline of 9.99 USD is below the minimum of 10.00 USD."
    ]
    assert traced(one, facts([before])).sentences == ["No line counted."]


def test_a_part_finer_than_a_cent_is_written_out() -> None:
    bands = "bands: [{from: 33.3333, percent: 2}]"
    one = program(f"{{code: c, method: growth, scope: banded, {bands}}}")
    trace = traced(one, facts([line("2012-02-01", 101), line(amount=101)]))
    assert trace.sentences[1] == "0.673334 USD at 2 % is 0.01 USD."


def test_bands_that_pay_once_say_so() -> None:
    one = program("{code: c, method: tiered, measure: units, scope: whole, bands: [{from: 3, fixed: 7}]}")
    assert traced(one, facts([line(quantity=3)])).sentences == ["Reaching 3 pays 7.00 USD once."]
    assert traced(one, facts([line()])).sentences == ["The first band starts at 3."]


@pytest.mark.parametrize(("scope", "amounts"), [("rolling", [10_000, 50_000]), ("total", [20_000, 50_000])])
def test_rolling_and_total_bands_are_walked(scope: str, amounts: list[int]) -> None:
    one = program(
        f"{{code: c, method: tiered, scope: {scope}, bands: [{{from: 0, percent: 10}}, {{from: 1000, percent: 25}}]}}"
    )
    trace = traced(one, facts([line(amount=200_000)]))
    assert [band.amount for band in trace.bands] == amounts
    assert trace.sentences[-1] == f"Together {sum(amounts) // 100}.00 USD."


def test_the_first_line_stands_for_its_invoice() -> None:
    one = program("{code: c, method: per_unit, measure: invoices, amount: 5}")
    lines = [
        line(invoice_no="A"),
        line(invoice_no="A"),
        line(),
        line(invoice_no="B"),
        line(invoice_no="B", quantity=-1),
    ]
    trace = traced(one, facts(lines))
    assert [found.measure for found in trace.lines] == [1, 0, 0, 0, 0]
    assert trace.sentences == ["1 invoice at 5 USD each is 5.00 USD."]


def test_multipliers_and_caps_are_told() -> None:
    one = program(
        "{code: c, method: percent, percent: 10}\n{code: d, method: percent, percent: 10}",
        multipliers="[{when: {tiers: [platinum]}, by: 1.25}]",
        caps="{per_line: 10, per_participant_period: 20}",
    )
    given = facts(
        [line("2013-01-02", 8_000), line("2013-03-02", 16_000)], [who(), who(since="2013-02-01", tier="platinum")]
    )
    first, second = explain(one, given, participant_id=1, period_start=Q1)
    assert (first.rounded, first.earned, second.earned) == (1_800, 1_800, 200)
    assert first.sentences == [
        "240.00 USD at 10 % is 24.00 USD.",
        "Of it, 16.00 counts 1.25 times: 20.00.",
        "No line pays more than 10.00 USD: 18.00 USD.",
    ]
    assert second.sentences[-1] == "The cap of the period leaves 2.00 USD of 18.00 USD."
    assert [found.share for found in second.lines] == [89, 111]


def test_an_unsplit_earning_has_no_shares() -> None:
    one = program(
        "{code: c, method: tiered, measure: units, scope: whole, bands: [{from: 0, fixed: 10}]}",
        multipliers="[{when: {tiers: [gold]}, by: 2}]",
    )
    trace = traced(one, facts([line(), line(quantity=-1)]))
    assert (trace.earned, [found.share for found in trace.lines]) == (2_000, [None, None])
    assert trace_document(trace, "AW1")["lines"][0]["share"] is None


def test_a_reversal_takes_back_exactly_its_share() -> None:
    one = program("{code: c, method: percent, percent: 33.3333}")
    trace = traced(
        one, facts([line(amount=101), line(amount=7), line("2013-02-09", -101, quantity=-1, origin="2013-02-01")])
    )
    shares = [found.share or 0 for found in trace.lines]
    assert shares[0] == -shares[2]
    assert sum(shares) == trace.earned == 2


def test_a_branch_sold_under_another_parent_says_so() -> None:
    one = program(VOLUME, participant="parent")
    partners = [who(parent_id=3), who(since="2013-02-01", parent_id=2), who(2), who(3)]
    trace = traced(one, facts([line("2013-01-05", 500), line("2013-02-05", 700)], partners), participant=3)
    assert [found.reason for found in trace.lines] == ["", "belonged to another parent on 5 February 2013"]


def test_the_seller_is_paid_for_own_lines_only() -> None:
    one = program("{code: c, method: per_unit, amount: 3}", participant="seller", returns="return_period")
    lines = [line(seller_id=9, flow="sell_out"), line(seller_id=8, flow="sell_out")]
    assert len(traced(one, facts(lines), participant=9).lines) == 1


def test_a_missing_rate_stops_a_trace_in_words() -> None:
    with pytest.raises(CalculationError, match="no exchange rate from EUR"):
        traced(program(VOLUME), facts([line(currency="EUR")]))


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(CalculationError, match="no period that starts"):
        explain(program(VOLUME), facts([]), participant_id=1, period_start=Q1 + 1)


def test_the_document_has_the_stable_keys_and_major_units() -> None:
    given = facts([line(amount=100_00, currency="EUR")], rates=[rate("EUR", "USD", "2013-01-01", 1.1)])
    document = trace_document(traced(program(VOLUME), given), "AW00000290")
    needed = "program version component participant period_start period_end as_of engine_version measure"
    assert {*needed.split(), "baseline", "earned", "unit"} <= set(document)
    assert (document["measure"], document["earned"], document["baseline"]) == ("110.00", "1.10", None)
    assert (document["period_start"], document["engine_version"]) == ("2013-01-01", VERSION)
    keys = {"source", "external_id", "sold_on", "sku", "counted", "reason", "measure", "share"}
    assert keys <= set(document["lines"][0])
    growth = program("{code: c, method: growth, measure: units, bands: [{from: 100, per_unit: 2}]}")
    document = trace_document(traced(growth, facts([line("2012-02-01"), line()])), "AW1")
    assert (document["measure"], document["baseline"], document["earned"]) == ("1", "1", "2.00")
