"""The verifier that knows nothing of the portal: it agrees with every trace, and finds every figure that was bent."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.engine.explain import explain
from portal.engine.frames import Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import Plan
from portal.engine.trace import trace_document
from tests.engine.channel import day, facts, line, program, who
from tests.engine.strategies import journals
from tests.engine.strategies_methods import journal_of, plan_of
from tests.engine.test_limits_property import limited, with_batches

TOOL = Path(__file__).parents[2] / "tools" / "verify_trace.py"
STOPS = "{amount: 5, when_reached: stop}"
BANDS = "bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}]"
SALES = [line(amount=60_000, quantity=3), line(amount=150_000, product_id=2), line(amount=-900, quantity=-1)]


def the_verifier() -> Callable[[dict[str, Any]], list[str]]:
    spec = importlib.util.spec_from_file_location("verify_trace", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    verified: Callable[[dict[str, Any]], list[str]] = module.verified
    return verified


verified = the_verifier()


def document(one: Program, given: Facts) -> dict[str, Any]:
    trace = explain(one, given, participant_id=1, period_start=day("2013-01-01"))[0]
    found: dict[str, Any] = json.loads(json.dumps(trace_document(trace, "AW1")))
    return found


def run(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(TOOL), str(path)], capture_output=True, text=True, check=False)


def test_the_tool_is_short_and_stands_alone() -> None:
    text = TOOL.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    imports = [words.split()[1] for words in text.splitlines() if words.startswith(("import ", "from "))]
    assert imports == ["json", "sys", "fractions", "itertools", "typing"]


def test_a_true_trace_passes_and_a_bent_amount_is_named(tmp_path: Path) -> None:
    row = document(program(f"{{code: c, method: tiered, {BANDS}}}"), facts(SALES))
    path = tmp_path / "trace.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    passed = run(path)
    assert (passed.returncode, passed.stdout.strip()) == (0, "1 amounts recomputed, all right")
    path.write_text(json.dumps([row | {"earned": "99.00"}]), encoding="utf-8")
    refused = run(path)
    assert refused.returncode == 1
    assert "p/c: earned is stated as 99.00, it is 49.14" in refused.stdout


@pytest.mark.parametrize(
    "component",
    [
        *(
            f"{{code: c, method: tiered, scope: {scope}, {BANDS}}}"
            for scope in ("marginal", "whole", "rolling", "total")
        ),
        *(
            f"{{code: c, method: growth, scope: {scope}, baseline: 1000, bands: [{{from: 110, percent: 2}}]}}"
            for scope in ("whole", "excess", "banded")
        ),
        "{code: c, method: growth, baseline: {of: 1000, cap_growth_percent: 120}, bands: [{from: 110, percent: 2}]}",
        "{code: c, method: growth, baseline: {newcomer: {flat_percent: 2}}, bands: [{from: 110, percent: 2}]}",
        "{code: c, method: growth, baseline: {newcomer: 1000}, bands: [{from: 110, percent: 2}]}",
        "{code: c, method: milestone, at: 700, amount: 5}",
        "{code: c, method: milestone, at: 700, amount: 5, repeat: every}",
        "{code: c, method: bundle, amount: 5, items: {HL-U509: 2, CA-1098: 1}}",
        "{code: c, method: rank, prizes: {1: 500}}",
        "{code: c, method: per_unit, amounts: {HL-U509: 2, Clothing: 1.5}}",
        "{code: c, method: per_unit, amounts_by_tier: {gold: 3}}",
    ],
)
def test_every_method_is_recomputed(component: str) -> None:
    row = document(program(component), facts(SALES))
    assert row["earned"] != "0.00"
    assert verified(row) == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@given(plans=st.tuples(limited("a"), limited("b")), known=journals(), seed=st.integers(0, 1000))
def test_traces_under_all_limits_are_recomputed(plans: tuple[Plan, Plan], known: Facts, seed: int) -> None:
    known = with_batches(known, seed)
    programs = [Program(plan.code, [Version(1, plan)]) for plan in plans]
    for row in calculate(programs, known).iter_rows(named=True):
        first, second = programs if row["program"] == "a" else programs[::-1]
        traces = explain(
            first, known, participant_id=row["participant_id"], kind=row["participant_kind"],
            period_start=row["period_start"], others=[second],
        )  # fmt: skip
        for trace in traces:
            assert verified(json.loads(json.dumps(trace_document(trace, "x")))) == []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
def test_traces_of_every_method_are_recomputed(seed: int) -> None:
    plan, known = plan_of(seed), journal_of(seed)
    one = Program(plan.code, [Version(1, plan)])
    for number, start in calculate([one], known).select("participant_id", "period_start").unique().iter_rows():
        for trace in explain(one, known, participant_id=number, period_start=start):
            assert verified(json.loads(json.dumps(trace_document(trace, "x")))) == []


def test_what_stays_unsplit_with_a_partner_is_no_part_of_what_its_parent_is_credited() -> None:
    """Partner 3 sold nothing in units: its earning cannot be split, so the parent of both reads of partner 1 alone."""
    split = "{split: [{to: partner, percent: 40}, {to: parent, percent: 60}]}"
    units = "{code: d, method: tiered, measure: revenue, scope: total, bands: [{from: 0, per_unit: 1}]}"
    one = program(f"{{code: c, method: percent, percent: 10}}\n{units}", credit=split, caps="{program: 1000}")
    sales = [line(amount=40_000, quantity=5), line(amount=10_000, quantity=0, partner_id=3)]
    known = facts(sales, [who(1, parent_id=3), who(3, parent_id=3)])
    rows = calculate([one], known).filter(pl.col("participant_kind") == "parent")
    traces = explain(one, known, participant_id=3, kind="parent", period_start=day("2013-01-01"))
    assert [(trace.measure, trace.earned) for trace in traces] == [*rows.select("measure", "earned").iter_rows()]
    assert [(line.measure, line.share) for line in traces[1].lines] == [(40_000, 300), (0, 0)]
    assert "cancel out" in traces[1].lines[1].reason
    assert [verified(json.loads(json.dumps(trace_document(trace, "x")))) for trace in traces] == [[], []]


def test_what_a_budget_pays_without_a_line_is_told_without_one() -> None:
    """The lines cancel out, so the fixed amount belongs to none of them, not even to the one numbered 0."""
    one = program("{code: c, method: tiered, scope: total, bands: [{from: 0, fixed: 7}]}", budget=STOPS)
    row = document(one, facts([line(amount=10_000), line(amount=-10_000, quantity=-1)]))
    assert row["earned"] == "5.00"
    assert [turn["line"] for turn in row["derivation"]["limits"][0]["turns"]] == [None]
    assert verified(row) == []
