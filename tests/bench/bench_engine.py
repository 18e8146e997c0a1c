"""A whole run of twenty plans for 20,000 partners, earnings and postings written, against the same by hand.

`BENCH_LINES` (a million), `BENCH_ROUNDS` (1) and `BENCH_SIZES` (more sizes for the growth of time and memory, such as
`100000,10000000`).
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from portal import tables
from portal.core import clock, db
from portal.core.db import session
from portal.programs.runs.jobs import run_full
from tests.bench import engine_by_hand
from tests.bench.demo_channel import bench_folder
from tests.bench.engine_world import TODAY, make_channel
from tests.bench.rows import Row, at_most, seconds, told
from tests.support import databases

NOON = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
MOST_TIMES, MOST_MEMORY = 2.0, 4096
KEY = ["program", "participant_id", "period_start"]


def check_equal(mine: pl.DataFrame, hand: pl.DataFrame) -> None:
    """Both ways owe everybody the same, to the cent; raises AssertionError otherwise."""
    owed = [frame.filter(pl.col("earned") != 0).select(*KEY, "earned").sort(KEY) for frame in (mine, hand)]
    if owed[0].is_empty() or not owed[0].equals(owed[1]):
        raise AssertionError("The run and the hand-written one do not owe the same.")


def measure(kind: str, folder: Path, lines: int, rounds: int) -> list[Row]:
    """Both ways on databases of their own, in turns."""
    mine: list[float] = []
    hand: list[float] = []
    found: dict[str, pl.DataFrame] = {}
    for _ in range(rounds):
        for name, way, times in (("mine", lambda: run_full().earnings, mine), ("hand", engine_by_hand.run, hand)):
            with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
                db.init_engine(url)
                make_channel(lines)
                times.append(seconds(lambda name=name, way=way: found.update({name: way()})))  # type: ignore[misc]
                session.remove()
                db.engine().dispose()
        check_equal(found["mine"], found["hand"])
    name = f"engine {kind}: 20 plans over {lines} lines"
    ratio = sorted(one / other for one, other in zip(mine, hand, strict=True))[rounds // 2]
    return [
        at_most(f"{name}, earnings and postings written, against by hand", ratio, "x", MOST_TIMES),
        told(f"{name}: whole", min(mine), "s"),
        told(f"{name}: by hand", min(hand), "s"),
        told(f"{name}: groups", found["mine"].height, ""),
    ]


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
    """Run on this database and print the seconds and the MiB this process held at most."""
    tables.load()
    db.init_engine(url)
    with clock.frozen(NOON):
        taken = seconds(run_full)
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    sys.stdout.write(f"{taken} {peak / 1024}\n")


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
