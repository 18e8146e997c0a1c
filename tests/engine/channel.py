"""A small channel for engine tests: sale lines, partners and products written as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from portal.engine.frames import (
    ACTIVITIES,
    CODES,
    PARTNER_VALUES,
    PRICES_OPTIONAL,
    PRODUCT_PRICES,
    PRODUCTS,
    RATES,
    SALES,
    SALES_OPTIONAL,
    TARGETS,
    Facts,
)
from portal.engine.periods import Program, Version, day_number
from portal.engine.pipeline import calculate
from portal.engine.plan import parse_plan

FIRST = day_number(date(1, 1, 1))
CATALOG = [
    {"product_id": 1, "sku": "HL-U509", "category": "Accessories / Helmets"},
    {"product_id": 2, "sku": "CA-1098", "category": "Clothing / Caps"},
    {"product_id": 3, "sku": "BK-M47B", "category": "Bikes / Mountain"},
    {"product_id": 4, "sku": "AX-1", "category": "AccessoriesX"},
]


def day(text: str) -> int:
    """The day number of an ISO day."""
    return day_number(date.fromisoformat(text))


def plan_text(components: str, **keys: str) -> str:
    """A plan of the year 2013 in USD, by quarter, with these components; keys replace or add lines."""
    base = {
        "code": "p",
        "name": "A plan",
        "kind": "rebate",
        "effective": "{from: 2013-01-01, until: 2014-01-01}",
        "period": "quarter",
        "pay": "{in: USD}",
    }
    lines = [f"{key}: {value}" for key, value in (base | keys).items()]
    return "\n".join([*lines, "components:", *(f"  - {part}" for part in components.strip().split("\n"))])


def program(components: str, **keys: str) -> Program:
    """A program with one version of such a plan."""
    plan = parse_plan(plan_text(components, **keys))
    return Program(plan.code, [Version(1, plan)])


def line(sold: str = "2013-02-01", amount: int = 0, **values: Any) -> dict[str, Any]:
    """A sell-in line of partner 1 for a helmet."""
    base = {
        "flow": "sell_in",
        "partner_id": 1,
        "seller_id": None,
        "product_id": 1,
        "quantity": 1,
        "amount": amount,
        "currency": "USD",
        "sold_day": day(sold),
        "source": "erp",
    }
    base["origin_day"] = day(values.pop("origin")) if "origin" in values else base["sold_day"]
    return base | values


def who(partner_id: int = 1, since: str | None = None, **values: Any) -> dict[str, Any]:
    """The values of a partner from a day on (from the beginning when none is named)."""
    base = {"partner_id": partner_id, "valid_from": FIRST if since is None else day(since), "type": "reseller"}
    return base | {"tier": "gold", "territory": "Northwest", "segment": None, "parent_id": None} | values


def facts(
    lines: Sequence[dict[str, Any]],
    partners: Sequence[dict[str, Any]] = (),
    *,
    products: Sequence[dict[str, Any]] = (),
    prices: Sequence[dict[str, Any]] = (),
    rates: Sequence[dict[str, Any]] = (),
    targets: Sequence[dict[str, Any]] = (),
    activities: Sequence[dict[str, Any]] = (),
    codes: Sequence[tuple[str, int, str]] = (),
    today: str | None = None,
) -> Facts:
    """The frames of a channel; partners 1 to 3 are gold resellers unless said."""
    rows = [{"line_id": index, "external_id": f"L{index:04}", **row} for index, row in enumerate(lines)]
    sales = pl.DataFrame(rows, schema=SALES | SALES_OPTIONAL)
    values = list(partners) or [who(1), who(2), who(3)]
    return Facts(
        sales,
        pl.DataFrame(values, schema=PARTNER_VALUES),
        pl.DataFrame(list(products) or CATALOG, schema=PRODUCTS),
        pl.DataFrame(list(prices), schema=PRODUCT_PRICES | PRICES_OPTIONAL),
        pl.DataFrame(list(rates), schema=RATES),
        targets=pl.DataFrame(list(targets), schema=TARGETS),
        activities=pl.DataFrame(list(activities), schema=ACTIVITIES),
        codes=pl.DataFrame(list(codes), schema=CODES, orient="row"),
        today=None if today is None else day(today),
    )


def target(amount: float, measure: str = "revenue", start: str = "2013-01-01", **values: Any) -> dict[str, Any]:
    """A target of partner 1, in major units."""
    base = {"participant_kind": "partner", "participant_id": 1, "measure": measure, "period_start": day(start)}
    return base | {"target": round(amount * 10**4)} | values


def done(
    number: int, quantity: int = 1, metric: str = "trainings", on: str = "2013-02-01", **values: Any
) -> dict[str, Any]:
    """An activity of partner 1."""
    base = {"activity_id": number, "partner_id": 1, "seller_id": None, "metric": metric, "quantity": quantity}
    return base | {"day": day(on), "source": "lms", "external_id": f"A{number}"} | values


def rate(currency: str, base: str, since: str, value: float) -> dict[str, Any]:
    """A dated exchange rate."""
    return {"currency": currency, "base": base, "valid_from": day(since), "rate": round(value * 10**10)}


def earned(one: Program, given: Facts, participant: int = 1) -> list[int]:
    """What a participant earned, period by period and component by component."""
    rows = calculate([one], given).filter(pl.col("participant_id") == participant)
    return rows["earned"].to_list()
