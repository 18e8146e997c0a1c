"""Random plans with limits over random journals: the engine, its traces and the oracle agree to the last cent."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.engine.errors import PlanError
from portal.engine.explain import explain
from portal.engine.frames import Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import Plan, plan_from_document
from tests.engine.oracle_limits import LimitsOracle
from tests.engine.strategies import documents, journals

# Without shrinking: an example of this size takes minutes to shrink and is read as well as it is.
modest = settings(
    max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
SPLITS = (
    [{"to": "partner", "percent": "60"}, {"to": "seller", "percent": "40"}],
    [{"to": "distributor", "percent": "33.3333"}, {"to": "parent", "percent": "66.6667"}],
    [{"to": "seller", "percent": "100"}],
)


@st.composite
def limited(draw: st.DrawFn, code: str) -> Plan:
    """A plan with some limits that the parser accepts."""
    while True:
        document = draw(documents()) | {"code": code}
        if draw(st.integers(0, 2)) == 0:
            document["caps"] = document.get("caps", {}) | {"program": draw(st.sampled_from(["0", "3", "20"]))}
        if draw(st.integers(0, 2)) == 0:
            document["minimum_payout"] = draw(st.sampled_from(["1", "5"]))
        if draw(st.integers(0, 2)) == 0:
            document["budget"] = {"amount": draw(st.sampled_from(["0", "4", "50"])), "when_reached": "stop"}
        if draw(st.integers(0, 1)) == 0:
            policy = draw(st.sampled_from(["best", "best", "first"]))
            document["stack"] = {"group": "g", "policy": policy, "priority": str(draw(st.integers(0, 2)))}
        if draw(st.integers(0, 3)) == 0:
            document["credit"] = {"split": draw(st.sampled_from(SPLITS))}
        try:
            return plan_from_document(document)
        except PlanError:
            continue


def with_batches(known: Facts, seed: int) -> Facts:
    """The same facts, recorded in batches of some order, some lines through a distributor."""
    generator = random.Random(seed)
    rows = known.sales.height
    batches = pl.Series([generator.randrange(4) for _ in range(rows)], dtype=pl.Int64)
    through = pl.Series([generator.choice([None, 2, 3]) for _ in range(rows)], dtype=pl.Int64)
    return replace(known, sales=known.sales.with_columns(batch_seq=batches, distributor_id=through))


def paid(programs: list[Program], known: Facts) -> dict[Any, int]:
    names = ["program", "component", "participant_kind", "participant_id", "period_start"]
    rows = calculate(programs, known)
    return {row[:5]: row[5] for row in rows.select(*names, "earned").iter_rows() if row[5]}


def test_limits_agree_with_the_oracle_in_any_order_of_rows() -> None:
    @modest
    @given(plans=st.tuples(limited("a"), limited("b")), known=journals(), seed=st.integers(0, 1000))
    def agrees(plans: tuple[Plan, Plan], known: Facts, seed: int) -> None:
        known = with_batches(known, seed)
        programs = [Program(plan.code, [Version(1, plan)]) for plan in plans]
        expected = LimitsOracle(known).paid({plan.code: plan.to_document() for plan in plans})
        expected = {group: earned for group, earned in expected.items() if earned}
        assert paid(programs, known) == expected
        order = list(range(known.sales.height))
        random.Random(seed).shuffle(order)
        assert paid(programs, replace(known, sales=known.sales[order])) == expected

    agrees()


def test_every_trace_under_limits_repeats_its_earning() -> None:
    @settings(modest, max_examples=30)
    @given(plans=st.tuples(limited("a"), limited("b")), known=journals(), seed=st.integers(0, 1000))
    def repeats(plans: tuple[Plan, Plan], known: Facts, seed: int) -> None:
        known = with_batches(known, seed)
        programs = [Program(plan.code, [Version(1, plan)]) for plan in plans]
        for row in calculate(programs, known).iter_rows(named=True):
            first, second = programs if row["program"] == "a" else programs[::-1]
            traces = explain(
                first, known, participant_id=row["participant_id"], kind=row["participant_kind"],
                period_start=row["period_start"], others=[second],
            )  # fmt: skip
            one = next(trace for trace in traces if trace.component == row["component"])
            assert (one.measure, one.earned) == (row["measure"], row["earned"])
            shares = [line.share for line in one.lines if line.counted and line.share is not None]
            assert sum(shares) == one.earned or not shares
            assert one.sentences

    repeats()
