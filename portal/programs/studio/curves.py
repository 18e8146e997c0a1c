"""A payout curve as places on a small drawing: what the engine paid for the worked examples, joined up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.core.money import POINTS, minor_digits, show_minor
from portal.programs.studio.trials import Example, Trial

LEFT, RIGHT, TOP, BOTTOM = 54, 348, 16, 168
MOST_GRID = 4
NEAR = 38  # two labels on the axis closer than this would lie on each other
Point = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """One line: unbroken pieces as polyline points, jumps as (x, y from, y to), and where its name stands."""

    name: str
    twin: bool
    pieces: tuple[str, ...]
    drops: tuple[tuple[str, str, str], ...]
    name_y: str


@dataclass(frozen=True)
class Curve:
    """A whole drawing: lines, grid, ticks at the plan's own edges, and what it says in words."""

    lines: tuple[Line, ...]
    grid: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[str, str], ...]
    axis: str
    says: str
    unit: str
    rows: tuple[tuple[str, str], ...] = field(default=())


def draw_curve(trial: Trial, twin: Trial | None = None, name: str = "This draft", twin_name: str = "") -> Curve | None:
    """The curve of one component; `twin` is what it is compared with. None where no axis fits the rule."""
    if not trial.axis or len(trial.examples) < 2:
        return None
    twin = twin if twin is not None and (twin.axis, twin.axis_unit, twin.unit) == _kind(trial) else None
    trials = [(name, trial, False), *([(twin_name, twin, True)] if twin is not None else [])]
    widest = max(example.x for _, one, _ in trials for example in one.examples)
    highest = max(example.paid for _, one, _ in trials for example in one.examples)
    step, steps = _steps(highest, trial.unit)
    scale = _Scale(max(widest, 1), max(step * steps, 1))
    lines = tuple(_line(said, one, scale, twin=dashed) for said, one, dashed in trials)
    grid = tuple((scale.y(step * number), _short(step * number, trial.unit)) for number in range(steps + 1))
    axis = f"{trial.axis}, {trial.axis_unit}" if trial.axis_unit not in ("", "percent") else trial.axis
    last = trial.examples[-1]
    says = f"It rises to {show_minor(last.paid, trial.unit)} {_unit_word(trial.unit)} at {last.said}."
    rows = tuple((one.said, show_minor(one.paid, trial.unit)) for one in trial.examples)
    return Curve(lines, grid, _ticks(trial, scale), axis, says, _unit_word(trial.unit), rows)


def _kind(trial: Trial) -> tuple[str, str, str]:
    return trial.axis, trial.axis_unit, trial.unit


@dataclass(frozen=True)
class _Scale:
    widest: int
    highest: int

    def x(self, value: int) -> str:
        """A place across, with one decimal."""
        return _tenth(LEFT * 10 + (RIGHT - LEFT) * 10 * value // self.widest)

    def y(self, value: int) -> str:
        """A place up, with one decimal."""
        return _tenth(BOTTOM * 10 - (BOTTOM - TOP) * 10 * value // self.highest)


def _tenth(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _line(name: str, trial: Trial, scale: _Scale, *, twin: bool) -> Line:
    pieces: list[list[Point]] = [[]]
    for before, example in zip([None, *trial.examples], trial.examples, strict=False):
        if before is not None and _jumps(trial.examples, before, example):
            pieces.append([])
        pieces[-1].append((example.x, example.paid))
    drops = [
        (scale.x(after[0][0]), scale.y(before[-1][1]), scale.y(after[0][1]))
        for before, after in itertools.pairwise(pieces)
    ]
    drawn = tuple(" ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in piece) for piece in pieces)
    top = float(scale.y(trial.examples[-1].paid))
    return Line(name, twin, drawn, tuple(drops), _tenth(int(max(top - 8, 11) * 10)))


def _jumps(examples: Sequence[Example], before: Example, after: Example) -> bool:
    """Whether the pay changes at once here: far more for one step than anywhere inside a band."""
    if after.x - before.x != 1:
        return False
    usual = max(
        (abs(two.paid - one.paid) // (two.x - one.x) for one, two in itertools.pairwise(examples)
         if two.x - one.x > 1), default=0,
    )  # fmt: skip
    return abs(after.paid - before.paid) > 2 * usual + 1


def _steps(highest: int, unit: str) -> tuple[int, int]:
    """A round step and how many of it cover the highest point, at most four."""
    scale = 10 ** minor_digits(unit)
    step, power = scale, 1
    while step * MOST_GRID < highest:
        for lead in (1, 2, 5, 10):
            step = lead * power * scale
            if step * MOST_GRID >= highest:
                break
        power *= 10
    return step, max(-(-highest // step), 1)


def _ticks(trial: Trial, scale: _Scale) -> tuple[tuple[str, str], ...]:
    """The edges, left to right, as far as their labels have room; the end of the axis too."""
    found: list[tuple[str, str]] = []
    for edge in [*trial.edges, trial.examples[-1].x]:
        place = scale.x(edge)
        if not found or float(place) - float(found[-1][0]) >= NEAR:
            found.append((place, _tick(edge, trial.axis_unit)))
    return tuple(found)


def _tick(value: int, unit: str) -> str:
    if unit == "percent":
        return f"{value // 100:,} %"
    return f"{value // 10 ** minor_digits(unit):,}" if unit else f"{value:,}"


def _short(value: int, unit: str) -> str:
    return f"{value // 10 ** minor_digits(unit):,}"


def _unit_word(unit: str) -> str:
    return "stars" if unit == POINTS else unit
