"""How fast four demo plans are calculated over a million lines, database read included, on both databases."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from portal.core import clock, db
from portal.core.db import session
from portal.demo.plans import plan_texts
from portal.engine.periods import Program, Version
from portal.engine.plan import parse_plan
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts
from tests.bench import handwritten
from tests.bench.calculation_world import TODAY, make_channel
from tests.bench.rows import Row, at_most, in_turns, told
from tests.support import databases, postgres

PLANS = ("accessories-clothing-volume", "canada-components", "parts-growth", "racks-and-packs")


def programs() -> list[Program]:
    """The four demo plans as they hold on the channel's day: bands, whole volume, growth, points."""
    texts = plan_texts(TODAY)
    return [Program(code, [Version(1, parse_plan(texts[code]), "next_period")]) for code in PLANS]


def ours(plans: list[Program]) -> pl.DataFrame:
    """What a full run calculates, from the database to settled earnings."""
    session.rollback()
    return compute(plans, read_facts())


def by_hand() -> pl.DataFrame:
    """The same by the hand-written query over a connection of its own."""
    with connect() as connection:
        return handwritten.calculate(connection)


def connect() -> Any:
    """An ADBC connection to the database under measurement."""
    url = db.engine().url
    if db.is_postgresql():
        from adbc_driver_postgresql import dbapi as postgresql

        return postgresql.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    from adbc_driver_sqlite import dbapi as sqlite

    return sqlite.connect(f"file:{url.database}?mode=ro")


def check_equal(mine: pl.DataFrame, hand: pl.DataFrame) -> None:
    """Both ways owe everybody the same, to the cent; raises AssertionError otherwise."""
    company = pl.col("program").eq("racks-and-packs") & pl.col("participant_kind").eq("partner")
    signed = pl.when(company).then(-pl.col("participant_id")).otherwise("participant_id").alias("participant_id")
    owed = mine.filter(pl.col("earned") != 0).select("program", signed, "period_start", "earned")
    key = handwritten.KEY
    if set(owed["program"]) != set(PLANS) or not owed.sort(key).equals(hand.sort(key)):
        raise AssertionError("The engine and the hand-written query do not owe the same.")


def measure(kind: str, folder: Path, lines: int, rounds: int) -> list[Row]:
    """Both ways in turns on one database."""
    plans = programs()
    with databases.fresh_database(kind, folder) as url:
        db.init_engine(url)
        make_channel(lines)
        check_equal(ours(plans), by_hand())
        known = read_facts()
        works: list[Callable[[], object]] = [lambda: ours(plans), by_hand, read_facts, lambda: compute(plans, known)]
        mine, hand, reading, computing = in_turns(rounds, *works)
        session.remove()
        db.engine().dispose()
    name = f"calculation {kind}"
    return [
        at_most(f"{name}: four plans over {lines} lines against a hand-written query", mine / hand, "x", 2.5),
        told(f"{name}: whole", mine, "s"),
        told(f"{name}: reading alone", reading, "s"),
        told(f"{name}: engine alone", computing, "s"),
        told(f"{name}: hand-written", hand, "s"),
    ]


def run() -> list[Row]:
    """All rows of this benchmark; `BENCH_LINES` and `BENCH_ROUNDS` make it smaller."""
    lines, rounds = int(os.environ.get("BENCH_LINES", "1000000")), int(os.environ.get("BENCH_ROUNDS", "5"))
    os.environ.setdefault("PORTAL_TEST_RUN_PID", str(os.getpid()))
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with clock.frozen(clock.now().replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)):
            return [row for kind in databases.chosen_kinds() for row in measure(kind, folder, lines, rounds)]
    finally:
        postgres.stop_server(folder)
        shutil.rmtree(folder, ignore_errors=True)
