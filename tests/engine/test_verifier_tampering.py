"""Nothing in a trace can be bent unnoticed: every figure of it, changed alone, is refused by the verifier."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.channel import day, facts, line, program, rate
from tests.engine.test_verifier import BANDS, SALES, document, verified

# What only names things, or words what the figures beside it say: nothing of it enters an amount.
NAMES = {
    "version", "unit", "measured_for", "rates", "reached", "nothing", "paid_days", "part", "code", "method", "repeat",
    "within", "curve", "earn_on", "scope", "freeze", "currency", "paid_as",
}  # fmt: skip
CODES = [("partner", 1, "C"), ("partner", 2, "B"), ("partner", 3, "A")]
PRICES = [{"product_id": 1, "valid_from": day("2012-01-01"), "cost": 100, "list_price": 3_499, "currency": "USD"}]
RIVALS = [line(amount=209_100, quantity=2, partner_id=2), line(amount=150_000, quantity=1, partner_id=3)]
BEFORE = [line("2012-02-01", 100_000, quantity=4)]
WARM = "[{when: {tiers: [gold]}, by: 1.25}]"
SPLIT = "{split: [{to: partner, percent: 60}, {to: seller, percent: 40}]}"
PERCENT = "{code: c, method: percent, percent: 10}"
# Each plan with the figures of its trace that could be others without changing what is paid: a cap that binds anyway,
# the prize of another rank, a share of nothing.
CASES: list[tuple[str, dict[str, str], set[str]]] = [
    (f"{{code: c, method: tiered, scope: marginal, {BANDS}}}", {"caps": "{per_line: 20}"}, {"lines/1/factor"}),
    (f"{{code: c, method: tiered, scope: rolling, {BANDS}}}", {}, {"rule/bands/0/from"}),
    (PERCENT, {"caps": "{per_participant_period: 77.77}"}, set()),
    (PERCENT, {"minimum_payout": "150"}, set()),
    (PERCENT, {"caps": "{program: 100}"}, {"limits/0/mine"}),
    (PERCENT, {"budget": "{amount: 100, when_reached: stop}"}, {"limits/0/posted", "limits/0/turns/2/others"}),
    ("{code: c, method: per_unit, amount: 3}", {"credit": SPLIT}, set()),
    ("{code: c, method: per_unit, amounts: {HL-U509: 2, Clothing: 1.5}}", {"multipliers": WARM}, set()),
    ("{code: c, method: growth, scope: excess, bands: [{from: 110, percent: 2}]}", {}, {"flat"}),
    (
        "{code: c, method: growth, scope: banded, baseline: 1000, bands: [{from: 110, percent: 2}]}",
        {},
        {"flat", "rule/baseline/newcomer"},
    ),
    ("{code: c, method: milestone, at: 700, amount: 5, repeat: every}", {}, set()),
    ("{code: c, method: bundle, amount: 5, items: {HL-U509: 2, CA-1098: 1}}", {}, set()),
    (
        "{code: c, method: free_goods, per: 2, give: 1}",
        {},
        {"lines/1/factor", "lines/2/factor"},
    ),
    ("{code: c, method: rank, prizes: {1: 500, 2: 300, 3: 101}}", {}, {"rule/prizes/3", "today"}),
    ("{code: c, method: rank, ties: duplicate, prizes: {1: 500, 2: 300}}", {}, {"rule/prizes/2", "today"}),
    (
        "{code: c, method: rank, ties: earliest, prizes: {1: 500, 2: 300}}",
        {},
        {"rule/prizes/1", "ladder/0/measure", "today"},
    ),
]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Every figure of a document that is no name, with the way to it."""
    if isinstance(value, dict):
        named = NAMES | ({"measure"} if path[-1:] == ("rule",) else set())
        return [leaf for key in value if key not in named for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [] if value is None else [(path, value)]


def other(value: Any) -> Any:
    """Another value than the given one, twice as far from nothing and more."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return 2 * value + (1 if value >= 0 else -1)
    if "/" in value:
        top, bottom = value.split("/")
        return f"{other(int(top))}/{bottom}"
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return str(2 * Decimal(value) + (1 if Decimal(value) >= 0 else -1))
    return "2099-01-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else f"{value}x"


def printed(row: dict[str, Any]) -> dict[str, Any]:
    """What of a trace `portal explain --json` prints and the verifier reads."""
    names = ("source", "external_id", "counted", "measure", "share")
    lines = [{name: line[name] for name in names} for line in row["lines"]]
    return {name: row[name] for name in ("measure", "baseline", "earned", "derivation")} | {"lines": lines}


def changed(row: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(row))
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize(("component", "keys", "idle"), CASES)
def test_no_figure_of_a_trace_can_be_changed_unnoticed(component: str, keys: dict[str, str], idle: set[str]) -> None:
    known = facts([*SALES, *RIVALS, *BEFORE], prices=PRICES, codes=CODES, today="2013-04-02")
    row = printed(document(program(component, **keys), known))
    assert row["earned"] != "0.00"
    assert verified(row) == []
    idle = idle | (set() if "percent" in component else {"money_digits"})
    unnoticed = {
        "/".join(map(str, path[3:] if path[1:2] == ("groups",) else path[1:]))
        for path, value in leaves(row)
        if not verified(changed(row, path, other(value)))
    }
    assert unnoticed == idle


def test_what_is_missing_from_a_trace_is_refused_in_words() -> None:
    row = printed(document(program(PERCENT), facts(SALES)))
    del row["derivation"]["groups"][0]["lines"][0]["factor"]
    assert verified(row) == ["'factor'"]
    assert verified(row | {"derivation": {"groups": [], "limits": [], "pay_digits": 2}}) != []


def made_in_euros() -> dict[str, Any]:
    """100.01 EUR sold at 1.2345 with costs of 1.00 USD: a margin of 122.46 USD."""
    sales = [line(amount=10_001, currency="EUR")]
    known = facts(sales, prices=PRICES, rates=[rate("EUR", "USD", "2012-01-01", 1.2345)])
    return printed(document(program("{code: c, method: percent, percent: 10, measure: margin}"), known))


def test_an_amount_is_recomputed_at_its_rate_and_rounded_once() -> None:
    row = made_in_euros()
    (found,) = row["derivation"]["groups"][0]["lines"]
    assert found["made"] == [
        {"amount": 10_001, "currency": "EUR", "rate": "2469/2000"},
        {"amount": -100, "currency": "USD", "rate": "1/1"},
    ]
    assert (row["measure"], row["earned"], verified(row)) == ("122.46", "12.25", [])
    way = ("derivation", "groups", 0, "lines", 0, "made")
    for index, name, value in ((0, "amount", 10_003), (0, "rate", "2471/2000"), (1, "amount", -99), (1, "rate", "2/1")):
        assert verified(changed(row, (*way, index, name), value)) == ["a line is not worth its amounts"]


def test_the_currency_that_is_measured_in_has_no_other_rate_than_one() -> None:
    row = printed(document(program(PERCENT), facts([line(amount=60_000)])))
    way = ("derivation", "groups", 0, "lines", 0, "made", 0)
    bent = changed(changed(row, (*way, "amount"), 30_000), (*way, "rate"), "2/1")
    assert verified(bent) == ["a line is not worth its amounts"]


def test_parts_that_are_not_the_plans_are_refused() -> None:
    row = printed(document(program(PERCENT, credit=SPLIT), facts(SALES)))
    assert verified(row) == []
    group = row["derivation"]["groups"][0]
    assert (group["credit"], group["paid_as"]) == ({"partner": "60", "seller": "40"}, "partner")
    for name, value in (("credit", {"partner": "60", "seller": "41"}), ("paid_as", "seller")):
        bent = changed(row, ("derivation", "groups", 0, name), value)
        assert verified(bent) == ["the parts are not those of the plan"]
