"""Certificates: what was sold while one of those asked for was held counts, and the trace says what was missing."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from portal.engine.errors import PlanError
from portal.engine.explain import explain
from portal.engine.frames import CERTIFICATES, Facts
from portal.engine.periods import Program
from portal.engine.pipeline import calculate
from tests.engine.channel import day, earned, facts, line, program, who

TEN = "{code: c, method: percent, percent: 10}"
START = day("2013-01-01")
ASKED = "{certificates: [Fitter, Master]}"


def holding(given: Facts, *rows: tuple[str, int, str, str, str | None]) -> Facts:
    held = [(kind, owner, name, day(since), until and day(until)) for kind, owner, name, since, until in rows]
    return replace(given, certificates=pl.DataFrame(held, schema=CERTIFICATES, orient="row"))


def reasons(one: Program, given: Facts, participant: int = 1) -> list[str]:
    return [fact.reason for fact in explain(one, given, participant_id=participant, period_start=START)[0].lines]


def test_a_partner_is_tested_on_the_day_of_each_sale() -> None:
    one = program(TEN, eligibility=ASKED)
    lines = [line(f"2013-02-{number:02}", 10_000) for number in (9, 10, 19, 20)]
    given = holding(
        facts([*lines, line(amount=10_000, partner_id=2)]),
        ("partner", 1, "Fitter", "2013-02-10", "2013-02-20"), ("partner", 1, "Seller", "2013-01-01", None),
        ("person", 2, "Fitter", "2013-01-01", None),
    )  # fmt: skip
    assert earned(one, given) == [2_000]
    assert earned(one, given, 2) == []
    missing = "not eligible: no certificate Fitter or Master on "
    assert reasons(one, given) == [f"{missing}9 February 2013", "", "", f"{missing}20 February 2013"]


def test_any_of_those_listed_will_do_and_other_programs_ask_for_none() -> None:
    given = holding(facts([line(amount=10_000), line(amount=10_000, partner_id=2)]),
                    ("partner", 1, "Master", "2013-01-01", None))  # fmt: skip
    plain = program(TEN, code="plain")
    rows = calculate([program(TEN, eligibility=ASKED), plain], given)
    assert rows.select("program", "participant_id", "earned").rows() == [
        ("p", 1, 1_000), ("plain", 1, 1_000), ("plain", 2, 1_000),
    ]  # fmt: skip


def test_where_sellers_are_paid_the_seller_holds_it() -> None:
    one = program(TEN, eligibility=ASKED, participant="seller")
    lines = [line(amount=10_000, seller_id=number, flow="sell_out") for number in (7, 8)]
    mine, shop = ("person", 7, "Fitter", "2013-01-01", None), ("partner", 1, "Fitter", "2013-01-01", None)
    given = holding(facts(lines), mine, shop)
    assert earned(one, given, 7) == [1_000]
    assert earned(one, given, 8) == []
    assert reasons(one, given, 7) == [""]


def test_the_year_before_counts_whatever_was_held_then() -> None:
    growth = "{code: c, method: growth, bands: [{from: 100, percent: 10}]}"
    one = program(growth, eligibility=ASKED)
    given = holding(facts([line("2012-02-01", 9_000), line("2013-02-01", 10_000)]),
                    ("partner", 1, "Fitter", "2013-01-01", None))  # fmt: skip
    assert calculate([one], given).select("baseline", "earned").rows() == [(9_000, 1_000)]


def test_a_missing_tier_is_said_before_a_missing_certificate() -> None:
    one = program(TEN, eligibility="{tiers: [gold], certificates: [Fitter]}")
    given = facts([line(amount=1)], [who(1, tier="silver")])
    assert reasons(one, given) == ["not eligible: tier silver on 1 February 2013"]


def test_certificates_do_not_multiply() -> None:
    with pytest.raises(PlanError, match="Certificates decide who takes part, not how much"):
        program(TEN, multipliers="[{when: {certificates: [Fitter]}, by: 2}]")
