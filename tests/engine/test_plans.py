"""Plan documents: exact values, and refusals that name the line and the key."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.engine.errors import PlanError
from portal.engine.plan import parse_plan, plan_from_document
from tests.engine.channel import plan_text

PERCENT = "{code: c, method: percent, percent: 2}"
PER_UNIT = "{code: c, method: per_unit, amount: 3}"
POINTS = "{in: points}"
TIERED = "{{code: c, method: tiered, {}}}"


def refused(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(PlanError) as error:
        parse_plan(text)
    return [(issue.line, issue.key, issue.sentence) for issue in error.value.issues]


def only(text: str) -> tuple[int | None, str, str]:
    (issue,) = refused(text)
    return issue


def test_a_plan_keeps_its_exact_numbers_through_its_document() -> None:
    plan = parse_plan(plan_text("{code: c, method: percent, percent: 2.50}", caps="{per_line: 10.10}"))
    assert plan.components[0].percent == Decimal("2.5")
    assert plan.to_document()["components"][0]["percent"] == "2.5"
    assert plan_from_document(plan.to_document()) == plan


def test_defaults_are_those_of_the_domain() -> None:
    plan = parse_plan(plan_text(PERCENT, effective="{from: 2013-01-01}"))
    assert (plan.goal, plan.grace_days, plan.participant, plan.enrollment, plan.hold_days) == (
        "",
        0,
        "partner",
        "automatic",
        0,
    )
    assert (plan.stack.policy, plan.stack.priority, plan.budget, plan.effective.until) == ("all", 100, None, None)
    assert plan.qualify_of(plan.components[0]).flow == "sell_in"


@pytest.mark.parametrize("word", ["NaN", "1e400", "1_000", "٥٠٠", "0x10", "Infinity", "1.23456789012", "+5", "''"])
def test_odd_spellings_of_numbers_are_refused_in_words(word: str) -> None:
    line, key, sentence = only(plan_text(f"{{code: c, method: percent, percent: {word}}}"))
    assert (line, key) == (8, "components[0].percent")
    assert "is not a plain number" in sentence


@pytest.mark.parametrize(
    ("replace", "line", "key", "words"),
    [
        ({"hold_dayz": "3"}, 7, "hold_dayz", "is not a key of a plan"),
        ({"extends": "base"}, 7, "extends", "There is no published plan"),
        ({"late": "adjust"}, 7, "late", "Write that key, too."),
        ({"answer_within_days": "14"}, 7, "answer_within_days", "one setting for all claims"),
        ({"hold": "{days: 30, from: invoice_paid}"}, 7, "hold.from", "counts from the approval"),
        ({"hold": "{days: 30, from: noon}"}, 7, "hold.from", "Use approved."),
        ({"hold": "{days: 30}", "hold_days": "5"}, 7, "hold", "hold and hold_days say the same"),
        ({"expiry": "{after_months: 12}"}, 7, "expiry", "Money never expires"),
        (
            {"pay": "{in: points}", "expiry": "{after_months: 12, counted_from: last_activity}"},
            7,
            "expiry.counted_from",
            "by the day they were earned",
        ),
        (
            {"pay": "{in: points}", "expiry": "{after_months: 12, notice_days: [7]}"},
            7,
            "expiry.notice_days",
            "told that stars expire",
        ),
        (
            {"pay": "{in: points, measured_in: USD}", "expiry": "{after_months: 1}", "expires_months": "2"},
            7,
            "expiry",
            "expiry and expires_months say the same",
        ),
        ({"eligibility": "{end_customers: [public_sector]}"}, 7, "eligibility.end_customers", "Write keys and values"),
        ({"qualify": "{price_floor: 80}"}, 7, "qualify.price_floor", "Write keys and values"),
        ({"qualify": "{price_floor: {percent_of_list: 2000}}"}, 7, "qualify.price_floor.percent_of_list", "1,000"),
        ({"qualify": "{price_floor: {percent_of_list: 80}}", "returns": "return_period"}, 8, "returns", "price floor"),
        ({"terms": "''"}, 7, "terms", "Write terms of 1 to 20,000 characters"),
        ({"kind": "gift"}, 3, "kind", "is not known here"),
        ({"kind": "[spif]"}, 3, "kind", "is not known here"),
        ({"code": "My Plan"}, 1, "code", "is not a code"),
        ({"name": "' '"}, 2, "name", "1 to 500 characters"),
        ({"period": "week"}, 5, "period", "month, quarter, half, year or campaign"),
        ({"pay": "{in: XYZ}"}, 6, "pay.in", "is not a currency code"),
        ({"pay": "USD"}, 6, "pay", "Write keys and values"),
        ({"pay": "{in: USD, measured_in: EUR}"}, 6, "pay.measured_in", "paid in the currency it is measured in"),
        ({"pay": POINTS}, 6, "pay.measured_in", "Points on money need the currency"),
        ({"grace_days": "1_000"}, 7, "grace_days", "is not a whole number"),
        ({"goal": ""}, 7, "goal", "Write a text here."),
        ({"expires_months": "3"}, 7, "expires_months", "Money never expires"),
        ({"effective": "{from: 2013-02-30}"}, 4, "effective.from", "is not a day"),
        ({"effective": "{from: 20130201}"}, 4, "effective.from", "is not a day"),
        ({"effective": "{from: 2013-02-01, until: 2013-02-01}"}, 4, "effective.until", "ends before it starts"),
        ({"effective": "{from: 2013-02-01}", "period": "campaign"}, 4, "effective.until", "A campaign needs an end"),
        ({"effective": "{until: 2013-02-01}"}, 4, "effective.from", "This key is missing"),
        ({"caps": "{per_line: 1.005}"}, 7, "caps.per_line", "at most 2 decimals"),
        ({"budget": "{amount: 1.005}"}, 7, "budget.amount", "at most 2 decimals"),
        ({"caps": "{per_line: -1}"}, 7, "caps.per_line", "is out of range"),
        ({"caps": "{per_line: 0.00001}"}, 7, "caps.per_line", "has too many decimals"),
        ({"multipliers": "x"}, 7, "multipliers", "Write a list here"),
    ],
)
def test_a_plan_that_does_not_parse_names_line_and_key(
    replace: dict[str, str], line: int, key: str, words: str
) -> None:
    found = only(plan_text(PERCENT, **replace))
    assert found[:2] == (line, key)
    assert words in found[2]


@pytest.mark.parametrize(
    ("component", "key", "words"),
    [
        ("{code: c, method: magic}", ".method", "is not known here"),
        ("{code: c, method: percent}", ".percent", "needs this key"),
        ("{code: c, method: tiered, bands: []}", ".bands", "needs this key"),
        ("{code: c, method: per_unit}", ".amount", "Write either amount"),
        ("{code: c, method: per_unit, amount: 1, amounts: {A: 1}}", ".amount", "Write either amount"),
        ("{code: c, method: per_unit, amounts: {A: 1}, measure: invoices}", ".measure", "pays by unit"),
        ("{code: c, method: per_unit, amounts: {A: x}}", ".amounts.A", "is not a plain number"),
        ("{code: c, method: per_unit, amounts: 3}", ".amounts", "Write keys and values"),
        ("{code: c, method: percent, percent: 2, measure: units}", ".measure", "measures what it earns on"),
        ("{code: c, method: percent, percent: 2, earn_on: units}", ".earn_on", "always of money"),
        ("{code: c, method: percent, percent: 2, bands: [{from: 0, percent: 1}]}", ".bands", "does not belong"),
        ("{code: c, method: percent, percent: 2, curve: linear}", ".curve", "does not belong"),
        (TIERED.format("bands: [{from: 0}]"), ".bands[0]", "exactly one"),
        (
            TIERED.format("bands: [{from: 5, percent: 1}, {from: 5, percent: 2}]"),
            ".bands[1].from",
            "above the one before",
        ),
        (TIERED.format("bands: [{from: 0.005, percent: 1}]"), ".bands[0].from", "finer than revenue"),
        (TIERED.format("bands: [{from: 0, fixed: 0.005}]"), ".bands[0].fixed", "at most 2 decimals"),
        (TIERED.format("measure: units, bands: [{from: 0, percent: 1}]"), ".scope", "read as whole or total"),
        (TIERED.format("scope: banded, bands: [{from: 0, percent: 1}]"), ".scope", "marginal, whole, rolling or total"),
        (TIERED.format("scope: whole, earn_on: revenue, bands: [{from: 0, per_unit: 1}]"), ".earn_on", "for each unit"),
        (
            "{code: c, method: growth, baseline: x, bands: [{from: 1, percent: 1}]}",
            ".baseline.of",
            "is not a plain number",
        ),
        ("{code: c, method: growth, baseline: 0.005, bands: [{from: 1, percent: 1}]}", ".baseline", "finer than"),
        (
            "{code: c, method: growth, baseline: {min: 0.005}, bands: [{from: 1, percent: 1}]}",
            ".baseline",
            "The minimum is finer",
        ),
        (
            "{code: c, method: growth, bands: [{from: 1000001, percent: 1}]}",
            ".bands[0].from",
            "percent of the baseline",
        ),
    ],
)
def test_a_component_that_makes_no_sense_names_its_key(component: str, key: str, words: str) -> None:
    line, found, sentence = only(plan_text(component))
    assert (line, found) == (8, f"components[0]{key}")
    assert words in sentence


GROWTH = "{{code: c, method: growth, {} bands: [{{from: 100, percent: 1}}]}}"


@pytest.mark.parametrize(
    ("component", "key", "words"),
    [
        ("{code: c, method: milestone, amount: 5}", ".at", "needs this key"),
        ("{code: c, method: milestone, amount: 5, at: 0}", ".at", "lies above 0"),
        ("{code: c, method: milestone, amount: 5, at: 0.001}", ".at", "finer than revenue"),
        ("{code: c, method: milestone, amount: 5.005, at: 1}", ".amount", "at most 2 decimals"),
        ("{code: c, method: milestone, amount: 5, at: 1, repeat: twice}", ".repeat", "Use once or every"),
        ("{code: c, method: bundle, amount: 5}", ".items", "needs this key"),
        ("{code: c, method: bundle, amount: 5, items: {}}", ".items", "needs this key"),
        ("{code: c, method: bundle, amount: 5, items: {A: 0}}", ".items.A", "at least one of it"),
        ("{code: c, method: bundle, amount: 5.001, items: {A: 1}}", ".amount", "at most 2 decimals"),
        ("{code: c, method: rank}", ".prizes", "needs this key"),
        ("{code: c, method: rank, prizes: {1: 5, 3: 2}}", ".prizes", "without a gap"),
        ("{code: c, method: rank, prizes: {0: 5, 1: 2}}", ".prizes", "without a gap"),
        ("{code: c, method: rank, prizes: {1: 5.005}}", ".prizes.1", "at most 2 decimals"),
        ("{code: c, method: rank, prizes: {1: 5}, ties: dice}", ".ties", "Use share, earliest or duplicate"),
        ("{code: c, method: free_goods, per: 0, give: 1}", ".per", "1 or more"),
        ("{code: c, method: free_goods, per: 10}", ".give", "needs this key"),
        (
            "{code: c, method: attainment, scope: excess, curve: linear, bands: [{from: 1, percent: 1}]}",
            ".curve",
            "scope: whole",
        ),
        (
            "{code: c, method: attainment, bands: [{from: 1000001, percent: 1}]}",
            ".bands[0].from",
            "percent of the target",
        ),
        ("{code: c, method: per_unit, measure: sunshine, amount: 1}", ".measure", "new_customers or activity:NAME"),
        ("{code: c, method: per_unit, measure: list_value, amount: 1}", ".measure", "per_unit pays for each unit"),
        ("{code: c, method: per_unit, amounts_by_tier: {gold: 1}, amount: 1}", ".amount", "Write either amount"),
        ("{code: c, method: per_unit, measure: customers, amounts_by_tier: {gold: 1}}", ".measure", "Amounts by tier"),
        (
            "{code: c, method: tiered, measure: 'activity:a', earn_on: units, scope: whole,"
            " bands: [{from: 1, fixed: 1}]}",
            ".earn_on",
            "counted apart from sales",
        ),
        (
            "{code: c, method: tiered, measure: units, earn_on: 'activity:a', scope: whole,"
            " bands: [{from: 1, fixed: 1}]}",
            ".earn_on",
            "Write the activity as measure",
        ),
        (GROWTH.format("baseline: {newcomer: maybe},"), ".baseline.newcomer", "is not a plain number"),
        (GROWTH.format("baseline: {newcomer: 0.005},"), ".baseline.newcomer", "finer than revenue"),
        (GROWTH.format("baseline: {newcomer: {percent: 2}},"), ".baseline.newcomer", "none, peer_median"),
        (GROWTH.format("baseline: {newcomer: {flat_percent: x}},"), ".baseline.newcomer", "is not a plain number"),
        (
            "{code: c, method: growth, baseline: {newcomer: {flat_percent: 2}}, bands: [{from: 1, fixed: 1}]}",
            ".baseline.newcomer",
            "beside bands in percent",
        ),
        (
            GROWTH.format("baseline: {of: table, freeze: at_open},"),
            ".baseline.freeze",
            "Only the sales of a year earlier",
        ),
        (GROWTH.format("baseline: {of: 5, partial_year: annualize},"), ".baseline.partial_year", "Remove this key"),
        (GROWTH.format("baseline: {of: table, currency: constant},"), ".baseline.currency", "live revenue"),
        (GROWTH.format("measure: margin, baseline: {currency: constant},"), ".baseline.currency", "live revenue"),
        (
            GROWTH.format("measure: units, earn_on: revenue, baseline: {cap_growth_percent: 5},"),
            ".baseline.cap_growth_percent",
            "Leave earn_on out",
        ),
        (
            "{code: c, method: growth, measure: new_customers, bands: [{from: 1, per_unit: 1}]}",
            ".measure",
            "no year earlier",
        ),
    ],
)
def test_a_method_that_makes_no_sense_names_its_key(component: str, key: str, words: str) -> None:
    line, found, sentence = only(plan_text(component))
    assert (line, found) == (8, f"components[0]{key}")
    assert words in sentence


def test_free_goods_are_paid_in_money() -> None:
    text = plan_text("{code: c, method: free_goods, per: 10, give: 1}", pay=POINTS)
    assert only(text) == (6, "pay.in", "Free goods are worth their list price: pay a currency, such as USD.")


def test_every_baseline_survives_its_document() -> None:
    for newcomer in ("none", "peer_median", "5.5", "{flat_percent: 2.5}"):
        more = "partial_year: annualize, currency: constant, cap_growth_percent: 50"
        plan = parse_plan(plan_text(GROWTH.format(f"baseline: {{newcomer: {newcomer}, {more}}},")))
        assert plan_from_document(plan.to_document()) == plan


def test_percent_and_amounts_are_not_mixed_in_one_component() -> None:
    found = refused(plan_text(TIERED.format("scope: whole, bands: [{from: 0, percent: 1}, {from: 5, per_unit: 2}]")))
    assert any("Make two components" in sentence for _, _, sentence in found)


def test_per_unit_pays_for_counts_only() -> None:
    found = refused(plan_text("{code: c, method: per_unit, amount: 1, measure: revenue}"))
    assert found[0][1:] == (
        "components[0].measure",
        "per_unit pays for each unit: measure units, invoices or customers.",
    )


@pytest.mark.parametrize(
    "component",
    [
        "{code: c, method: per_unit, amount: 1.5}",
        "{code: c, method: per_unit, amounts: {A: 1.5}}",
        "{code: c, method: tiered, measure: units, bands: [{from: 0, per_unit: 1.5}]}",
        "{code: c, method: tiered, measure: units, bands: [{from: 0, fixed: 1.5}]}",
    ],
)
def test_points_are_whole(component: str) -> None:
    assert "whole numbers" in only(plan_text(component, pay=POINTS))[2]


def test_two_components_of_one_name_are_refused() -> None:
    assert only(plan_text(f"{PERCENT}\n{PERCENT}"))[1:] == (
        "components[1].code",
        "Two components are called “c”. Rename one.",
    )


def test_a_plan_without_components_is_refused() -> None:
    text = plan_text(PERCENT).split("components:")[0] + "components: []"
    assert only(text) == (7, "components", "List at least one component.")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", 1, "not readable as YAML"),
        ("a: \x07", None, "not readable as YAML"),
        ("a: &x 1\nb: *x", 2, "aliases"),
        ("- 1", 1, "list of keys"),
        ("", 1, "list of keys"),
        ("a: 1\na: 2", 2, "here twice"),
        ("[1, 2]: 3", 1, "plain word"),
        ("a: " + "[" * 600 + "]" * 600, None, "nested too deeply"),
        ("x" * 200_001, None, "longer than"),
    ],
)
def test_a_text_that_is_no_plan_is_refused_in_words(text: str, line: int | None, words: str) -> None:
    found = refused(text)
    assert (found[0][0], words in found[0][2]) == (line, True)


def test_a_stored_document_is_refused_without_a_line() -> None:
    document = parse_plan(plan_text(PERCENT)).to_document()
    with pytest.raises(PlanError, match=r"^hold_days: ") as error:
        plan_from_document(document | {"hold_days": 2.5})
    assert error.value.issues[0].line is None


def test_whole_numbers_and_days_of_a_document_may_be_native() -> None:
    document = parse_plan(plan_text(PER_UNIT)).to_document()
    document["components"][0]["amount"] = 3
    assert plan_from_document(document | {"hold_days": 2}).hold_days == 2
    document["components"][0]["amount"] = True
    with pytest.raises(PlanError, match="“True” is not a plain number"):
        plan_from_document(document)


def test_every_fault_of_a_plan_is_listed_at_once() -> None:
    found = refused(plan_text("{code: c, method: percent, percent: x}", grace_days="y", kind="z"))
    assert [line for line, _, _ in found] == [3, 7, 9]


def test_growth_of_a_fixed_number_needs_no_mapping() -> None:
    plan = parse_plan(plan_text("{code: c, method: growth, baseline: 1000, bands: [{from: 100, percent: 1}]}"))
    assert plan.components[0].growth_base.of == Decimal(1000)
    assert plan_from_document(plan.to_document()) == plan
