"""A few new lines beside many old ones: only what they touch is rated and posted, so the base should not matter.

`BENCH_BASES` (100000,1000000) names the sizes of the base.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import statistics
from pathlib import Path

from portal import tables
from portal.core import clock, db
from portal.core.db import session, transaction
from portal.programs.runs.jobs import run_full
from portal.programs.runs.services import run_for
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.bench.bench_engine import NOON
from tests.bench.demo_channel import bench_folder
from tests.bench.engine_world import PARTNERS, PRODUCTS, TODAY, make_channel
from tests.bench.rows import Row, at_most, seconds
from tests.support import databases

GOALS = {100: 100.0, 1: 50.0}  # milliseconds
GROWN = 1.5
ROUNDS = 9


def touched(count: int, number: int) -> float:
    """Seconds to rate and post what `count` new lines of as many partners touch; writing the lines is free."""
    dice = random.Random(number)
    day = TODAY - dt.timedelta(days=3)
    partners = dice.sample(range(1, PARTNERS + 1), count)
    lines = [
        NewLine(f"N{number}-{partner}", partner, dice.randrange(1, PRODUCTS + 1), 2, 9_000, "USD", flow="sell_in",
                sold_on=day, invoice_no=f"N{number}")
        for partner in partners
    ]  # fmt: skip
    with transaction():
        batch = open_batch("new", BatchKind.FEED)
        add_lines(batch, lines)
        confirm_batch(batch)

    def rate() -> None:
        with transaction():
            run_for(partner_ids=set(partners), reason="new lines came in", by=SYSTEM, days=(day, day))

    return seconds(rate)


def medians(kind: str, folder: Path, base: int) -> dict[int, float]:
    """Milliseconds for each count of new lines on a base of so many."""
    with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
        db.init_engine(url)
        make_channel(base)
        run_full()
        found = {
            count: statistics.median(touched(count, count * 1000 + number) for number in range(ROUNDS)) * 1000
            for count in GOALS
        }
        session.remove()
        db.engine().dispose()
    return found


def run() -> list[Row]:
    """All rows of this benchmark."""
    tables.load()
    bases = [int(size) for size in os.environ.get("BENCH_BASES", "100000,1000000").split(",")]
    rows: list[Row] = []
    with bench_folder() as folder:
        for kind in databases.chosen_kinds():
            found = {base: medians(kind, folder, base) for base in bases}
            for count, most in GOALS.items():
                name = f"incremental {kind}: {count} new lines"
                rows += [at_most(f"{name} on {base}", found[base][count], "ms", most) for base in bases]
                ratio = found[bases[-1]][count] / found[bases[0]][count]
                rows.append(at_most(f"{name}, {bases[-1]} against {bases[0]}", ratio, "x", GROWN))
    return rows
