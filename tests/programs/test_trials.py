"""Worked examples: the golden numbers come out of the engine, at the edges and beside them."""

from __future__ import annotations

import pytest

from portal.engine.plan import parse_plan
from portal.programs.studio.curves import draw_curve
from portal.programs.studio.trials import try_plan
from tests.programs.shop_year import volume_plan


def paid(text: str, index: int = 0) -> dict[str, int]:
    """What the shown examples of one component pay, by what was sold."""
    trial = try_plan(parse_plan(text))[index]
    assert trial.problem == ""
    return {example.said: example.paid for example in trial.examples if example.shown}


def plan(method: str, *, pay: str = "points", more: str = "") -> str:
    """A short plan around one component."""
    return (
        f"code: p\nname: P\nkind: spif\neffective: {{from: 2026-01-01, until: 2026-04-01}}\nperiod: campaign\n"
        f"pay: {{in: {pay}}}\n{more}components:\n  - {{code: one, {method}}}\n"
    )


def test_marginal_bands_rise_without_jumps_and_whole_ones_jump():
    step = paid(volume_plan())
    assert (step["1,800.00 USD"], step["1,799.99 USD"], step["4,500.00 USD"]) == (3750, 3750, 14550)
    whole = paid(volume_plan("whole"))
    assert (whole["1,799.99 USD"], whole["1,800.00 USD"]) == (4500, 7200)


def test_a_curve_is_broken_where_the_pay_jumps_and_only_there():
    curves = [draw_curve(try_plan(parse_plan(volume_plan(scope)))[0]) for scope in ("marginal", "whole")]
    assert [len(curve.lines[0].pieces) for curve in curves] == [1, 4]
    assert len(curves[1].lines[0].drops) == 3
    assert "4,500" in [label for _, label in curves[0].ticks]


def test_growth_is_shown_in_percent_of_the_year_before():
    text = plan(
        "method: growth, scope: excess, bands: [{from: 110, percent: 2}], baseline: {of: prior_year, min: 1000}",
        pay="USD",
    )
    found = paid(text)
    assert found["110 % of the year before: 11,000.00 USD against 10,000.00 USD"] == 2000
    assert found["109.99 % of the year before: 10,999.00 USD against 10,000.00 USD"] == 0


def test_a_target_pays_only_what_is_reached():
    text = plan("method: attainment, scope: whole, bands: [{from: 80, percent: 1}, {from: 100, percent: 2}]", pay="USD")
    found = paid(text)
    assert found["79.99 % of the target: 7,999.00 USD against 10,000.00 USD"] == 0
    assert found["80 % of the target: 8,000.00 USD against 10,000.00 USD"] == 8000
    assert found["100 % of the target: 10,000.00 USD against 10,000.00 USD"] == 20000


def test_a_table_pays_each_product_its_own_amount():
    assert paid(plan("method: per_unit, amounts: {A-1: 40, B-2: 25}")) == {"One A-1": 40, "One B-2": 25}


def test_a_milestone_a_set_a_contest_and_free_goods_pay_at_their_edges():
    every = paid(plan("method: milestone, measure: units, at: 5, amount: 150, repeat: every"))
    assert (every["4 units"], every["5 units"], every["10 units"]) == (0, 150, 300)
    sets = paid(plan("method: bundle, amount: 60, items: {A-1: 2, B-2: 1}, within: invoice"))
    assert sets["5 × (2 A-1 + 1 B-2)"] == 300
    ranks = paid(plan("method: rank, measure: units, prizes: {1: 500, 2: 300}"))
    assert list(ranks.values()) == [500, 300, 0]
    gifts = paid(plan("method: free_goods, per: 12, give: 1", pay="USD"))
    assert (gifts["11 units"], gifts["12 units"]) == (0, 10000)


def test_caps_hold_in_the_examples_and_factors_and_other_programs_do_not_count():
    more = (
        "caps: {per_participant_period: 300}\nmultipliers: [{when: {tiers: [gold]}, by: 2}]\n"
        "stack: {group: g, policy: best}\neligibility: {tiers: [gold]}\n"
    )
    assert paid(plan("method: per_unit, amount: 40", more=more)) == {"1 unit": 40, "2 units": 80, "10 units": 300}


@pytest.mark.parametrize("participant", ["seller", "parent"])
def test_examples_do_not_depend_on_who_is_paid(participant):
    assert paid(plan("method: per_unit, amount: 40", more=f"participant: {participant}\n"))["2 units"] == 80


def test_every_point_of_the_curve_is_what_the_engine_paid():
    trial = try_plan(parse_plan(volume_plan()))[0]
    by_hand = {0: 0, 50000: 500, 180000: 3750, 450000: 14550}
    assert {example.x: example.paid for example in trial.examples if example.x in by_hand} == by_hand
    curve = draw_curve(trial, try_plan(parse_plan(volume_plan("whole")))[0], twin_name="In force now")
    assert [line.name for line in curve.lines] == ["This draft", "In force now"]
