"""The ways taken for many lines give what the ways for few lines give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from portal.engine import expanding, limits, measure, packing, pipeline, tiers
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import Eligibility, Plan
from tests.engine.strategies_methods import journal_of, plan_of

NEVER, ALWAYS = 10**9, 0


def worlds() -> Iterator[tuple[list[Program], Facts]]:
    """Random plans, two at a time, over random journals."""
    for seed in range(120):
        plans = [plan_of(seed), plan_of(seed + 1000)]
        programs = [Program(f"p{number}", [Version(1, plan)]) for number, plan in enumerate(plans)]
        yield programs, journal_of(seed)


def plainer(plan: Plan) -> Plan:
    """The plan for partners of any kind, with returns in the period of their sale."""
    anybody = {"eligibility": Eligibility(), "multipliers": (), "enrollment": "automatic", "pilot": None}
    same = {"participant": "partner" if plan.participant == "parent" else plan.participant}
    return plan.model_copy(update=anybody | same | {"returns": Plan.model_fields["returns"].default})


def owed(programs: list[Program], known: Facts) -> pl.DataFrame | str:
    """The earnings, or why there are none."""
    try:
        return calculate(programs, known)
    except CalculationError as refused:
        return str(refused)


def test_joining_once_and_rating_by_shape_owe_what_the_steps_for_few_lines_owe(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for programs, known in worlds():
        found = []
        for few in (NEVER, ALWAYS):
            for module in (expanding, tiers):
                monkeypatch.setattr(module, "FEW", few)
            found.append(owed(programs, known))
        if isinstance(found[0], str):
            assert found[0] == found[1]
            continue
        assert isinstance(found[1], pl.DataFrame)
        with monkeypatch.context() as patch:
            patch.setattr(expanding, "MOST_DAYS", 0)
            crowded = owed(programs, known)
        assert isinstance(crowded, pl.DataFrame)
        assert found[0].equals(found[1])
        assert found[0].equals(crowded)
        compared += found[0].height
    assert compared > 200


def test_lines_left_as_they_are_owe_what_their_sums_owe(monkeypatch: pytest.MonkeyPatch) -> None:
    for programs, known in worlds():
        found = []
        for sparse in (NEVER, ALWAYS):
            monkeypatch.setattr(measure, "SPARSE", sparse)
            found.append(owed(programs, known))
        same = found[0].equals(found[1]) if isinstance(found[0], pl.DataFrame) else found[0] == found[1]  # type: ignore[arg-type]
        assert same


def test_rows_sorted_by_one_number_stand_as_if_sorted_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "FEW", -1)
    for programs, known in worlds():
        found = [owed(programs, known)]
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "_packed", lambda _rows, _order: None)
            found.append(owed(programs, known))
        same = found[0].equals(found[1]) if isinstance(found[0], pl.DataFrame) else found[0] == found[1]  # type: ignore[arg-type]
        assert same


def test_rows_sorted_before_they_are_named_stand_as_if_sorted_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    early = 0
    for programs, known in worlds():
        found = []
        for few, room in ((NEVER, packing.ROOM), (ALWAYS, packing.ROOM), (ALWAYS, 0)):
            monkeypatch.setattr(limits, "FEW", few)
            monkeypatch.setattr(limits, "ROOM", room)
            found.append(owed(programs, known))
        for other in found[1:]:
            same = found[0].equals(other) if isinstance(found[0], pl.DataFrame) else found[0] == other  # type: ignore[arg-type]
            assert same
        early += isinstance(found[0], pl.DataFrame) and found[0].height > 1
    assert early > 20


def test_sums_by_one_number_are_the_sums_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    real = packing.packing_of

    def counted(*known: Any) -> packing.Packing | None:
        found = real(*known)
        packed.append(found is not None)
        return found

    monkeypatch.setattr(expanding, "FEW", ALWAYS)
    for mixed, known in worlds():
        programs = [Program(one.code, [Version(1, plainer(one.versions[0].plan))]) for one in mixed]
        found = []
        for way in (counted, lambda *_known: None):
            monkeypatch.setattr(measure, "packing_of", way)
            found.append(owed(programs, known))
        same = found[0].equals(found[1]) if isinstance(found[0], pl.DataFrame) else found[0] == found[1]  # type: ignore[arg-type]
        assert same
    assert sum(packed) > 20
    assert not all(packed)
    monkeypatch.setattr(packing, "ROOM", 0)
    monkeypatch.setattr(measure, "packing_of", counted)
    packed.clear()
    for programs, known in worlds():
        owed(programs, known)
    assert not any(packed)


@pytest.mark.parametrize("times", [1, 10**6, 10**9, 10**12])
def test_narrow_and_wide_numbers_rate_alike(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    narrow = []
    real = tiers._is_narrow

    def judged(*rated: Any) -> bool:
        narrow.append(real(*rated))
        return narrow[-1]

    monkeypatch.setattr(tiers, "FEW", ALWAYS)
    for programs, small in worlds():
        known = replace(small, sales=small.sales.with_columns(pl.col("amount") * times))
        found = []
        for way in (judged, lambda *_rated: False):
            monkeypatch.setattr(tiers, "_is_narrow", way)
            found.append(owed(programs, known))
        same = found[0].equals(found[1]) if isinstance(found[0], pl.DataFrame) else found[0] == found[1]  # type: ignore[arg-type]
        assert same
    assert any(narrow)
    assert not all(narrow)
