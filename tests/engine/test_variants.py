"""Variants: a plan that extends a published one says only what differs, and is refused in words when it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from portal.engine.errors import PlanError
from portal.engine.plan import Plan, parse_plan, plan_from_document
from tests.engine.channel import plan_text

BASE = plan_text(
    "{code: a, method: percent, percent: 10, qualify: {categories: [Accessories]}}\n"
    "{code: b, method: per_unit, amount: 1}",
    code="base",
    caps="{per_line: 5, program: 100}",
    eligibility="{tiers: [gold, silver]}",
)
VARIANT = """
code: west
extends: base
name: West
caps: {per_line: 7}
eligibility: {tiers: [platinum], territories: [Southwest]}
components:
  - {code: c, method: per_unit, amount: 3}
  - {code: a, percent: 12}
"""


def known(**documents: dict[str, Any]) -> Any:
    return {"base": parse_plan(BASE).to_document(), **documents}.get


def read(text: str, **documents: dict[str, Any]) -> Plan:
    return parse_plan(text, known(**documents))


def refused(text: str, **documents: dict[str, Any]) -> tuple[int | None, str, str]:
    with pytest.raises(PlanError) as error:
        read(text, **documents)
    (issue,) = error.value.issues
    return issue.line, issue.key, issue.sentence


def test_mappings_merge_components_merge_by_code_and_lists_replace() -> None:
    plan = read(VARIANT)
    assert (plan.code, plan.name, plan.extends, plan.kind) == ("west", "West", "base", "rebate")
    assert (str(plan.caps.per_line), str(plan.caps.program)) == ("7", "100")
    assert (plan.eligibility.tiers, plan.eligibility.territories) == (("platinum",), ("Southwest",))
    assert [(part.code, str(part.percent), str(part.amount)) for part in plan.components] == [
        ("a", "12", "None"),
        ("b", "None", "1"),
        ("c", "None", "3"),
    ]
    assert plan.components[0].qualify.categories == ("Accessories",)
    assert plan_from_document(plan.to_document()) == plan


def test_a_variant_may_say_nothing_but_its_name_and_take_a_key_away() -> None:
    plan = read("code: west\nextends: base\nname: West\ncaps:\n")
    assert [part.code for part in plan.components] == ["a", "b"]
    assert plan.caps.program is None


def test_components_that_are_no_list_are_refused_where_they_stand() -> None:
    assert refused("code: west\nextends: base\ncomponents: none")[:2] == (3, "components")


def test_faults_name_the_line_of_the_variant_and_inherited_ones_that_of_extends() -> None:
    assert refused(VARIANT.replace("percent: 12", "percent: x"))[:2] == (9, "components[0].percent")
    assert refused(VARIANT.replace("amount: 3", "amount: x"))[:2] == (8, "components[2].amount")
    assert refused("name: West\nextends: base")[:2] == (2, "code")


def test_a_code_that_stands_twice_is_still_refused() -> None:
    twice = VARIANT + "  - {code: a, percent: 13, method: percent}\n"
    assert refused(twice)[2] == "Two components are called “a”. Rename one."
    assert refused(VARIANT + "  - x\n")[1] == "components[3]"
    assert refused(VARIANT + "  - {method: percent, percent: 1}\n")[1] == "components[3].code"


def test_an_unknown_base_is_refused() -> None:
    expected = (3, "extends", "There is no published plan “nowhere” to extend. Check its code.")
    assert refused(VARIANT.replace("extends: base", "extends: nowhere")) == expected
    assert refused(VARIANT.replace("extends: base", "extends: [base]"))[:2] == (3, "extends")
    with pytest.raises(PlanError, match="no published plan"):
        parse_plan(VARIANT)


def test_a_circle_is_refused() -> None:
    base = known()("base")
    assert (
        refused(VARIANT.replace("code: west", "code: base"))[2] == "“base” would extend itself: base. Extend another."
    )
    round_trip = refused(VARIANT, base=base | {"extends": "north"}, north=base | {"code": "north", "extends": "west"})
    assert round_trip == (
        3,
        "extends",
        "“west” would extend itself: base extends north extends west. Extend another.",
    )


def test_at_most_three_in_a_row() -> None:
    base = known()("base")
    chain = {"base": base | {"extends": "two"}, "two": base | {"extends": "three"}, "three": base}
    assert read(VARIANT, **chain).extends == "base"
    chain["three"] = base | {"extends": "four"}
    assert refused(VARIANT, **chain)[2] == (
        "It extends base, which extends two, which extends three, which extends four: at most 3 in a row. "
        "Extend two instead."
    )
