"""Where somebody stands on the bands of a component: which are passed, which is reached, which is next."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from portal.core.money import minor_digits, show_minor
from portal.engine.plan import COUNTS, MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.walk import measure_unit, rate_words
from portal.programs.runs.explanations import ComponentTrace, Explained
from portal.programs.runs.sentences import figure
from portal.programs.runs.sentences import rate_words as in_stars


@dataclass(frozen=True)
class Rung:
    """One band: from where it pays what; `missing` is what is left to it, 0 once it is reached."""

    edge: str
    rate: str
    state: str  # passed, here, next or ahead
    missing: str
    at: int


@dataclass(frozen=True)
class Ladder:
    """The bands of one component with the reader's place; `fill` and the ticks of rungs are percent of the bar."""

    component: str
    measure: str
    rungs: list[Rung]
    fill: int
    ticks: list[int]


def ladders(told: Explained) -> list[Ladder]:
    """The ladder of each component that has bands."""
    found = [_ladder(trace, told.plan) for trace in told.components]
    return [one for one in found if one is not None]


def _ladder(trace: ComponentTrace, plan: Plan) -> Ladder | None:
    component = next(one for one in plan.components if one.code == trace.fact.component)
    if not component.bands:
        return None
    edges = _edges(component, plan, trace.fact.baseline)
    if edges is None:
        return None
    measure, unit = trace.fact.measure, measure_unit(plan, component.measured)
    reached = sum(measure >= edge for edge in edges)
    top = max(edges[-1], 1)
    scale = max(top, measure) if measure <= top * 2 else top * 2
    rungs = [
        Rung(
            _edge_words(component, plan, index, edge, unit), in_stars(rate_words(component, plan, index)),
            _state(index, reached), figure(edge - measure, unit) if edge > measure else "", edge,
        )
        for index, edge in enumerate(edges)
    ]  # fmt: skip
    ticks = [min(edge * 100 // scale, 100) for edge in edges if 0 < edge < scale]
    return Ladder(component.code, figure(measure, unit), rungs, min(max(measure, 0) * 100 // scale, 100), ticks)


def _edges(component: Component, plan: Plan, base: int | None) -> list[int] | None:
    """The bands' starts in units of the measure; None when they hang on a baseline or target that is not there."""
    starts = [band.from_ for band in component.bands or ()]
    if component.method == "tiered":
        digits = minor_digits(str(plan.measuring_currency)) if component.measured in MONEY else 0
        return [int(start * 10**digits) for start in starts]
    if not base or base <= 0:
        return None
    return [ceil(Fraction(str(start)) * base / 100) for start in starts]


def _edge_words(component: Component, plan: Plan, index: int, edge: int, unit: str) -> str:
    start = (component.bands or ())[index].from_
    if component.method == "tiered":
        return f"{show_minor(edge, 'points')} {unit}" if unit in COUNTS else f"{figure(edge, unit)} {unit}"
    return f"{plain_decimal(start)} %, {figure(edge, unit)}"


def _state(index: int, reached: int) -> str:
    if index == reached:
        return "next"
    if index > reached:
        return "ahead"
    return "here" if index == reached - 1 else "passed"
