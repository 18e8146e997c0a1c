"""Budgets that stop: first recorded, first served; what is posted keeps its place (PRACTICE D3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from portal.core.money import minor_digits
from portal.engine.plan import Plan
from portal.engine.rounding import round_minor

Place = tuple[str, str, int, int, str]  # program, participant kind and id, period start, component


def budget_of(plan: Plan) -> int:
    """The budget in minor units of pay."""
    return int(plan.budget.amount * 10 ** minor_digits(plan.unit)) if plan.budget else 0


@dataclass
class _Group:
    """One earning while the budget is handed out: what is held for it, what it owes so far, what it was given.

    `held` begins with what was posted (at most what it ever owes); what a return gives back of it is let go, down to
    `floor`, which it keeps in the end.
    """

    most: int | None
    held: int
    floor: int
    exact: Fraction = Fraction(0)
    due: int = 0
    from_held: int = 0
    from_free: int = 0

    def grow(self, share: Fraction) -> int:
        """Add a share; by how much the positive amount due rises or falls in whole units."""
        self.exact += share
        before = max(self.due, 0)
        due = round_minor(self.exact)
        self.due = due if self.most is None else min(due, self.most)
        return max(self.due, 0) - before

    def serve(self, step: int, free: int) -> int:
        """Give it a step, from what is held for it, then from what is free; what is free afterwards."""
        from_held = min(step, self.held - self.from_held)
        from_free = min(step - from_held, free)
        self.from_held += from_held
        self.from_free += from_free
        return free - from_free

    def give_back(self) -> int:
        """Take away what it no longer owes; how much of the budget that frees."""
        over = max(self.from_held + self.from_free - max(self.due, 0), 0)
        from_free = min(over, self.from_free)
        self.from_free -= from_free
        self.from_held -= over - from_free
        before, self.held = self.held, max(self.from_held, self.floor)
        return from_free + before - self.held


@dataclass(frozen=True)
class Queue:
    """Whom a budget serves: the earnings before it, what of them was posted and keeps its place, shares in order.

    A step of the queue is (place, exact share, line id or None).
    """

    budget: int
    finals: Mapping[Place, int]
    kept: Mapping[Place, int]
    steps: Sequence[tuple[Place, Fraction, int | None]]


@dataclass(frozen=True)
class Turn:
    """One step of one earning in a queue: its line, and by how much others changed what was free before it."""

    line: int | None
    others: int


@dataclass(frozen=True)
class Told:
    """A queue as one earning stands in it: what was posted of it, what is held for others, its turns."""

    posted: int
    held: int
    turns: Sequence[Turn]


def served(queue: Queue) -> dict[Place, int]:
    """What of each earning the budget pays, when its lines' exact shares are served in the order of the queue.

    A negative share frees what its own earning was given; the freed serves only lines behind it. Negative earnings
    pass unchanged.
    """
    groups, free = _begun(queue)
    for place, share, _ in queue.steps:
        free = _step(groups[place], share, free)
    return {
        place: final if final < 0 else groups[place].from_held + groups[place].from_free
        for place, final in queue.finals.items()
    }


def turns_of(queue: Queue, mine: Place) -> Told:
    """How one earning fared in a queue: the others only by what they took or gave back."""
    groups, free = _begun(queue)
    held = sum(group.held for place, group in groups.items() if place != mine)
    turns, before = [], free
    for place, share, line in queue.steps:
        is_mine = place == mine and share != 0
        if is_mine:
            turns.append(Turn(line, free - before))
        free = _step(groups[place], share, free)
        before = free if is_mine else before
    return Told(queue.kept.get(mine, 0), held, turns)


def _begun(queue: Queue) -> tuple[dict[Place, _Group], int]:
    """The earnings as they stand before the first step, and what of the budget is free."""
    pairs = [(place, share) for place, share, _ in queue.steps]
    most = _ceilings(queue.finals, pairs)
    peaks = _peaks(most, pairs)
    groups = {}
    for place, final in queue.finals.items():
        posted = queue.kept.get(place, 0)
        groups[place] = _Group(most[place], min(posted, peaks[place]), max(min(posted, final), 0))
    return groups, max(queue.budget - sum(group.held for group in groups.values()), 0)


def _step(group: _Group, share: Fraction, free: int) -> int:
    step = group.grow(share)
    return group.serve(step, free) if step >= 0 else free + group.give_back()


def _ceilings(finals: Mapping[Place, int], queue: Iterable[tuple[Place, Fraction]]) -> dict[Place, int | None]:
    """The most an earning may owe on its way: what other limits left of it; None where they took nothing."""
    sums = dict.fromkeys(finals, Fraction(0))
    for place, share in queue:
        sums[place] += share
    return {place: final if final < round_minor(sums[place]) else None for place, final in finals.items()}


def _peaks(most: Mapping[Place, int | None], queue: Iterable[tuple[Place, Fraction]]) -> dict[Place, int]:
    """The most each earning ever owes on its way through the queue."""
    groups = {place: _Group(ceiling, 0, 0) for place, ceiling in most.items()}
    peaks = dict.fromkeys(most, 0)
    for place, share in queue:
        groups[place].grow(share)
        peaks[place] = max(peaks[place], groups[place].due)
    return peaks


def kept_by(posted: pl.DataFrame, finals: Mapping[Place, int]) -> dict[Place, int]:
    """What is posted of each earning; posted rows name partners and persons, a seller below zero is a partner."""
    columns = ["program", "participant_kind", "participant_id", "period_start", "component", "posted"]
    known: dict[Place, int] = {row[:5]: row[5] for row in posted.select(columns).iter_rows()}
    kept: dict[Place, int] = {}
    for place in finals:
        name = (place[0], *_settled(place[1], place[2]), *place[3:])
        kept[place] = max(known.pop(name, 0), 0)
    return kept


def _settled(kind: str, number: int) -> tuple[str, int]:
    return ("person", number) if kind == "seller" and number > 0 else ("partner", abs(number))


def recording_order(sales: pl.DataFrame, lines: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """The place of each line: batch, day of sale, source, external id in byte order."""
    wanted = pl.DataFrame({"line_id": sorted(set(lines))}, schema={"line_id": pl.Int64})
    for name, kind in (("batch_seq", pl.Int64()), ("external_id", pl.String())):
        if name not in sales.columns:
            sales = sales.with_columns(pl.lit(None, dtype=kind).alias(name))
    found = sales.join(wanted, on="line_id", how="semi")
    rows = found.select("line_id", "batch_seq", "sold_day", "source", "external_id").iter_rows()
    return {
        line: (seq or 0, day, source.encode(), (name or str(line)).encode(), line)
        for line, seq, day, source, name in rows
    }
