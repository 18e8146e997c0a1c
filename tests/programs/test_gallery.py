"""The templates: every one a plan that reads, dated anew when chosen, and worked out by the engine that pays."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.core.errors import NotFound
from portal.engine.plan import parse_plan
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions.words import plan_words
from portal.programs.studio.fields import read_fields, write_fields
from portal.programs.studio.gallery import get_template, list_templates, next_quarter, start_text
from portal.programs.studio.plan_writing import write_plan
from portal.programs.studio.trials import try_plan

STEMS = [template.stem for template in list_templates()]


def test_there_is_a_template_for_every_kind_of_program_people_ask_for():
    assert len(STEMS) >= 12
    assert {template.plan.kind for template in list_templates()} >= {
        "rebate", "spif", "growth", "bonus", "training", "contest",
    }  # fmt: skip
    methods = {component.method for template in list_templates() for component in template.plan.components}
    assert methods >= {"per_unit", "tiered", "growth", "attainment", "milestone", "bundle", "rank", "free_goods"}


@pytest.mark.parametrize("stem", STEMS)
def test_a_template_has_goal_end_and_budget_and_reads_aloud(stem):
    plan = get_template(stem).plan
    assert plan.goal
    assert plan.budget is not None
    assert plan.effective.until is not None
    assert all(len(sentence) > 10 for sentence in plan_words(plan))


@pytest.mark.parametrize("stem", STEMS)
def test_a_chosen_template_starts_with_the_next_quarter_and_lasts_as_long(stem):
    before = get_template(stem).plan
    plan = parse_plan(start_text(get_template(stem).text, today=dt.date(2026, 11, 19), code="mine", name="Mine"))
    assert (plan.code, plan.name, plan.starts) == ("mine", "Mine", dt.date(2027, 1, 1))
    assert plan.effective.until.day == 1
    assert (plan.effective.until - plan.starts).days == pytest.approx(
        (before.effective.until - before.starts).days, abs=1
    )


@pytest.mark.parametrize("stem", STEMS)
def test_fields_and_text_say_the_same_and_nothing_is_lost_between_them(stem):
    document = read_plan_text(get_template(stem).text)[0]
    assert write_fields(read_fields(document), document) == document
    assert read_plan_text(write_plan(document))[0] == document


@pytest.mark.parametrize("stem", STEMS)
def test_the_examples_of_a_template_pay_something_and_a_return_to_nothing_pays_nothing(stem):
    for trial in try_plan(get_template(stem).plan):
        assert trial.problem == ""
        assert max(example.paid for example in trial.examples) > 0
        assert all(example.paid == 0 for example in trial.examples if example.x == 0)


def test_the_quarter_after_december_is_in_the_next_year():
    assert next_quarter(dt.date(2026, 12, 31)) == dt.date(2027, 1, 1)
    assert next_quarter(dt.date(2026, 2, 28)) == dt.date(2026, 4, 1)


def test_an_unknown_template_is_not_found():
    with pytest.raises(NotFound):
        get_template("../secrets")
