"""What is still attainable is found by running the engine on hypothetical lines."""

from __future__ import annotations

import pytest

from portal.engine.attainable import NextStep, Offer, next_steps, what_if, with_lines
from portal.engine.frames import Facts
from portal.engine.periods import Program
from tests.engine.channel import day, done, earned, facts, line, program, target

BANDS = "bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}, {from: 4500, percent: 5}]"
VOLUME = f"{{code: volume, method: tiered, {BANDS}}}"
Q1, TODAY = day("2013-01-01"), day("2013-03-01")


def steps(one: Program, given: Facts, offer: Offer | None = None, participant: int = 1) -> list[NextStep]:
    return next_steps(one, given, participant_id=participant, period_start=Q1, offer=offer or Offer(1, TODAY))


def test_the_walk_in_the_shop_names_455_more() -> None:
    (step,) = steps(program(VOLUME), facts([line(amount=404_500)]))
    assert (step.earned, step.more, step.earns, step.opens, step.opens_rate) == (12_730, 45_500, 1_820, "4500", "5 %")
    assert step.by == day("2013-04-01")


def test_exactly_those_units_earn_exactly_that_much_and_one_less_earns_less() -> None:
    one, given = program(VOLUME), facts([line(amount=404_500)])
    (step,) = steps(one, given, Offer(1, TODAY, 1, 2_300))
    assert (step.units, step.more, step.earns) == (20, 46_000, 1_845)
    sold = [line("2013-03-01", 2_300 * count, quantity=count) for count in (20, 19)]
    gains = [earned(one, with_lines(given, [extra]))[0] - 12_730 for extra in sold]
    assert gains[0] == step.earns > gains[1]
    assert what_if([one], given, sold[:1], participant_id=1, period_start=Q1) == step.earns


def test_at_the_top_band_one_more_unit_has_its_value() -> None:
    (step,) = steps(program(VOLUME), facts([line(amount=454_500)]), Offer(1, TODAY, 1, 2_300))
    assert (step.units, step.earns, step.opens) == (1, 115, None)
    (step,) = steps(program(VOLUME), facts([line(amount=454_500)]))
    assert (step.units, step.more, step.earns) == (None, 100, 5)


def test_units_too_cheap_to_earn_alone_are_taken_together() -> None:
    (step,) = steps(program("{code: c, method: percent, percent: 1}"), facts([]), Offer(1, TODAY, 1, 20))
    assert (step.units, step.earns) == (3, 1)


def test_stars_for_one_more_helmet() -> None:
    one = program(
        "{code: c, method: per_unit, amount: 40, qualify: {skus: [HL-U509]}}", pay="{in: points}", participant="seller"
    )
    (step,) = steps(one, facts([]), participant=9)
    assert (step.units, step.more, step.earns, step.product_id, step.measure_unit) == (1, 1, 40, 1, "units")
    assert steps(one, facts([]), Offer(1, TODAY, 2), participant=9) == []


def test_growth_counts_from_last_year_even_before_the_first_sale() -> None:
    one = program(
        "{code: c, method: growth, scope: excess, bands: [{from: 110, percent: 2}]}", qualify="{sources: [erp]}"
    )
    (step,) = steps(one, facts([line("2012-02-01", 454_500)]))
    assert (step.more, step.earns, step.opens) == (499_950, 909, "110")
    assert steps(one, facts([line("2010-02-01", 1)])) == []


@pytest.mark.parametrize("measure", ["invoices", "customers"])
def test_new_invoices_and_customers_are_counted_one_by_one(measure: str) -> None:
    one = program(f"{{code: c, method: tiered, measure: {measure}, scope: whole, bands: [{{from: 3, fixed: 9}}]}}")
    (step,) = steps(one, facts([line(invoice_no="A", end_customer="A")]))
    assert (step.units, step.earns) == (2, 900)


