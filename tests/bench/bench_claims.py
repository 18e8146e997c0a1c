"""What the approval of one claim costs the engine: one seller's calculation against a full one of the demo channel."""

from __future__ import annotations

import os
import statistics

from portal.core import clock, db
from portal.core.db import session, transaction
from portal.partners.people.queries import find_person_by_email
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts
from portal.programs.runs.services import run_for
from portal.security.viewer import SYSTEM
from tests.bench.demo_channel import bench_folder, demo_channel, email_of
from tests.bench.rows import Row, seconds, told
from tests.support import databases

REASON = "measured"


class _NotKept(Exception):
    """Ends a transaction so that nothing of it stays."""


def approve_once() -> None:
    """What an approval asks of the engine for the demo's seller, in a transaction that is undone."""
    seller = find_person_by_email(email_of("seller"))
    if seller is None or seller.partner_id is None:
        raise RuntimeError("The demo has no seller.")
    today = clock.today()
    try:
        with transaction():
            run_for(
                partner_ids={seller.partner_id}, seller_ids={seller.id}, reason=REASON, by=SYSTEM, days=(today, today)
            )
            raise _NotKept
    except _NotKept:
        session.rollback()


def calculate_all() -> None:
    """A full calculation of the channel, database read included, nothing posted."""
    programs = engine_programs()
    session.rollback()
    compute(programs, read_facts())


def run() -> list[Row]:
    """All rows of this benchmark."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    rows: list[Row] = []
    with bench_folder() as folder:
        for kind in databases.chosen_kinds():
            with demo_channel(kind, folder) as settings:
                clock.configure(settings.zone, None)
                db.init_engine(settings.database_url)
                approve_once()
                calculate_all()
                one = statistics.median(seconds(approve_once) for _ in range(rounds))
                full = statistics.median(seconds(calculate_all) for _ in range(rounds))
                rows.append(told(f"claims {kind}: one approval's calculation", one * 1000, "ms"))
                rows.append(told(f"claims {kind}: of a full calculation", 100 * one / full, "%"))
    return rows
