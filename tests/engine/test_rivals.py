"""Programs that compete for lines in periods of different days: whatever days are asked for, figures are the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from portal.engine.explain import explain
from portal.engine.frames import Facts
from portal.engine.periods import FIRST_DAY, NEVER, Program, Version
from portal.engine.pipeline import calculate, reach
from portal.engine.plan import parse_plan
from portal.engine.rivals import cut_each_other
from tests.engine.channel import day, facts, line, plan_text

STEPS = "{code: c, method: tiered, scope: whole, bands: [{from: 0, percent: 5}, {from: 2000, percent: 20}]}"
BACK = {"returns": "return_period"}
PAIRS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"period": "month"}, {"period": "quarter"}),
    ({"period": "quarter", "effective": "{from: 2013-02-15}"}, {"period": "quarter"}),
    ({"period": "month"}, {"period": "month"} | BACK),
    ({"period": "campaign"}, {"period": "half"} | BACK),
    ({"period": "month"} | BACK, {"period": "quarter"} | BACK),
]
NAMES = ["program", "participant_id", "period_start", "measure", "earned"]


def rivals(first: dict[str, str], second: dict[str, str]) -> tuple[Program, Program]:
    """Two programs that pay a line only once: a flat percent, and bands that sometimes pay more."""
    best = {"stack": "{group: g, policy: best}"}
    texts = [
        plan_text("{code: c, method: percent, percent: 10}", **(best | first), code="a"),
        plan_text(STEPS, **(best | second), code="b"),
    ]
    flat, steps = (parse_plan(text) for text in texts)
    return Program("a", [Version(1, flat)]), Program("b", [Version(1, steps)])


def journal(seed: int) -> Facts:
    dice = random.Random(seed)
    lines: list[dict[str, Any]] = []
    for _ in range(12):
        sold = f"2013-{dice.randint(1, 6):02}-{dice.randint(1, 28):02}"
        amount = dice.randint(1, 90_000)
        lines.append(line(sold, amount, partner_id=dice.randint(1, 2)))
        if dice.random() < 0.4:
            back = line("2013-06-20", -dice.randint(1, amount), quantity=-1, origin=sold)
            lines.append(back | {"partner_id": lines[-1]["partner_id"]})
    return facts(lines)


def touching(rows: pl.DataFrame, first: int, after: int) -> set[Any]:
    kept = rows.filter(pl.col("period_end") > first, pl.col("period_start") < after)
    return set(kept.select(NAMES).iter_rows())


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("seed", range(6))
def test_asked_for_some_days_only_every_period_earns_what_it_earns_in_all(
    pair: tuple[dict[str, str], dict[str, str]], seed: int
) -> None:
    programs, known = rivals(*pair), journal(seed)
    every = calculate(programs, known)
    for start in ("2013-01-10", "2013-02-20", "2013-03-31", "2013-06-20"):
        first, after = day(start), day(start) + 1
        since, until = reach(programs, first, after)
        days = pl.col("sold_day").is_between(since, until) | pl.col("origin_day").is_between(since, until)
        read = Facts(**{**vars(known), "sales": known.sales.filter(days)})
        assert touching(calculate(programs, read, from_day=first, until_day=after), 0, NEVER) == {
            row for row in touching(every, first, after) if _begun(programs, row, first, after)
        }


def _begun(programs: Sequence[Program], row: Any, first: int, after: int) -> bool:
    """Whether the days of a program's dates inside the period are touched."""
    plan = next(one.versions[0].plan for one in programs if one.code == row[0])
    return max(row[2], day(plan.starts.isoformat())) < after


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("seed", range(6))
def test_every_trace_says_what_is_earned(pair: tuple[dict[str, str], dict[str, str]], seed: int) -> None:
    programs, known = rivals(*pair), journal(seed)
    for row in calculate(programs, known).iter_rows(named=True):
        mine, other = programs if row["program"] == "a" else programs[::-1]
        trace = explain(
            mine, known, participant_id=row["participant_id"], period_start=row["period_start"], others=[other]
        )[0]
        assert (trace.measure, trace.earned) == (row["measure"], row["earned"])


def test_returns_counted_apart_may_be_of_any_day() -> None:
    assert reach(rivals(*PAIRS[2]), day("2013-02-20"), day("2013-02-21")) == (FIRST_DAY, NEVER)
    assert reach(rivals(*PAIRS[0]), day("2013-02-20"), day("2013-02-21")) == (day("2013-01-01"), day("2013-04-01"))


def test_only_periods_of_the_same_days_can_be_calculated_apart() -> None:
    last = day("2013-12-31")
    assert all(cut_each_other(*rivals(*pair), last) for pair in PAIRS)
    alike = rivals({"period": "month"}, {"period": "month"})
    assert not cut_each_other(*alike, last)
    assert not cut_each_other(alike[0], rivals({}, {"stack": "{group: other, policy: best}"})[1], last)
