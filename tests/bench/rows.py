"""A row of the table of measurements, and measuring two ways of doing a thing in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Row = tuple[str, float, str, str, bool]  # name, figure, unit, goal, met


def at_most(name: str, figure: float, unit: str, most: float) -> Row:
    """A row that is met below a bound."""
    return (name, round(figure, 2), unit, f"<= {most:g}", figure <= most)


def at_least(name: str, figure: float, unit: str, least: float) -> Row:
    """A row that is met above a bound."""
    return (name, round(figure, 2), unit, f">= {least:g}", figure >= least)


def told(name: str, figure: float, unit: str) -> Row:
    """A row without a goal."""
    return (name, round(figure, 2), unit, "", True)


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def in_turns(rounds: int, *works: Callable[[], object]) -> list[float]:
    """The median seconds of each way, measured in turns, so that a busy moment meets all of them."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, found, strict=True):
            times.append(seconds(work))
    return [statistics.median(times) for times in found]