def test_the_next_milestone_is_named() -> None:
    text = "{{code: c, method: milestone, measure: units, at: 10, amount: 5, repeat: {}}}"
    (step,) = steps(program(text.format("every")), facts([line(quantity=13)]))
    assert (step.units, step.earns, step.opens) == (7, 500, None)
    (step,) = steps(program(text.format("once")), facts([line(quantity=3)]))
    assert (step.units, step.earns) == (7, 500)
    assert steps(program(text.format("once")), facts([line(quantity=13)])) == []
    (step,) = steps(program(text.format("every")), facts([line(quantity=-2)]))
    assert (step.units, step.earns) == (12, 500)


def test_the_next_step_to_a_target_is_named() -> None:
    one = program("{code: c, method: attainment, bands: [{from: 100, percent: 2}]}")
    (step,) = steps(one, facts([line(amount=40_000)], targets=[target(1000)]))
    assert (step.more, step.earns, step.opens) == (60_000, 2_000, "100")
    assert steps(one, facts([line(amount=40_000)])) == []


def test_what_a_set_lacks_is_named() -> None:
    text = "{{code: c, method: bundle, amount: 10, items: {{HL-U509: 2, CA-1098: 1}}{}}}"
    (step,) = steps(program(text.format("")), facts([line(quantity=3), line(product_id=2), line(product_id=3)]))
    assert (step.units, step.product_id, step.earns) == (2, 1, 1000)
    (step,) = steps(program(text.format(", within: invoice")), facts([line(quantity=3)]))
    assert (step.units, step.earns) == (3, 1000)
    assert steps(program(text.replace("CA-1098", "NO-1").format("")), facts([line(quantity=3)])) == []


def test_the_next_free_goods_are_named() -> None:
    prices = [{"product_id": 1, "valid_from": 0, "cost": 1, "list_price": 300, "currency": "USD"}]
    one = program("{code: c, method: free_goods, per: 100, give: 2, qualify: {skus: [HL-U509]}}")
    (step,) = steps(one, facts([line(quantity=150)], prices=prices))
    assert (step.units, step.earns) == (100, 600)


def test_a_contest_has_no_next_step() -> None:
    assert steps(program("{code: c, method: rank, measure: units, prizes: {1: 5}}"), facts([line()])) == []


def test_list_value_goes_up_by_the_list_price() -> None:
    one = program("{code: c, method: tiered, measure: list_value, bands: [{from: 10, percent: 10}]}")
    price = {"product_id": 1, "valid_from": 0, "cost": 1, "list_price": 300, "currency": "USD"}
    (step,) = steps(one, facts([line()], prices=[price]))
    assert (step.units, step.earns, step.opens) == (3, 20, "10")
    assert steps(one, facts([line()], prices=[price | {"list_price": 0}])) == []


def test_one_more_training_and_one_new_customer_are_named() -> None:
    one = program("{code: c, method: milestone, measure: 'activity:trainings', at: 3, amount: 5}")
    (step,) = steps(one, facts([], activities=[done(1)]))
    assert (step.units, step.earns, step.measure_unit) == (2, 500, "activities")
    one = program("{code: c, method: per_unit, measure: new_customers, amount: 5}")
    (step,) = steps(one, facts([line(end_customer="A")]))
    assert (step.units, step.earns) == (1, 500)


def test_margin_is_named_in_money() -> None:
    one = program("{code: c, method: percent, measure: margin, percent: 10}")
    prices = [{"product_id": 1, "valid_from": 0, "cost": 10, "currency": "USD"}]
    (step,) = steps(one, facts([], prices=prices), Offer(1, TODAY, 1, 500))
    assert (step.more, step.units, step.earns) == (100, None, 10)


def test_a_program_that_began_inside_the_period_has_its_next_step_too() -> None:
    one = program(VOLUME, effective="{from: 2013-02-10, until: 2013-03-20}")
    (step,) = steps(one, facts([line("2013-01-20", 100_000), line("2013-02-20", 40_000)]))
    assert (step.measure, step.more, step.by) == (40_000, 10_000, day("2013-03-20"))


def test_nothing_is_attainable_outside_the_window_or_for_the_ineligible() -> None:
    assert steps(program(VOLUME), facts([]), Offer(1, day("2013-04-01"))) == []
    assert steps(program(VOLUME, eligibility="{tiers: [platinum]}"), facts([])) == []
    assert steps(program("{code: c, method: percent, percent: 0}"), facts([])) == []
