"""A plan reads in plain words, generated from what it says."""

from __future__ import annotations

from fractions import Fraction

import pytest

from portal.engine.plan import parse_plan
from portal.programs.definitions.differences import differences
from portal.programs.definitions.words import plan_words
from portal.programs.runs.sentences import noun, part_words
from portal.programs.statements.adjustments import late_words
from portal.programs.statements.quarters import Quarter, parse_quarter, quarter_of
from portal.programs.studio.fields import read_fields, write_fields
from tests.engine.channel import plan_text
from tests.programs.shop_year import GROWTH_PLAN, SPRINT_PLAN, volume_plan


def test_a_scale_is_read_step_by_step() -> None:
    words = plan_words(parse_plan(volume_plan()))
    assert words[0] == (
        "On accessories and clothing bought from us in a quarter: 1 % up to 500.00, 2.5 % from 500.00 to 1,800.00, "
        "4 % from 1,800.00 to 4,500.00 and 5 % from 4,500.00. Each step pays on its own part, so more never pays less."
    )
    assert words[1:] == [
        "Paid to the shop; for resellers in Northwest.",
        "From 1 January 2026, counted each quarter.",
        "What is earned can be used 30 days after it was posted.",
        "Budget 60,000.00 USD; reaching it warns and stops nothing.",
    ]
    assert plan_words(parse_plan(volume_plan()), budget=False) == words[:-1]


def test_a_draft_that_pays_the_whole_says_so() -> None:
    assert "The step that is reached pays on everything." in plan_words(parse_plan(volume_plan("whole")))[0]


def test_growth_and_sprint_have_their_own_words() -> None:
    assert plan_words(parse_plan(GROWTH_PLAN))[0] == (
        "Growth of components, clothing and accessories bought from us against the same time a year before: 2 % from "
        "110 % to 115 %, 3 % from 115 % to 120 % and 4 % from 120 %. Only what exceeds the year before is paid on. "
        "The year before must have brought at least 1,000.00."
    )
    assert plan_words(parse_plan(SPRINT_PLAN)) == [
        "40 stars for each unit of HL-U509 or HL-U509-R sold to end customers.",
        "Paid to the seller; for every partner.",
        "From 19 October 2026 until 29 November 2026, counted once for the whole time.",
    ]


@pytest.mark.parametrize(
    ("component", "keys", "told"),
    [
        (
            "{code: c, method: percent, percent: 2.5, qualify: {exclude_skus: [CA-1098]}}",
            {},
            "2.5 % of the revenue: all products (without CA-1098) bought from us.",
        ),
        (
            "{code: c, method: per_unit, amounts: {HL-U509: 3, Clothing: 1.5}}",
            {},
            "Each unit bought from us pays its own amount: 3.00 USD for HL-U509 and 1.50 USD for Clothing.",
        ),
        (
            "{code: c, method: tiered, measure: units, scope: total, bands: [{from: 10, fixed: 50}]}",
            {},
            "On all products bought from us in a quarter: 50.00 USD once from 10 units. "
            "Every step that is reached pays on everything.",
        ),
        (
            "{code: c, method: percent, percent: 1}",
            {"caps": "{per_participant_period: 100, per_line: 20}"},
            "No more than 100.00 USD a quarter and participant.",
        ),
        ("{code: c, method: percent, percent: 1}", {"claim_within_days": "30"}, "Claim within 30 days of the sale."),
        (
            "{code: c, method: percent, percent: 1}",
            {"multipliers": "[{when: {tiers: [platinum]}, by: 1.25}]"},
            "What is sold as partners of tier platinum counts 1.25 times.",
        ),
    ],
)
def test_every_rule_has_a_sentence(component: str, keys: dict[str, str], told: str) -> None:
    assert told in plan_words(parse_plan(plan_text(component, **keys)))


@pytest.mark.parametrize(
    ("names", "count", "told"),
    [
        (["Sport-100 Helmet, Black", "Sport-100 Helmet, Red"], 4, "Sport-100 helmets"),
        (["Sport-100 Helmet, Black"], 1, "Sport-100 helmet"),
        (["Hitch Rack - 4-Bike"], 3, "hitch racks"),
        (["Hitch Rack - 4-Bike", "Bike Wash"], 2, "units"),
        ([], 1, "unit"),
    ],
)
def test_products_are_called_what_they_share(names: list[str], count: int, told: str) -> None:
    assert noun(names, count) == told


def test_a_part_that_is_no_whole_cent_shows_more_decimals() -> None:
    assert part_words(Fraction(16677, 10), "USD") == "16.6770"
    assert part_words(Fraction(2_022_177), "USD") == "20,221.77"
    assert late_words([]) == ""


def test_quarters_follow_each_other() -> None:
    third = parse_quarter("2026-Q3")
    assert (third.title, third.name) == ("July to September 2026", "Third quarter 2026")
    assert (third.next.address, Quarter(2026, 4).next.address, Quarter(2026, 1).previous.address) == (
        "2026-Q4",
        "2027-Q1",
        "2025-Q4",
    )
    assert quarter_of(third.last_day) == third


def test_tags_and_end_customers_are_told_and_written_in_the_editor() -> None:
    asked = "qualify: {categories: [Clothing], tags: [new, spring]}\neligibility: {end_customers: {exclude: [schools]}}"
    told = parse_plan(f"{TAGGED}\n{asked}")
    words = " ".join(plan_words(told))
    assert "clothing tagged new or spring" in words
    assert "Sales to end customers of segment schools do not count." in words
    fields = read_fields(told.to_document())
    assert (fields["tags"], fields["end_customers"]) == ("new, spring", "schools")
    written = write_fields({"tags": "new", "end_customers": "schools, public_sector"}, told.to_document())
    assert written["qualify"]["tags"] == ["new"]
    assert written["eligibility"]["end_customers"] == {"exclude": ["schools", "public_sector"]}
    assert differences(told, parse_plan(TAGGED + "\nqualify: {categories: [Clothing]}")) == [
        "End customers left out: schools taken out.", "Tags of products: new, spring taken out.",
    ]  # fmt: skip


TAGGED = """
code: tagged
name: Tagged
kind: bonus
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
components:
  - {code: c, method: percent, percent: 2}
""".strip()
