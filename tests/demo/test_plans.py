"""The demo's plans: moved without losing a word, and dimensioned so that they make sense on the data."""

from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from portal.demo.channel import DemoChannel
from portal.demo.generate_tickets import tickets
from portal.demo.plans import DRAFTS, moved_plan, plan_files, plan_texts, write_plans
from portal.engine.plan import Plan, parse_plan
from tests.demo.oracle import (
    GEAR,
    GROWTH_BANDS,
    PARTS,
    Q1,
    Q2,
    US,
    VOLUME_BANDS,
    cost,
    growth,
    lines,
    margin,
    marginal,
    matches,
    revenue,
    whole,
)  # fmt: skip

TODAY = date(2026, 11, 22)
STAR = 4  # what a star costs in minor units: 450 stars buy a reward worth 18.00
CANADA_PARTS = tuple(
    f"Components / {name}"
    for name in ("Cranksets", "Pedals", "Handlebars", "Saddles", "Brakes", "Derailleurs", "Chains", "Bottom Brackets")
)
CANADA_BANDS = ((100_00, Fraction(1)), (500_00, Fraction(2)), (1_500_00, Fraction(3)))


def _plan(stem: str, today: date = TODAY) -> Plan:
    return parse_plan(plan_texts(today)[stem])


def test_plans_move_by_quarters_and_keep_every_other_character() -> None:
    for path in plan_files():
        text = path.read_text(encoding="utf-8")
        changed = [(a, b) for a, b in zip(text.split("\n"), moved_plan(text, TODAY).split("\n"), strict=True) if a != b]
        assert [a.split(":")[0] for a, _ in changed] == ["effective"]
        assert moved_plan(text, date(2013, 8, 15)) == text


@pytest.mark.parametrize("today", [date(2026, 10, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 28), TODAY])
def test_the_sprint_runs_from_28_days_ago_until_14_days_ahead(today: date) -> None:
    effective = _plan("helmet-sprint", today).effective
    assert (today - effective.from_).days == 28
    assert effective.until is not None
    assert (effective.until - today).days == 14


def test_the_whole_volume_twin_is_the_next_version_of_the_same_program() -> None:
    (stem,) = DRAFTS
    live, twin = _plan("accessories-clothing-volume"), _plan(stem)
    assert live.code == twin.code
    assert twin.effective.from_ == date(2027, 1, 1)
    assert [c.scope for c in (*live.components, *twin.components)] == ["marginal", "whole"]
    assert live.components[0].bands == twin.components[0].bands


def test_every_plan_has_a_goal_and_a_budget_and_names_its_flow() -> None:
    for stem in plan_texts(TODAY):
        plan = _plan(stem)
        assert plan.goal
        assert plan.budget is not None
        assert plan.qualify.flow == ("sell_out" if plan.participant == "seller" else "sell_in")
    assert _plan("parts-growth").grace_days == _plan("accessories-clothing-volume").grace_days == 0


def test_the_oracle_and_the_plan_files_speak_of_the_same_bands() -> None:
    for stem, bands in (("accessories-clothing-volume", VOLUME_BANDS), ("canada-components", CANADA_BANDS)):
        written = _plan(stem).components[0].bands or ()
        assert [(int(band.from_ * 100), Fraction(str(band.percent))) for band in written] == list(bands)
    growth_bands = _plan("parts-growth").components[0].bands or ()
    assert [(int(band.from_), int(band.percent or 0)) for band in growth_bands] == list(GROWTH_BANDS)
    assert _plan("canada-components").qualify.categories == CANADA_PARTS


@pytest.mark.parametrize(
    ("territories", "categories", "bands"), [(US, GEAR, VOLUME_BANDS), (("Canada",), CANADA_PARTS, CANADA_BANDS)]
)
def test_every_volume_band_is_reached_by_someone_and_none_but_the_first_by_all(
    territories: tuple[str, ...], categories: tuple[str, ...], bands: tuple[tuple[int, Fraction], ...]
) -> None:
    totals = [total for at in (Q1, Q2) for total in revenue(lines(at, territories, categories)).values()]
    reached = [sum(total >= start for total in totals) for start, _ in bands]
    assert all(0 < count < len(totals) for (start, _), count in zip(bands, reached, strict=True) if start > 0)
    assert reached == sorted(reached, reverse=True)


