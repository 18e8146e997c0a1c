"""Random plans with every method, measure and baseline, and journals on which they pay: each made from one seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from portal.engine.errors import PlanError
from portal.engine.frames import Facts
from portal.engine.plan import Plan, plan_from_document
from tests.engine.channel import day, done, facts, line, rate, target, who
from tests.engine.strategies import CATEGORIES, RATES, SKUS, TERRITORIES, TIERS

METHODS = (
    "per_unit", "percent", "tiered", "growth", "growth", "growth", "attainment", "attainment", "milestone", "bundle",
    "rank", "free_goods",
)  # fmt: skip
MEASURES = (
    "revenue", "revenue", "units", "units", "margin", "list_value", "invoices", "customers", "new_customers",
    "activity:trainings",
)  # fmt: skip
MONEY = ("revenue", "margin", "list_value")
STARTS = ("2013-01-01", "2013-02-01", "2013-04-01", "2012-02-29", "2013-02-15", "2013-03-01", "2013-05-01")
DAYS = (
    "2012-01-31", "2012-02-29", "2012-03-30", "2012-04-01", "2013-01-01", "2013-02-14", "2013-02-28", "2013-03-31",
    "2013-04-01", "2013-05-19",
)  # fmt: skip
CODES = [("partner", 1, "C"), ("partner", 2, "B"), ("partner", 3, "A"), ("person", 9, "a"), ("person", 8, "b")]


def plan_of(seed: int) -> Plan:
    """A plan the parser accepts, of any method."""
    dice = Random(seed)
    while True:
        try:
            return plan_from_document(_document(dice))
        except PlanError:
            continue


def _document(dice: Random) -> dict[str, Any]:
    pays = [{"in": "USD"}, {"in": "USD"}, {"in": "points", "measured_in": "USD"}, {"in": "JPY"}, {"in": "KWD"}]
    found: dict[str, Any] = {
        "code": "p",
        "name": "A random plan",
        "kind": "bonus",
        "effective": {"from": dice.choice(STARTS[:5]), "until": dice.choice(["2013-05-20", "2014-01-01"])},
        "period": dice.choice(["month", "quarter", "quarter", "half", "year", "campaign"]),
        "pay": dice.choice(pays),
        "participant": dice.choice(["partner", "partner", "seller", "parent"]),
        "returns": dice.choice(["original_period", "return_period"]),
        "eligibility": _eligibility(dice),
        "qualify": _qualify(dice),
        "components": [_component(dice, code) for code in ("a", "b")[: dice.randint(1, 2)]],
    }
    if dice.random() < 0.25:
        found["multipliers"] = [{"when": _eligibility(dice), "by": by} for by in ("1.25", "0.3333")]
    if dice.random() < 0.15:
        found["caps"] = {dice.choice(["per_participant_period", "per_line"]): dice.choice(["0", "2", "15"])}
    return found


def _eligibility(dice: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if dice.random() < 0.25:
        found["tiers"] = dice.sample(TIERS, 2)
    if dice.random() < 0.1:
        found["territories"] = [dice.choice(TERRITORIES)]
    return found


def _qualify(dice: Random) -> dict[str, Any]:
    choices: dict[str, Any] = {"categories": CATEGORIES, "exclude_skus": SKUS, "sources": ("erp", "pos")}
    found = {key: [dice.choice(values)] for key, values in choices.items() if dice.random() < 0.06}
    return found | ({"flow": dice.choice(["sell_in", "sell_out"])} if dice.random() < 0.2 else {})


def _component(dice: Random, code: str) -> dict[str, Any]:
    method = dice.choice(METHODS)
    found: dict[str, Any] = {"code": code, "method": method, "qualify": _qualify(dice)}
    measure = dice.choice(MEASURES)
    if method not in ("bundle", "free_goods", "percent"):
        found["measure"] = measure
    if method == "per_unit":
        tiers = {"gold": "4", "silver": "2"}
        found |= dice.choice(
            [{"amount": "3"}, {"amounts_by_tier": tiers}, {"amounts": {"HL-U509": "4", "Clothing": "2"}}]
        )
    elif method == "percent":
        found |= {"percent": dice.choice(["0.0333", "2.5", "100"]), "measure": dice.choice(MONEY)}
    elif method == "milestone":
        found |= {"at": dice.choice(["1", "3", "20"]), "amount": "7", "repeat": dice.choice(["once", "every"])}
    elif method == "bundle":
        needed = {sku: dice.choice(["1", "2"]) for sku in dice.sample(SKUS, dice.randint(1, 2))}
        found |= {"items": needed, "amount": "5", "within": dice.choice(["invoice", "period"])}
    elif method == "rank":
        found["prizes"] = dice.choice([{"1": "7"}, {"1": "10", "2": "5"}, {"1": "9", "2": "4", "3": "2"}])
        found["ties"] = dice.choice(["share", "earliest", "duplicate"])
    elif method == "free_goods":
        found |= {"per": dice.choice(["2", "3"]), "give": dice.choice(["1", "2"])}
    else:
        found |= _scale(dice, method, measure)
    return found


def _scale(dice: Random, method: str, measure: str) -> dict[str, Any]:
    scopes = ["marginal", "whole", "rolling", "total"] if method == "tiered" else ["whole", "whole", "excess", "banded"]
    found: dict[str, Any] = {"scope": dice.choice(scopes)}
    kinds = ["percent", "fixed"] if measure in MONEY else ["per_unit", "per_unit", "fixed"]
    kind = dice.choice(kinds)
    starts = ["0", "50", "90.5", "100", "110", "200"] if method != "tiered" else ["0", "1", "2", "5", "20"]
    found["bands"] = [
        {"from": start, kind: dice.choice(["0", "1", "3", "33"])}
        for start in sorted(dice.sample(starts, dice.randint(1, 3)), key=float)
    ]
    if method == "attainment" and found["scope"] == "whole":
        found["curve"] = dice.choice(["step", "linear", "linear"])
    if method == "growth":
        found["baseline"] = _baseline(dice)
    return found


def _baseline(dice: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"of": dice.choice(["prior_year", "prior_year", "prior_year", "table", "20"])}
    found["newcomer"] = dice.choice(["none", "peer_median", "5", {"flat_percent": "3.3333"}])
    more = {
        "min": ["3"],
        "partial_year": ["annualize", "newcomer"],
        "freeze": ["at_open"],
        "currency": ["constant"],
        "cap_growth_percent": ["0", "12.5", "150"],
    }
    return found | {key: dice.choice(values) for key, values in more.items() if dice.random() < 0.25}


def journal_of(seed: int) -> Facts:
    """Three partners over fifteen months with returns, foreign lines, list prices, targets, activities and a today."""
    dice = Random(seed)
    lines = []
    for _ in range(dice.randint(6, 36)):
        lines.append(_line(dice))
        if dice.random() < 0.2:
            sold = lines[-1]
            back = {"sold_day": day("2013-05-19"), "quantity": -sold["quantity"], "amount": -sold["amount"]}
            lines.append(sold | back | {"returns_line_id": dice.choice([None, len(lines) - 1])})
    prices = [
        {"product_id": number, "valid_from": day("2012-03-01"), "cost": 50 * number, "list_price": 200 * number,
         "currency": "USD"}
        for number in (1, 2, 3, 4)
    ]  # fmt: skip
    prices.append({"product_id": 1, "valid_from": day("2013-02-20"), "cost": 333, "list_price": 777, "currency": "EUR"})
    rates = [rate(currency, base, "2012-01-01", value) for currency, base, value in RATES]
    rates.append(rate("EUR", "USD", "2013-02-20", 1.2345))
    known = facts(
        lines, _partners(dice), prices=prices, rates=rates, targets=_targets(dice), activities=_activities(dice),
        codes=CODES,
    )  # fmt: skip
    return replace(known, today=dice.choice([None, None, None, day("2013-03-31"), day("2013-05-20")]))


def _line(dice: Random) -> dict[str, Any]:
    return line(
        dice.choice(DAYS),
        dice.randint(-200, 3000),
        quantity=dice.randint(-1, 5),
        partner_id=dice.randint(1, 3),
        seller_id=dice.choice([None, 8, 9, 8, 9]),
        product_id=dice.randint(1, 4),
        currency=dice.choice(["USD", "USD", "EUR"]),
        flow=dice.choice(["sell_in", "sell_out"]),
        source=dice.choice(["erp", "pos"]),
        invoice_no=dice.choice([None, "I1", "I2"]),
        end_customer=dice.choice(["", "C1", "C2", "C3", "C4"]),
    )


def _partners(dice: Random) -> list[dict[str, Any]]:
    values = [who(number, tier=dice.choice(TIERS), parent_id=dice.choice([None, 3, 3])) for number in (1, 2, 3)]
    for _ in range(dice.randint(0, 3)):
        since = dice.choice(["2013-01-15", "2013-02-28", "2013-04-01"])
        place = {
            "tier": dice.choice(TIERS),
            "territory": dice.choice(TERRITORIES),
            "parent_id": dice.choice([None, 3, 1]),
        }
        values.append(who(dice.randint(1, 3), since, **place))
    return list({(row["partner_id"], row["valid_from"]): row for row in values}.values())


def _targets(dice: Random) -> list[dict[str, Any]]:
    names = [*MEASURES[1:], "baseline:revenue", "baseline:units", "baseline:p/a"]
    return [
        target(dice.choice([0, 1, 3, 7, 20]), name, start, participant_kind=kind, participant_id=number)
        for kind, number, _ in CODES
        for name in dict.fromkeys(names)
        for start in STARTS
        if dice.random() < 0.6
    ]


def _activities(dice: Random) -> list[dict[str, Any]]:
    return [
        done(number, dice.randint(-1, 3), dice.choice(["trainings", "demos"]), dice.choice(DAYS),
             partner_id=dice.randint(1, 3), seller_id=dice.choice([None, 8, 9]))
        for number in range(1, dice.randint(1, 8))
    ]  # fmt: skip
