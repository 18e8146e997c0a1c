"""The full run and the closing of periods; a run posts in one transaction and is safe to run twice."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import polars as pl
from sqlalchemy.exc import OperationalError

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.sequence import current_seq
from portal.engine.place import HERE, Place
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs import periods
from portal.programs.runs.bulk_posting import post_in_bulk
from portal.programs.runs.partitions import LINES_AT_ONCE, calculate_all
from portal.programs.runs.posting import Scope
from portal.programs.runs.reach import companions
from portal.programs.runs.services import (
    begin_run,
    finish_run,
    last_posted_as_of,
    posting_of,
    refuse_future,
)
from portal.programs.runs.traces import TraceReader, missing_traces
from portal.security.viewer import SYSTEM, Viewer

CLOSING = "calculated before closing"
TRACES_AT_ONCE = 10
MOST_TRACES = 10_000
PAUSE = 0.2  # seconds
PATIENCE = 600  # seconds
Result = TypeVar("Result")


@dataclass(frozen=True)
class RunResult:
    """What a full run found: the earnings, and how many differences were posted (None when it only looked)."""

    earnings: pl.DataFrame
    lines: int
    posted: int | None


def run_full(
    *,
    program_code: str | None = None,
    as_of: dt.datetime | None = None,
    post: bool = True,
    by: Viewer = SYSTEM,
    reason: str = "calculated on the sales known",
    place: Place = HERE,
    lines_at_once: int = LINES_AT_ONCE,
) -> RunResult:
    """Calculate every group of one program or of all, then post all differences in one transaction.

    An `as_of` before the last posted run is only looked at. Reads without a lock; a group that was posted from newer
    facts in the meantime is left alone. `place` is where lines are measured and `lines_at_once` about how many of them
    are held at a time; the cents and digests are the same anyway.
    """
    refuse_future(as_of)
    seq = current_seq()
    last = last_posted_as_of(program_code)
    post = post and (as_of is None or last is None or as_of >= last)
    programs = engine_programs(as_of=as_of)
    programs = programs if program_code is None else companions(programs, program_code)
    session.rollback()
    found = calculate_all(programs, as_of, posting=post, place=place, lines_at_once=lines_at_once)
    earnings = found.earnings
    if not post:
        return RunResult(earnings, found.lines, None)

    def post_all() -> int:
        run = begin_run(scope="full", by=by, reason=reason, seq=seq, as_of=as_of, program_code=program_code)
        if programs:
            run.posted_count = post_in_bulk(posting_of(run, programs, scope=Scope(), reason=reason), earnings)
        finish_run(run, found.input_digest, earnings)
        return run.posted_count

    return RunResult(earnings, found.lines, patiently(post_all))


def patiently(work: Callable[[], Result]) -> Result:
    """Do the work in a writing transaction, however long another run keeps SQLite to itself (up to ten minutes)."""
    until = time.monotonic() + PATIENCE
    while True:
        begun = False
        try:
            with transaction():
                session.connection()
                begun = True
                return work()
        except OperationalError:
            if begun or time.monotonic() > until:
                raise


def close_periods() -> int:
    """Calculate, then lock every period whose grace has passed; how many were locked.

    A program that cannot be calculated stays open and keeps no other one waiting; its error is told after them.
    """
    due = periods.due_periods()
    if not due:
        return 0
    errors = _calculate_for_closing({one.program_code for one in due})
    with transaction():
        locked = len(periods.lock_periods(one for one in due if one.program_code not in errors))
    if errors:
        raise next(iter(errors.values()))
    return locked


def _calculate_for_closing(codes: set[str]) -> dict[str, PortalError]:
    """Calculate everything, or, when that is refused, each of these programs alone; the refusals by program."""
    errors: dict[str, PortalError] = {}
    try:
        run_full(reason=CLOSING)
    except PortalError:
        session.rollback()
        for code in sorted(codes):
            try:
                run_full(program_code=code, reason=CLOSING)
            except PortalError as error:
                session.rollback()
                errors[code] = error
    return errors


def keep_traces() -> int:
    """Store the traces of locked periods; how many were stored.

    They are computed outside of any transaction, with pauses, so that nobody who writes or waits for news is held up.
    """
    groups = missing_traces(MOST_TRACES)
    reader = TraceReader(groups)
    for start in range(0, len(groups), TRACES_AT_ONCE):
        made = reader.make(groups[start : start + TRACES_AT_ONCE])
        session.rollback()
        with transaction():
            session.add_all(made)
        time.sleep(PAUSE)
    return len(groups)
