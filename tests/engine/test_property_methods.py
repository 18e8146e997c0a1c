"""Random plans of every method over random facts: the engine, its traces and the oracle agree to the last cent."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.engine.explain import explain
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import plan_from_document
from tests.engine.oracle_methods import MethodsOracle
from tests.engine.strategies_methods import journal_of, plan_of
from tests.engine.test_property import calculated

modest = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10**9)


@modest
@given(seed=seeds)
def test_every_method_agrees_with_the_oracle_in_any_arrival_order(seed: int) -> None:
    plan, known = plan_of(seed), journal_of(seed)
    order = list(range(known.sales.height))
    random.Random(seed).shuffle(order)
    expected = MethodsOracle(known).earnings(plan.to_document())
    assert calculated(plan, known) == expected
    assert calculated(plan, replace(known, sales=known.sales[order])) == expected


@modest
@given(seed=seeds)
def test_every_trace_of_every_method_repeats_its_earning(seed: int) -> None:
    plan, known = plan_of(seed), journal_of(seed)
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
@given(seed=seeds)
def test_a_plan_of_any_method_survives_its_document(seed: int) -> None:
    plan = plan_of(seed)
    assert plan_from_document(plan.to_document()) == plan