def test_every_growth_band_is_reached_by_someone_but_not_by_all() -> None:
    now, before = revenue(lines(Q2, US, PARTS)), revenue(lines(Q2 - 4, US, PARTS))
    measured = [Fraction(now[p] * 100, before[p]) for p in now if before[p] >= 1_000_00]
    ends = [percent for percent, _ in GROWTH_BANDS[1:]] + [10**9]
    for (start, _), end in zip(GROWTH_BANDS, ends, strict=True):
        assert 0 < sum(start <= percent < end for percent in measured) < len(measured)


def _volume_cost(at: int) -> tuple[int, int]:
    found = lines(at, US, GEAR)
    return sum(map(marginal, revenue(found).values())), margin(found)


def _canada_cost(at: int) -> tuple[int, int]:
    found = lines(at, ("Canada",), CANADA_PARTS)
    return sum(whole(total, CANADA_BANDS) for total in revenue(found).values()), margin(found)


def _growth_cost(at: int) -> tuple[int, int]:
    found, before = lines(at, US, PARTS), revenue(lines(at - 4, US, PARTS))
    return sum(growth(total, before[p], 1_000_00) for p, total in revenue(found).items()), margin(found)


def test_every_money_plan_pays_between_half_a_percent_and_60_percent_of_its_margin_within_its_budget() -> None:
    plans = {
        "accessories-clothing-volume": _volume_cost,
        "canada-components": _canada_cost,
        "parts-growth": _growth_cost,
    }
    for stem, of_quarter in plans.items():
        paid, earned = of_quarter(Q2)
        assert Fraction(5, 1000) <= Fraction(paid, earned) <= Fraction(60, 100), stem
        budget = _plan(stem).budget
        assert budget is not None
        assert sum(of_quarter(at)[0] for at in (Q1, Q2)) < int(budget.amount * 100)


def test_the_volume_rebate_takes_14_and_the_growth_bonus_6_percent_of_the_margin() -> None:
    assert [round(100 * paid / earned) for paid, earned in (_volume_cost(Q2), _growth_cost(Q2))] == [14, 6]


@pytest.mark.parametrize(("stem", "stars"), [("racks-and-packs", 35), ("helmet-sprint", 40)])
def test_a_points_plan_pays_some_sellers_of_its_product_line_and_stays_inside_its_margin(stem: str, stars: int) -> None:
    plan, channel = _plan(stem), DemoChannel(TODAY)
    assert plan.components[0].amount == stars
    units: Counter[str] = Counter()
    earned = 0
    for row in _counted(channel, plan):
        units[row["seller"]] += row["quantity"]
        earned += row["amount"] - row["quantity"] * cost(row["sku"], "2013-07-01")
    paid = sum(units.values()) * stars
    sellers = {line.seller for line in tickets()}
    assert 0 < len(units) < len(sellers)
    assert Fraction(5, 1000) <= Fraction(paid * STAR, earned) <= Fraction(60, 100)
    assert plan.budget is not None
    assert paid < plan.budget.amount
    assert plan.hold_days == 0


def _counted(channel: DemoChannel, plan: Plan) -> list[dict[str, Any]]:
    """The known lines a points plan pays on, by its own words."""
    until = plan.effective.until or date.max
    return [
        row for row in channel.known_lines().rows(named=True)
        if row["flow"] == "sell_out" and plan.effective.from_ <= row["sold_on"] < until
        and (row["sku"] in (plan.qualify.skus or ()) or matches(row["sku"], plan.qualify.categories or ()))
    ]  # fmt: skip


def test_moved_plans_are_written_for_the_command_line(tmp_path: Path) -> None:
    written = write_plans(tmp_path / "plans", TODAY)
    assert [path.stem for path in written][-1] == DRAFTS[0]
    assert {path.stem: path.read_text(encoding="utf-8") for path in written} == plan_texts(TODAY)
