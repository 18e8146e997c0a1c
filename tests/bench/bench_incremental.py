"""A few new lines beside many old ones: only what they touch is rated and posted, so the base should not matter.

`BENCH_BASES` (100000,1000000) names the sizes of the base; 10000000 takes a quarter of an hour to make. Beside the time
on the clock stands the time this process worked: on a busy machine the second one tells more.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import statistics
import time
from pathlib import Path

from sqlalchemy import text

from portal import tables
from portal.app import freeze_after_start
from portal.core import clock, db
from portal.core.db import session, transaction
from portal.core.ids import canonical_json
from portal.programs.runs.explanations import Explained, explain
from portal.programs.runs.jobs import run_full
from portal.programs.runs.services import run_for
from portal.programs.runs.trace_data import trace_rows
from portal.programs.statements.papers import earning_pdf
from portal.programs.statements.participants import get_participant
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.bench.bench_engine import NOON
from tests.bench.demo_channel import bench_folder
from tests.bench.engine_world import CATEGORIES, PARTNERS, PRODUCTS, TODAY, category_of, make_channel
from tests.bench.rows import Row, at_most, in_turns, seconds, told
from tests.support import databases

GOALS = {100: 100.0, 1: 50.0}  # milliseconds
GROWN = 1.5
ROUNDS, WARM = 9, 2
TRACED, TRACED_BASE, TRACE_GOAL = 500, 100_000, 300.0
ONE, QUARTER = 7, dt.date(2026, 7, 1)


def touched(count: int, number: int) -> tuple[float, float]:
    """Milliseconds on the clock and of work to rate and post what `count` new lines of as many partners touch."""
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
        came_in = batch.id

    def rate() -> None:
        with transaction():
            run_for(partner_ids=set(partners), reason="new lines came in", by=SYSTEM, days=(day, day), batch_id=came_in)

    begun = time.process_time()
    taken = seconds(rate)
    return taken * 1000, (time.process_time() - begun) * 1000


def medians(kind: str, folder: Path, base: int) -> tuple[dict[int, tuple[float, float]], float]:
    """Both times for each count of new lines on a base of so many, and that of a full run that finds nothing new."""
    with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
        db.init_engine(url)
        make_channel(base)
        run_full()
        _gather_statistics()
        freeze_after_start()  # as the worker does
        found = {}
        for count in GOALS:
            times = [touched(count, count * 1000 + number) for number in range(-WARM, ROUNDS)][WARM:]
            found[count] = statistics.median(taken for taken, _ in times), statistics.median(work for _, work in times)
        full = seconds(run_full) * 1000
        session.remove()
        db.engine().dispose()
    return found, full


def _gather_statistics() -> None:
    """What autovacuum does within a minute of a large load; SQLite plans without."""
    session.remove()
    if db.is_postgresql():
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


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
                for base, (times, full) in found.items():
                    rows.append(at_most(f"{name} on {base}", times[count][0], "ms", most))
                    rows.append(told(f"{name} on {base}, work", times[count][1], "ms"))
                    rows.append(told(f"{name} on {base}, of a full run", 100 * times[count][0] / full, "%"))
                ratio = found[bases[-1]][0][count][1] / found[bases[0]][0][count][1]
                rows.append(at_most(f"{name}, {bases[-1]} against {bases[0]}, work", ratio, "x", GROWN))
            rows += traced(kind, folder)
    return rows


def traced(kind: str, folder: Path) -> list[Row]:
    """The trace of one earning with so many lines: explained and written as JSON, and drawn as PDF."""
    with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
        db.init_engine(url)
        make_channel(TRACED_BASE)
        _sell_to_one()
        run_full(program_code="tiered-0")
        who = get_participant(SYSTEM, f"P{ONE:05}")
        _explained()
        as_json, as_pdf = in_turns(
            ROUNDS,
            lambda: canonical_json(trace_rows(_explained())),
            lambda: earning_pdf(_explained(), who, budget=True),
        )
        session.remove()
        db.engine().dispose()
    name = f"trace {kind}: an earning with {TRACED} lines"
    return [
        at_most(f"{name}, explained and as JSON", as_json * 1000, "ms", TRACE_GOAL),
        told(f"{name}, explained and as PDF", as_pdf * 1000, "ms"),
    ]


def _sell_to_one() -> None:
    """So many lines in one category, all sold to one partner in this quarter."""
    dice = random.Random(5)
    goods = [product for product in range(1, PRODUCTS + 1) if category_of(product) == CATEGORIES[0]]
    lines = [
        NewLine(f"T{number}", ONE, dice.choice(goods), 2, dice.randrange(1_000, 9_000), "USD",
                sold_on=QUARTER + dt.timedelta(days=number % 40), invoice_no=f"T{number // 3}")
        for number in range(TRACED)
    ]  # fmt: skip
    with transaction():
        batch = open_batch("new", BatchKind.FEED)
        add_lines(batch, lines)
        confirm_batch(batch)


def _explained() -> Explained:
    found = explain("tiered-0", "partner", ONE, f"P{ONE:05}", QUARTER)
    if len(found.components[0].counted) < TRACED:
        raise RuntimeError("Some of the lines did not count.")
    return found
