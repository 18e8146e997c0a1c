"""Random plans and journals for the property tests: small numbers, so that bands, caps and ties are really met."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import strategies as st

from portal.engine.errors import PlanError
from portal.engine.frames import CERTIFICATES, Facts
from portal.engine.plan import Plan, plan_from_document
from tests.engine.channel import day, facts, line, rate, who

SKUS = ("HL-U509", "CA-1098", "BK-M47B", "AX-1")
CATEGORIES = ("Accessories", "Accessories / Helmets", "Clothing", "Bikes", "Clothing / Caps")
TIERS = ("silver", "gold", "platinum")
TERRITORIES = ("Northwest", "Southwest")
percents = st.sampled_from(["0", "0.0333", "1", "2.5", "4", "33.3333", "100"])
maybe = st.booleans()


@st.composite
def qualifies(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, values in (
        ("categories", CATEGORIES),
        ("skus", SKUS),
        ("exclude_skus", SKUS),
        ("exclude_categories", CATEGORIES),
    ):
        if draw(st.integers(0, 8)) == 0:
            found[key] = draw(st.lists(st.sampled_from(values), max_size=2))
    if draw(st.integers(0, 8)) == 0:
        found["sources"] = draw(st.lists(st.sampled_from(["erp", "pos"]), max_size=1))
    if draw(st.integers(0, 8)) == 0:
        found["flow"] = draw(st.sampled_from(["sell_in", "sell_out"]))
    if draw(st.integers(0, 5)) == 0:
        found["price_floor"] = {"percent_of_list": draw(st.sampled_from(["50", "80.5", "100"]))}
    return found


@st.composite
def eligibilities(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        found["tiers"] = draw(st.lists(st.sampled_from(TIERS), max_size=2))
    if draw(st.integers(0, 7)) == 0:
        found["territories"] = draw(st.lists(st.sampled_from(TERRITORIES), max_size=1))
    return found


@st.composite
def certified(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = draw(eligibilities())
    if draw(st.integers(0, 2)) == 0:
        found["certificates"] = draw(st.lists(st.sampled_from(["Fitter", "Seller"]), max_size=2))
    return found


@st.composite
def certificates(draw: st.DrawFn) -> list[tuple[str, int, str, int, int | None]]:
    """Certificates of partners 1 to 3 and persons 8 and 9, some of which end."""
    owner = st.sampled_from([("partner", 1), ("partner", 2), ("person", 8), ("person", 9)])
    days = st.sampled_from(["2012-01-01", "2013-01-15", "2013-02-28"])
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since, until = day(draw(days)), draw(st.sampled_from([None, day("2013-02-28"), day("2013-04-01")]))
        found.append((*draw(owner), draw(st.sampled_from(["Fitter", "Seller"])), since, until))
    return found


@st.composite
def bands(draw: st.DrawFn, method: str, kind: str, whole: bool) -> list[dict[str, str]]:
    if method == "growth":
        starts = draw(
            st.lists(
                st.sampled_from(["0", "50", "90.5", "100", "110", "115", "200"]), min_size=1, max_size=3, unique=True
            )
        )
    else:
        few = ["0", "1", "2", "5"] if whole else ["0", "0.5", "10", "25.01", "60"] if draw(maybe) else ["0", "10", "30"]
        starts = draw(st.lists(st.sampled_from(few), min_size=1, max_size=3, unique=True))
    found = []
    for start in sorted(starts, key=float):
        fixed = draw(st.integers(0, 3)) == 0
        value = draw(percents) if kind == "percent" else draw(st.sampled_from(["0", "1", "3", "40"]))
        found.append({"from": start, "fixed": "7"} if fixed else {"from": start, kind: value})
    return found


@st.composite
def components(draw: st.DrawFn, code: str) -> dict[str, Any]:
    method = draw(st.sampled_from(["per_unit", "percent", "tiered", "tiered", "growth"]))
    found: dict[str, Any] = {"code": code, "method": method, "qualify": draw(qualifies())}
    measure = draw(st.sampled_from([None, "revenue", "units", "margin", "invoices", "customers"]))
    if measure is not None:
        found["measure"] = measure
    if method == "per_unit" and draw(maybe):
        found["amounts"] = {"HL-U509": "40", "Accessories": "3", "Clothing / Caps": "2"}
    elif method == "per_unit":
        found["amount"] = draw(st.sampled_from(["0", "3", "40"]))
    elif method == "percent":
        found["percent"] = draw(percents)
    else:
        scopes = ["whole", "excess", "banded"] if method == "growth" else ["marginal", "whole", "rolling", "total"]
        found["scope"] = draw(st.sampled_from(scopes))
        kind = draw(st.sampled_from(["percent", "per_unit"]))
        found["bands"] = draw(bands(method, kind, measure in ("units", "invoices", "customers", None)))
    if method == "growth" and draw(maybe):
        found["baseline"] = draw(
            st.sampled_from([{"of": "20"}, {"min": "10"}, {"of": "prior_year", "newcomer": "none"}])
        )
    return found


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    pay = draw(
        st.sampled_from(
            [{"in": "USD"}, {"in": "USD"}, {"in": "points", "measured_in": "USD"}, {"in": "JPY"}, {"in": "KWD"}]
        )
    )
    start = draw(st.sampled_from(["2013-01-01", "2013-02-15", "2012-02-29"]))
    found: dict[str, Any] = {
        "code": "p",
        "name": "A random plan",
        "kind": "bonus",
        "effective": {"from": start, "until": draw(st.sampled_from(["2013-05-20", "2014-01-01"]))},
        "period": draw(st.sampled_from(["month", "quarter", "half", "year", "campaign"])),
        "pay": pay,
        "participant": draw(st.sampled_from(["partner", "partner", "seller", "parent"])),
        "returns": draw(st.sampled_from(["original_period", "return_period"])),
        "eligibility": draw(certified()),
        "qualify": draw(qualifies()),
        "components": [draw(components(code)) for code in ("a", "b")[: draw(st.integers(1, 2))]],
    }
    if draw(st.integers(0, 2)) == 0:
        found["multipliers"] = [
            {"when": draw(eligibilities()), "by": by} for by in ("1.25", "0.3333")[: draw(st.integers(1, 2))]
        ]
    if draw(st.integers(0, 3)) == 0:
        found["caps"] = {
            draw(st.sampled_from(["per_participant_period", "per_line"])): draw(st.sampled_from(["0", "2", "15"]))
        }
    return found


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan the parser accepts."""
    found: list[Plan] = []
    while not found:
        try:
            found.append(plan_from_document(draw(documents())))
        except PlanError:
            continue
    return found[0]


