"""A full run posts as columns: groups, periods, entries and facts are those that posting row by row writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select, text

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.models import LedgerOwner
from portal.ledger.services import verify
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.bulk_posting import post_in_bulk
from portal.programs.runs.jobs import close_periods, run_full
from portal.programs.runs.models import ProgramRun
from portal.programs.runs.posting import Scope
from portal.programs.runs.services import begin_run, post_earnings, posting_of
from portal.security.viewer import SYSTEM
from tests.ledger.test_bulk import UndoneError, book_of
from tests.programs.channel import VOLUME, Channel, make_channel, publish, sell

GROUPS = (
    "SELECT program_id, version_number, component, participant_kind, participant_id, period_start, period_end, unit,"
    " measure, measure_unit, baseline, band, earned, posted, seq, updated_at FROM earned_group"
)
PERIODS = "SELECT program_id, period_start, period_end, state, locked_at FROM program_period"
BOXED = "SELECT payload, recorded_at, not_before, attempts, done_listeners FROM outbox WHERE fact = 'EarningsPosted'"
WITH_POINTS = """
code: stars
name: Stars
kind: spif
effective: {from: 2026-07-01, until: 2026-10-01}
period: month
pay: {in: points}
hold_days: 14
expires_months: 12
qualify: {categories: [Accessories]}
components:
  - {code: each, method: per_unit, amount: 3}
  - {code: more, method: milestone, measure: units, at: 5, amount: 50}
"""


def stored() -> list[Any]:
    """Everything a run writes, without ids and without the number of the run."""
    found = [tuple(row) for query in (GROUPS, PERIODS) for row in session.execute(text(query))]
    told = []
    for row in session.execute(text(BOXED)):
        fact = json.loads(row[0])
        assert row[0] == json.dumps(fact, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        told.append((fact["participant_kind"], fact["participant_id"], sorted(map(tuple, fact["amounts"])), *row[1:]))
    owners = list(session.scalars(select(LedgerOwner.id)))
    return sorted(map(repr, [*found, *told])) + book_of(session, owners)


def tried(run_id: int, post: Callable[[ProgramRun], None]) -> list[Any]:
    """What is stored after a run has posted, which is then undone."""
    found: list[Any] = []
    with pytest.raises(UndoneError), transaction():
        post(session.get_one(ProgramRun, run_id))
        session.flush()
        found = stored()
        raise UndoneError
    return found


def both_ways_agree() -> None:
    """Post by rows and in columns what is owed now; compare, keep nothing, then run for good."""
    earnings: pl.DataFrame = run_full(post=False).earnings

    def by_rows(run: ProgramRun) -> None:
        post_earnings(run, engine_programs(), earnings, scope=Scope(), reason="a trial")

    def in_columns(run: ProgramRun) -> None:
        post_in_bulk(posting_of(run, engine_programs(), scope=Scope(), reason="a trial"), earnings)

    with transaction():
        run_id = begin_run(scope="trial", by=SYSTEM, reason="a trial", seq=10**6).id
    first, second = tried(run_id, in_columns), tried(run_id, by_rows)
    assert first == second
    assert first != stored()
    run_full()
    assert verify() == []


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        made = make_channel()
        publish(made, WITH_POINTS)
        yield made


def test_first_differences_raises_and_what_is_taken_back(channel: Channel):
    lines = [sell(channel, "WB-1", 4 + n, 90_000 + n, f"2026-0{7 + n % 2}-0{1 + n}") for n in range(6)]
    sell(channel, "HL-1", 3, 9_000, "2026-07-09", flow="sell_out", seller=channel.seller)
    sell(channel, "WB-1", 9, 250_000, "2026-07-20", partner=channel.rival)
    both_ways_agree()
    sell(channel, "WB-1", 2, 80_000, "2026-08-02", partner=channel.rival)
    sell(channel, "WB-1", -6, -90_002, "2026-08-09", returns=lines[2], origin="2026-07-03")
    both_ways_agree()
    publish(channel, VOLUME.replace("[Accessories, Clothing]", "[Nothing]"), inside_period="recalculate")
    both_ways_agree()


def test_debts_and_locked_periods(channel: Channel):
    line = sell(channel, "WB-1", 10, 300_000, "2026-07-01")
    both_ways_agree()
    with clock.frozen("2026-11-10T10:00"):
        close_periods()
        sell(channel, "WB-1", -10, -300_000, "2026-11-09", returns=line, origin="2026-07-01")
        both_ways_agree()
        sell(channel, "WB-1", 7, 100_000, "2026-08-01")
        both_ways_agree()
