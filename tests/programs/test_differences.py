"""Differences of two plans in words: every kind of key, whole and broken."""

from __future__ import annotations

import pytest

from portal.engine.plan import parse_plan
from portal.programs.definitions.differences import differences
from tests.programs.shop_year import volume_plan

SPIF = """
code: s
name: S
kind: spif
effective: {from: 2026-01-01, until: 2026-04-01}
period: campaign
pay: {in: points}
participant: seller
qualify: {skus: [A-1, B-2]}
components:
  - {code: table, method: per_unit, amounts: {A-1: 40, B-2: 25}}
"""


def told(old: str, new: str) -> list[str]:
    """The differences of two texts."""
    return differences(parse_plan(old), parse_plan(new))


def test_the_same_plan_has_no_difference_however_it_is_written():
    assert told(volume_plan(), volume_plan().replace("percent: 2.5", 'percent: "2.50"')) == []
    assert differences(None, parse_plan(SPIF)) == ["This is the first version."]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("until: 2026-04-01", "until: 2026-05-01", "Last day: from 31 March 2026 to 30 April 2026."),
        ("skus: [A-1, B-2]", "skus: [A-1, C-3]", "Products: C-3 added; B-2 taken out."),
        ("B-2: 25}", "C-3: 30}", "Amounts: C-3 now 30 stars; B-2 taken out."),
        ("A-1: 40", "A-1: 50", "Amounts: A-1 from 40 stars to 50 stars."),
        ("participant: seller", "participant: seller\nhold_days: 7", "Days until it can be used: from 0 to 7."),
        ("participant: seller", "participant: seller\nbudget: {amount: 900}", "Budget: now 900 stars."),
        ("participant: seller", "participant: partner", "Paid to: from the seller to the shop."),
        ("name: S", "name: T", "Name: from “S” to “T”."),
        ("code: table", "code: other", "Component “other” is new."),
        (
            "components:", "multipliers: [{when: {tiers: [gold]}, by: 2}]\ncomponents:",
            "Factor 2 for gold is new.",
        ),
    ],
)  # fmt: skip
def test_a_change_is_one_sentence(old, new, sentence):
    assert sentence in told(SPIF, SPIF.replace(old, new))


def test_no_word_of_the_document_is_left_in_a_sentence():
    told_of_scope = told(volume_plan(), volume_plan("whole"))
    assert told_of_scope == ["How the bands pay: from each on its own part to the reached one on everything."]


def test_bands_are_compared_by_where_they_begin():
    changed = (
        volume_plan()
        .replace("{from: 500, percent: 2.5}", "{from: 600, percent: 2.5}")
        .replace("percent: 5}", "percent: 5.5}")
    )
    found = told(volume_plan(), changed)
    assert "Band from 500 (2.5 %) is gone." in found
    assert any(sentence.startswith("Band from 600: new") for sentence in found)
    assert "Band from 4,500: from 5 % to 5.5 %." in found
