"""Work of upper rooms that should be finished before a period is closed: they register how much of it waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """What waits: told in words when `count` is not zero, with the endpoint where it is worked off."""

    title: str
    count: int
    endpoint: str


Counter = Callable[[dt.date, dt.date], Waiting]
_counters: list[Counter] = []


def register_waiting(counter: Counter) -> None:
    """Let a room count what waits for sales to end customers on the days [since, until)."""
    if counter not in _counters:
        _counters.append(counter)


def count_waiting(since: dt.date, until: dt.date) -> list[Waiting]:
    """What waits in the rooms above."""
    return [counter(since, until) for counter in _counters]
