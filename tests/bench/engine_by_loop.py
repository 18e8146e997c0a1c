"""The twenty plans in plain Python: one loop over the rows of a cursor, dictionaries of sums, the same cents."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise
from typing import Any

from portal.core.clock import day_number
from portal.core.db import session
from tests.bench.engine_by_hand import LINES
from tests.bench.engine_world import BANDS, GROWTH_FROM, GROWTHS, LEAST, SPIFS, TIERED_FROM, TODAY, skus_of

Owed = dict[tuple[str, int, int], int]  # program, partner, first day of the period -> cents or points
Sums = defaultdict[tuple[int, int, int], int]


def run() -> Owed:
    """Read every line and pay everybody; what is not zero."""
    tiered, growth, units = _sums()
    starts = {number: start for number, start in _quarters().values()}
    owed: Owed = {}
    for (category, partner, quarter), measure in tiered.items():
        owed[f"tiered-{category}", partner, starts[quarter]] = _rounded(_marginal(measure))
    first = _quarter(GROWTH_FROM)
    for (pair, partner, quarter), measure in growth.items():
        base = growth.get((pair, partner, quarter - 4), 0) if quarter >= first else 0
        if base >= LEAST:
            rate = max((paid for reached, paid in GROWTHS if measure * 100 >= base * reached), default=0)
            owed[f"growth-{pair}", partner, starts[quarter]] = _rounded((measure - base) * rate)
    for (number, partner, begin), quantity in units.items():
        owed[f"spif-{number}", partner, begin] = quantity * (10 + number)
    return {key: amount for key, amount in owed.items() if amount}


def _sums() -> tuple[Sums, Sums, Sums]:
    quarters, since = _quarters(), day_number(TIERED_FROM)
    spifs = [(n, set(skus_of(n)), day_number(begin), day_number(end)) for n, (_, begin, end) in enumerate(SPIFS)]
    tiered: Sums = defaultdict(int)
    growth: Sums = defaultdict(int)
    units: Sums = defaultdict(int)
    cursor: Any = session.connection().connection.cursor()
    cursor.execute(LINES)
    for partner, product, quantity, amount, day in cursor:
        category = product % 10
        if category < 8:
            quarter = quarters[day][0]
            growth[category % 4, partner, quarter] += amount
            if day >= since:
                tiered[category, partner, quarter] += amount
        for number, skus, begin, until in spifs:
            if product in skus and begin <= day < until:
                units[number, partner, begin] += quantity
    return tiered, growth, units


def _quarter(day: dt.date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _quarters() -> dict[int, tuple[int, int]]:
    """Every day's quarter, counted on, and that quarter's first day."""
    numbers = range(_quarter(TIERED_FROM) - 8, _quarter(TODAY) + 5)
    starts = [(number, day_number(dt.date(number // 4, number % 4 * 3 + 1, 1))) for number in numbers]
    return {day: (number, start) for (number, start), (_, after) in pairwise(starts) for day in range(start, after)}


def _marginal(measure: int) -> int:
    """Ten thousandths of a cent of what each band pays on the part inside it."""
    ends = [start for start, _ in BANDS[1:]] + [measure]
    return sum((min(measure, end) - start) * rate for (start, rate), end in zip(BANDS, ends, strict=True)
               if measure >= start)  # fmt: skip


def _rounded(top: int) -> int:
    return (top * 2 + 10_000) // 20_000
