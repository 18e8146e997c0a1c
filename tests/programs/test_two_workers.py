"""A run that two workers start, or that is cut off in the middle, posts everything once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

from sqlalchemy import func, select

from portal.core import clock
from portal.core import db as core_db
from portal.core.db import session
from portal.ledger.models import LedgerEntry, LedgerPosting
from portal.ledger.services import verify
from portal.programs.runs import jobs
from portal.programs.runs.models import EarnedGroup, ProgramRun
from tests.programs.channel import make_channel, sell

NOON = dt.datetime(2026, 8, 20, 12, tzinfo=dt.UTC)
WORKER = f"""
import sys
from portal import tables
from portal.core import clock, db
from portal.programs.runs.jobs import run_full
tables.load()
db.init_engine(sys.argv[1])
with clock.frozen(clock.dt.datetime.fromisoformat("{NOON.isoformat()}")):
    run_full()
"""
STUMBLING = WORKER.replace(
    "tables.load()",
    """
import time
from portal.programs.runs import jobs
def wait(*_given):
    print("everything is written, nothing is committed", flush=True)
    time.sleep(600)
jobs.finish_run = wait
tables.load()
""",
)


def sold_channel() -> None:
    """Both plans of the small channel have something to pay."""
    channel = make_channel()
    for number in range(6):
        sell(channel, "HL-1", 3 + number, 40_000, "2026-08-0" + str(1 + number))
        sell(channel, "HL-2", 1, 9_000, "2026-07-0" + str(1 + number), flow="sell_out", seller=channel.seller)


def posted() -> tuple[int, int, int]:
    """How many groups and entries there are, and what sellers and shops were given."""
    session.rollback()
    groups = session.scalar(select(func.count()).select_from(EarnedGroup))
    entries = session.scalar(select(func.count()).select_from(LedgerEntry))
    given = session.scalar(select(func.sum(LedgerPosting.amount)).where(LedgerPosting.amount > 0))
    return groups, entries, int(given or 0)


def test_two_workers_that_start_a_run_together_post_once(db):
    with clock.frozen(NOON):
        sold_channel()
        session.remove()
        url = core_db.engine().url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", WORKER, url]
        workers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
        for worker in workers:
            _, complaint = worker.communicate(timeout=300)
            assert worker.returncode == 0, complaint.decode()
        both = posted()
        assert both[0] == both[1] > 0
        assert jobs.run_full().posted == 0
        assert posted() == both
        assert verify() == []
        runs = session.scalars(select(ProgramRun)).all()
    assert len({(run.input_digest, run.output_digest) for run in runs}) == 1
    assert sum(run.posted_count for run in runs) == both[1]


def test_a_run_that_is_killed_while_it_posts_leaves_nothing_and_the_next_posts_all(db):
    with clock.frozen(NOON):
        sold_channel()
        session.remove()
        url = core_db.engine().url.render_as_string(hide_password=False)
        worker = subprocess.Popen([sys.executable, "-c", STUMBLING, url], stdout=subprocess.PIPE)
        assert worker.stdout.readline() == b"everything is written, nothing is committed\n"
        worker.kill()
        worker.wait()
        assert posted() == (0, 0, 0)
        assert session.scalar(select(func.count()).select_from(ProgramRun)) == 0
        count = jobs.run_full().posted
        assert posted()[1] == count > 0
        assert jobs.run_full().posted == 0
        assert verify() == []
