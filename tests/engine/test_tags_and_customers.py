"""Tags of products and segments of end customers: which lines count, and what the trace says of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from portal.engine.errors import CalculationError, PlanError
from portal.engine.explain import explain
from portal.engine.frames import END_CUSTOMERS, PRODUCTS, PRODUCTS_OPTIONAL, Facts
from portal.engine.periods import Program
from portal.engine.pipeline import calculate, needs_names
from portal.engine.trace import trace_document
from tests.engine.channel import CATALOG, day, earned, facts, line, program
from tests.engine.test_verifier import verified

TEN = "{code: c, method: percent, percent: 10}"
START = day("2013-01-01")
TAGS = {1: "new;spring", 2: "clearance", 3: "new"}
PUBLIC = "{end_customers: {exclude: [public_sector]}}"


def tagged(given: Facts) -> Facts:
    rows = [product | {"tags": TAGS.get(int(str(product["product_id"])))} for product in CATALOG]
    return replace(given, products=pl.DataFrame(rows, schema=PRODUCTS | PRODUCTS_OPTIONAL))


def known(given: Facts, *rows: tuple[str, str, str]) -> Facts:
    dated = [(name, day(since), segment) for name, since, segment in rows]
    return replace(given, end_customers=pl.DataFrame(dated, schema=END_CUSTOMERS, orient="row"))


def reasons(one: Program, given: Facts) -> list[str]:
    told = explain(one, given, participant_id=1, period_start=START)[0]
    assert verified(trace_document(told, "AW1")) == []
    return [fact.reason for fact in told.lines]


def sold(**values: Any) -> dict[str, Any]:
    return line(amount=10_000, **values)


def test_a_product_with_one_of_the_tags_counts() -> None:
    given = tagged(facts([sold(product_id=number) for number in (1, 2, 3, 4)]))
    assert earned(program(TEN, qualify="{tags: [spring, clearance]}"), given) == [2_000]
    one = program(TEN, qualify="{tags: [new]}")
    assert earned(one, given) == [2_000]
    missing = "not in this program: product {} has no tag new"
    assert reasons(one, given) == ["", missing.format("CA-1098"), "", missing.format("AX-1")]


def test_tags_and_categories_are_joined_by_and() -> None:
    given = tagged(facts([sold(product_id=number) for number in (1, 2, 3)]))
    assert earned(program(TEN, qualify="{tags: [new], categories: [Accessories]}"), given) == [1_000]


def test_a_component_replaces_the_tags_of_the_plan() -> None:
    given = tagged(facts([sold(product_id=number) for number in (1, 2, 3)]))
    own = "{code: c, method: percent, percent: 10, qualify: {tags: [clearance]}}"
    assert earned(program(own, qualify="{tags: [new]}"), given) == [1_000]


def test_a_catalog_without_tags_has_none() -> None:
    given = facts([sold()])
    assert earned(program(TEN, qualify="{tags: [new]}"), given) == []
    assert earned(program(TEN), given) == [1_000]


def test_sales_to_an_excluded_segment_do_not_count_from_the_day_it_is_one() -> None:
    one = program(TEN, eligibility=PUBLIC)
    lines = [sold(end_customer=name, sold=on) for name, on in (
        ("City of Reno", "2013-02-09"), (" city of RENO ", "2013-02-10"), ("Ann Ball", "2013-02-10"),
        (None, "2013-02-10"), ("City of Reno", "2013-03-01"),
    )]  # fmt: skip
    given = known(
        facts(lines), ("City of Reno", "2013-02-10", "public_sector"), ("Ann Ball", "2013-01-01", "private"),
        ("City of Reno", "2013-03-01", ""),
    )  # fmt: skip
    assert earned(one, given) == [4_000]
    told = "not eligible: end customer of segment public_sector on 10 February 2013"
    assert reasons(one, given) == ["", told, "", "", ""]


def test_of_two_rows_for_a_day_the_later_one_holds_and_other_programs_count_all() -> None:
    given = known(facts([sold(end_customer="A")]), ("A", "2013-01-01", "public_sector"), ("A", "2013-01-01", "private"))
    assert earned(program(TEN, eligibility=PUBLIC), given) == [1_000]
    plain = program(TEN, code="plain")
    given = known(facts([sold(end_customer="A")]), ("A", "2013-01-01", "public_sector"))
    assert calculate([program(TEN, eligibility=PUBLIC), plain], given)["program"].to_list() == ["plain"]


def test_where_nothing_is_known_of_customers_everything_counts() -> None:
    one = program(TEN, eligibility=PUBLIC)
    assert earned(one, facts([sold(end_customer="A")])) == [1_000]
    assert needs_names([one])


def test_certificates_and_customers_are_asked_together() -> None:
    one = program(TEN, eligibility="{certificates: [Fitter], end_customers: {exclude: [public_sector]}}")
    given = known(facts([sold(end_customer="A")]), ("A", "2013-01-01", "public_sector"))
    assert reasons(one, given) == ["not eligible: no certificate Fitter on 1 February 2013"]
    assert earned(one, given) == []


def test_end_customers_do_not_multiply() -> None:
    with pytest.raises(PlanError, match="End customers decide what counts, not how much"):
        program(TEN, multipliers="[{when: {end_customers: {exclude: [a]}}, by: 2}]")


def test_sales_without_end_customers_are_refused_where_they_decide() -> None:
    given = facts([sold()])
    with pytest.raises(CalculationError, match="have no column end_customer"):
        calculate([program(TEN, eligibility=PUBLIC)], replace(given, sales=given.sales.drop("end_customer")))
