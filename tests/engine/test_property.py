"""Random plans over random journals: the engine, its traces and an independent oracle agree to the last cent."""

from __future__ import annotations

import random
from dataclasses import replace

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.engine.explain import explain
from portal.engine.frames import Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import Plan, plan_from_document
from tests.engine.oracle import Oracle
from tests.engine.strategies import journals, plans

modest = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def calculated(plan: Plan, known: Facts) -> dict[tuple[str, str, int, int], tuple[int, int | None, int]]:
    rows = calculate([Program(plan.code, [Version(1, plan)])], known)
    return {
        (row["component"], row["participant_kind"], row["participant_id"], row["period_start"]): (
            row["measure"],
            row["baseline"],
            row["earned"],
        )
        for row in rows.iter_rows(named=True)
    }


@modest
@given(plan=plans(), known=journals(), seed=st.integers(0, 1000))
def test_the_engine_agrees_with_the_oracle_in_any_arrival_order(plan: Plan, known: Facts, seed: int) -> None:
    order = list(range(known.sales.height))
    random.Random(seed).shuffle(order)
    turned = replace(known, sales=known.sales[order])
    expected = Oracle(known).earnings(plan.to_document())
    assert calculated(plan, known) == expected
    assert calculated(plan, turned) == expected


@modest
@given(plan=plans(), known=journals())
def test_every_trace_repeats_its_earning_and_its_shares_sum_to_it(plan: Plan, known: Facts) -> None:
    program = Program(plan.code, [Version(1, plan)])
    for row in calculate([program], known).iter_rows(named=True):
        traces = explain(program, known, participant_id=row["participant_id"], period_start=row["period_start"])
        one = next(trace for trace in traces if trace.component == row["component"])
        assert (one.measure, one.baseline, one.earned) == (row["measure"], row["baseline"], row["earned"])
        assert one.band == row["band"] or not one.bands
        counted = [line for line in one.lines if line.counted]
        assert sum(line.measure for line in counted) == one.measure
        shares = [line.share for line in counted if line.share is not None]
        assert sum(shares) == one.earned or (sum(line.weight for line in counted) == 0 and not shares)
        assert all(line.reason for line in one.lines if not line.counted)
        assert one.sentences


@modest
@given(plan=plans())
def test_a_plan_survives_its_document(plan: Plan) -> None:
    assert plan_from_document(plan.to_document()) == plan


@settings(modest, max_examples=25)
@given(known=journals(), seed=st.integers(0, 100))
def test_many_programs_in_one_pass_earn_what_each_earns_alone(known: Facts, seed: int) -> None:
    drawn = [plan for plan in _four_plans(seed)]
    programs = [Program(f"p{index}", [Version(1, plan)]) for index, plan in enumerate(drawn)]
    together = calculate(programs, known)
    alone = pl.concat([calculate([program], known) for program in programs])
    assert together.rows() == alone.rows()


def _four_plans(seed: int) -> list[Plan]:
    base = {
        "name": "n",
        "kind": "bonus",
        "effective": {"from": "2013-01-01", "until": "2014-01-01"},
        "pay": {"in": "USD"},
    }
    parts = [
        {"code": "a", "method": "percent", "percent": "3.3"},
        {"code": "a", "method": "per_unit", "amounts": {"HL-U509": "2", "Clothing": "1.5"}},
        {"code": "a", "method": "tiered", "bands": [{"from": "0", "percent": "1"}, {"from": "20", "percent": "2.5"}]},
        {"code": "a", "method": "growth", "scope": "whole", "bands": [{"from": "100", "percent": "2"}]},
    ]
    kinds = ["partner", "seller", "parent", "partner"]
    periods = ["month", "quarter", "year", "half", "campaign"]
    return [
        plan_from_document(
            base
            | {
                "code": "x",
                "components": [part],
                "participant": kinds[(seed + index) % 4],
                "period": periods[(seed + index) % 5],
            }
        )
        for index, part in enumerate(parts)
    ]
