"""Shops close below a band: the plan's own bands say where the next one begins."""

from __future__ import annotations

import datetime as dt

from portal.engine.plan import parse_plan
from portal.home.near import NearShop, next_band

TIERED = """
code: parts
name: Parts
kind: rebate
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
components:
  - {code: volume, method: tiered, scope: marginal,
     bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 4500, percent: 5}]}
"""
GROWTH = TIERED.replace("method: tiered, scope: marginal", "method: growth, scope: excess").replace(
    "[{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 4500, percent: 5}]",
    "[{from: 110, percent: 2}, {from: 115, percent: 3}]",
)


def test_the_next_band_is_named_with_its_rate() -> None:
    plan = parse_plan(TIERED)
    assert next_band(plan, "volume", 404_500, None) == (450_000, "5 %")
    assert next_band(plan, "volume", 49_999, None) == (50_000, "2.5 %")


def test_at_the_top_there_is_no_next_band() -> None:
    plan = parse_plan(TIERED)
    assert next_band(plan, "volume", 450_000, None) is None
    assert next_band(plan, "no such component", 1, None) is None


def test_a_growth_band_stands_on_the_baseline_rounded_up() -> None:
    plan = parse_plan(GROWTH)
    assert next_band(plan, "volume", 300_000, 331_890) == (365_079, "2 %")
    assert next_band(plan, "volume", 365_079, 331_890) == (381_674, "3 %")


def test_a_shop_says_how_far_it_is_and_until_when() -> None:
    shop = NearShop("A", "Shop", "Parts", "parts", 95, 5, "USD", "5 %", dt.date(2027, 1, 1))
    assert shop.percent == 95
    assert shop.last_day == dt.date(2026, 12, 31)