@st.composite
def journals(draw: st.DrawFn) -> Facts:
    """Sales of three partners over fifteen months, with returns, foreign lines and dated partner values."""
    days = [
        "2012-01-31",
        "2012-02-29",
        "2012-04-01",
        "2013-01-01",
        "2013-02-14",
        "2013-02-28",
        "2013-03-31",
        "2013-04-01",
        "2013-05-19",
    ]
    lines = []
    for _ in range(draw(st.integers(3, 14))):
        quantity = draw(st.integers(-2, 5))
        lines.append(
            line(
                draw(st.sampled_from(days)),
                draw(st.integers(-500, 3000)),
                quantity=quantity,
                partner_id=draw(st.integers(1, 3)),
                seller_id=draw(st.sampled_from([None, 8, 9])),
                product_id=draw(st.integers(1, 4)),
                currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
                flow=draw(st.sampled_from(["sell_in", "sell_in", "sell_out"])),
                source=draw(st.sampled_from(["erp", "pos"])),
                invoice_no=draw(st.sampled_from([None, "I1", "I2"])),
                end_customer=draw(st.sampled_from(["", "C1", "C2"])),
            )
        )
        if draw(st.integers(0, 3)) == 0:
            sold = lines[-1]
            lines.append(
                sold
                | {"sold_day": day("2013-05-19"), "quantity": -sold["quantity"], "amount": -sold["amount"] * 2 // 3}
                | {"returns_line_id": len(lines) - 1 if draw(maybe) else None}
            )
    values = [
        who(partner, tier=draw(st.sampled_from(TIERS)), parent_id=draw(st.sampled_from([None, 3])))
        for partner in (1, 2, 3)
    ]
    for _ in range(draw(st.integers(0, 3))):
        since = draw(st.sampled_from(["2013-01-15", "2013-02-28", "2013-04-01"]))
        values.append(
            who(
                draw(st.integers(1, 3)),
                since,
                tier=draw(st.sampled_from(TIERS)),
                territory=draw(st.sampled_from(TERRITORIES)),
                parent_id=draw(st.sampled_from([None, 3, 1])),
            )
        )
    unique = {(row["partner_id"], row["valid_from"]): row for row in values}
    rates = [rate(currency, base, "2012-01-01", value) for currency, base, value in RATES]
    rates.append(rate("EUR", "USD", "2013-02-20", 1.2345))
    prices = [
        {"product_id": number, "valid_from": day("2012-03-01"), "cost": 100 * number, "currency": "USD"}
        | {"list_price": draw(st.sampled_from([None, 0, 300, 800]))}
        for number in (1, 2, 3, 4)
    ]
    prices.append({"product_id": 1, "valid_from": day("2013-02-20"), "cost": 333, "currency": "EUR", "list_price": 700})
    known = facts(lines, list(unique.values()), rates=rates, prices=prices)
    held = pl.DataFrame(draw(certificates()), schema=CERTIFICATES, orient="row")
    return replace(known, certificates=held)


RATES = (
    ("EUR", "USD", 1.1), ("EUR", "JPY", 130.55), ("USD", "JPY", 99.5), ("EUR", "KWD", 0.3791), ("USD", "KWD", 0.3011),
)  # fmt: skip
