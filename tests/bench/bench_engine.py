"""A whole run of twenty plans for 20,000 partners, earnings and postings written, against the same by hand and in SQL.

`BENCH_LINES` (a million), `BENCH_ROUNDS` (1) and `BENCH_SIZES` (more sizes for the growth of time and memory, such as
`100000,10000000`).
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from portal import tables
from portal.core import clock, db
from portal.core.db import session
from portal.programs.runs.jobs import run_full
from tests.bench import engine_by_hand, engine_by_sql
from tests.bench.demo_channel import bench_folder
from tests.bench.engine_world import TODAY, make_channel
from tests.bench.rows import Row, at_most, seconds, told
from tests.support import databases

NOON = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
MOST_TIMES, MOST_OF_SQL, MOST_MEMORY = 2.0, 1.7, 4096
Way = Callable[[], pl.DataFrame]
KEY = ["program", "participant_id", "period_start"]


def check_equal(mine: pl.DataFrame, hand: pl.DataFrame) -> None:
    """Both ways owe everybody the same, to the cent; raises AssertionError otherwise."""
    owed = [frame.filter(pl.col("earned") != 0).select(*KEY, "earned").sort(KEY) for frame in (mine, hand)]
    if owed[0].is_empty() or not owed[0].equals(owed[1]):
        raise AssertionError("The run and the hand-written one do not owe the same.")


def in_turn(kind: str, folder: Path, lines: int, way: Way) -> tuple[float, float, pl.DataFrame]:
    """The seconds of one way on a database of its own, by the clock and of this machine's processors, and what it owes.

    A server's processor time is not known here.
    """
    with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
        db.init_engine(url)
        make_channel(lines)
        session.remove()
        db.engine().dispose()  # the hand-written way opens SQLite with a second library, which no open file survives
        found: list[pl.DataFrame] = []
        spent = spent_so_far()
        taken = seconds(lambda: found.append(way()))
        spent = spent_so_far() - spent
        owed = engine_by_sql.earnings() if way is engine_by_sql.run else found[0]
        session.remove()
        db.engine().dispose()
    return taken, spent, owed


def spent_so_far() -> float:
    """The processor seconds of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(kind: str, folder: Path, lines: int, rounds: int) -> list[Row]:
    """All ways on databases of their own, in turns."""
    ways: dict[str, Way] = {"whole": lambda: run_full().earnings, "by hand": engine_by_hand.run}
    if kind == "postgresql":
        ways["in SQL inside the database"] = engine_by_sql.run
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    owed: dict[str, pl.DataFrame] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            *spent, owed[name] = in_turn(kind, folder, lines, way)
            times[name].append((spent[0], spent[1]))
            check_equal(owed["whole"], owed[name])
    title = f"engine {kind}: 20 plans over {lines} lines"
    rows = [told(f"{title}: {name}", min(taken)[0], "s") for name, taken in times.items()]
    rows.append(told(f"{title}: groups", owed["whole"].height, ""))
    for name, most in (("by hand", MOST_TIMES), ("in SQL inside the database", MOST_OF_SQL)):
        if name in times:
            against = f"{title}, earnings and postings written, against {name}"
            rows.append(at_most(against, _middle_ratio(times["whole"], times[name], 0), "x", most))
    if kind == "sqlite":
        ratio = _middle_ratio(times["whole"], times["by hand"], 1)
        rows.append(told(f"{title}, against by hand in processor time", ratio, "x"))
    return rows


def _middle_ratio(mine: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]], which: int) -> float:
    ratios = sorted(one[which] / two[which] for one, two in zip(mine, other, strict=True))
    return ratios[len(ratios) // 2]


def grow(kind: str, folder: Path, lines: int) -> list[Row]:
    """Time and peak memory of one run in a process of its own."""
    with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
        db.init_engine(url)
        make_channel(lines)
        session.remove()
        db.engine().dispose()
        command = [sys.executable, "-m", "tests.bench.bench_engine", url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    taken, peak = map(float, done.stdout.split()[-2:])
    name = f"engine {kind}: {lines} lines alone"
    return [
        told(f"{name}, a million lines take", taken / lines * 1e6, "s"),
        at_most(f"{name}, peak", peak, "MiB", MOST_MEMORY),
    ]


def alone(url: str) -> None:
    """Run on this database and print the seconds and the MiB that this process and its children held at most."""
    tables.load()
    db.init_engine(url)
    with clock.frozen(NOON):
        taken = seconds(run_full)
    mine, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    sys.stdout.write(f"{taken} {(mine + 2 * child) / 1024}\n")  # two children read at a time


def run() -> list[Row]:
    """All rows of this benchmark."""
    tables.load()
    lines, rounds = int(os.environ.get("BENCH_LINES", "1000000")), int(os.environ.get("BENCH_ROUNDS", "1"))
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "100000,1000000").split(",") if size]
    rows: list[Row] = []
    with bench_folder() as folder:
        for kind in databases.chosen_kinds():
            rows += measure(kind, folder, lines, rounds)
            for size in sizes:
                rows += grow(kind, folder, size)
    return rows


if __name__ == "__main__":
    alone(sys.argv[1])
