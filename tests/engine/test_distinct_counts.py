"""Invoices and customers under multipliers and limits by line: each stands on the first of its lines."""

from __future__ import annotations

from typing import Any

import pytest

from portal.engine.explain import explain
from portal.engine.pipeline import calculate
from tests.engine.channel import day, facts, line, program, who
from tests.engine.test_verifier import document, verified

EACH = "{code: c, method: per_unit, amount: 10, measure: invoices}"
WARM = {"multipliers": "[{when: {tiers: [platinum]}, by: 1.25}]"}
RISING = [who(tier="gold"), who(since="2013-02-15", tier="platinum")]
SOLD = [
    line("2013-03-01", 100, invoice_no="I1"),
    line("2013-02-01", 100, invoice_no="I1"),
    line("2013-03-02", 100, invoice_no="I2"),
    line("2013-03-03", 100, invoice_no="I3"),
    line("2013-03-04", -100, quantity=-1, invoice_no="I3"),
    line("2013-03-05", 100),
]


def paid(component: str, lines: list[dict[str, Any]], **keys: str) -> int:
    """What the first quarter pays; its trace repeats it and can be verified."""
    one, known = program(component, **keys), facts(lines, RISING)
    earned = int(calculate([one], known).filter(period_start=day("2013-01-01"))["earned"].sum())
    trace = explain(one, known, participant_id=1, period_start=day("2013-01-01"))[0]
    assert trace.earned == earned
    assert verified(document(one, known)) == []
    return earned


def test_an_invoice_is_multiplied_as_on_the_day_of_its_first_line() -> None:
    assert paid(EACH, SOLD, **WARM) == 1_000 + 1_250


def test_a_line_cap_bounds_what_each_invoice_pays() -> None:
    assert paid(EACH, SOLD, caps="{per_line: 4}") == 800
    assert paid(EACH, SOLD, caps="{per_line: 11}", **WARM) == 1_000 + 1_100


def test_an_invoice_taken_back_frees_its_place_in_a_budget() -> None:
    budget = "{amount: 15, when_reached: stop}"
    assert paid(EACH, SOLD, budget=budget) == 1_500
    assert paid(EACH, SOLD[3:5], budget=budget) == 0


def test_bands_on_customers_share_what_they_pay_over_first_lines() -> None:
    component = "{code: c, method: tiered, measure: customers, bands: [{from: 0, per_unit: 2}, {from: 2, per_unit: 5}]}"
    lines = [line("2013-02-01", 9, end_customer="A"), line("2013-03-01", 9, end_customer="B")]
    lines += [line("2013-03-02", 9, end_customer="C"), line("2013-03-03", 9, end_customer="A")]
    assert paid(component, lines) == 900
    assert paid(component, lines, **WARM) == 300 + 375 + 375


def test_a_new_customer_stands_on_its_first_line_in_the_window() -> None:
    component = "{code: c, method: per_unit, amount: 8, measure: new_customers}"
    lines = [line("2012-12-01", 9, end_customer="OLD"), line("2013-02-01", 9, end_customer="OLD")]
    lines += [line("2013-02-02", 9, end_customer="NEW"), line("2013-03-01", 9, end_customer="NEWER")]
    assert paid(component, lines, **WARM) == 800 + 1_000
    assert paid(component, lines, caps="{per_line: 3}") == 600


@pytest.mark.parametrize("to", ["seller", "distributor"])
def test_split_credit_goes_by_the_first_line_of_an_invoice(to: str) -> None:
    one = program(EACH, credit=f"{{split: [{{to: partner, percent: 50}}, {{to: {to}, percent: 50}}]}}")
    lines = [
        line("2013-02-01", 9, invoice_no="I1", seller_id=7, distributor_id=2),
        line("2013-02-02", 9, invoice_no="I1", seller_id=8, distributor_id=3),
    ]
    rows = calculate([one], facts(lines)).select("participant_kind", "participant_id", "earned").rows()
    assert set(rows) == {
        ("partner", 1, 500),
        (to, 7 if to == "seller" else 2, 500),
        (to, 8 if to == "seller" else 3, 0),
    }
