"""Runs: what is owed on the facts, posted as differences. Joins the caller's transaction and never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import polars as pl
from sqlalchemy import func, select

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit_all
from portal.core.sequence import current_seq
from portal.engine import VERSION
from portal.engine import pipeline as engine
from portal.engine.moved import Asked
from portal.engine.needs import Stretch, echoes, stretches
from portal.engine.periods import FIRST_DAY, NEVER
from portal.engine.periods import Program as EngineProgram
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.calculation import compute
from portal.programs.runs.digests import frame_digest
from portal.programs.runs.events import EarningsPosted
from portal.programs.runs.facts import KnownFacts, read_facts, with_posted
from portal.programs.runs.models import ProgramRun
from portal.programs.runs.posting import Posting, Scope, post_programs
from portal.programs.runs.preview import preview_lines
from portal.programs.runs.reach import by_reach, participants_to_post, partners_to_read
from portal.programs.runs.touched import read_moved, read_touched
from portal.programs.runs.values import PostedDifference
from portal.security.viewer import Viewer

__all__ = [
    "begin_run",
    "finish_run",
    "last_posted_as_of",
    "post_earnings",
    "posting_of",
    "preview_lines",
    "refuse_future",
    "run_for",
]


def refuse_future(as_of: dt.datetime | None) -> None:
    """Nobody knows facts that have not been recorded yet."""
    if as_of is not None and as_of > clock.now():
        raise InvalidInput("The as-of time lies in the future. Name a time that has passed, or leave it out.")


def begin_run(
    *, scope: str, by: Viewer, reason: str, seq: int, as_of: dt.datetime | None = None, program_code: str | None = None
) -> ProgramRun:
    """Write down that a calculation begins."""
    moment = clock.now()
    run = ProgramRun(
        program_code=program_code,
        scope=scope,
        as_of=as_of or moment,
        started_at=moment,
        engine_version=VERSION,
        seq=seq,
        by_person_id=by.person_id,
        reason=reason,
    )
    session.add(run)
    session.flush()
    return run


def post_earnings(
    run: ProgramRun, programs: list[EngineProgram], earnings: pl.DataFrame, *, scope: Scope, reason: str
) -> list[PostedDifference]:
    """Post the differences of the given programs; returns what was posted."""
    if not programs:
        return []
    posted = post_programs(posting_of(run, programs, scope=scope, reason=reason), earnings)
    run.posted_count += len(posted)
    emit_posted(posted)
    return posted


def posting_of(run: ProgramRun, programs: list[EngineProgram], *, scope: Scope, reason: str) -> Posting:
    """What is needed to post the groups of these programs."""
    stored = {p.code: p for p in session.scalars(select(Program).where(Program.code.in_([p.code for p in programs])))}
    plans = {(program.code, version.number): version.plan for program in programs for version in program.versions}
    return Posting({program.code: stored[program.code] for program in programs}, plans, run, scope, reason)


def emit_posted(posted: list[PostedDifference]) -> None:
    """One fact for each participant whose earnings changed."""
    changes: dict[tuple[str, int], list[list[Any]]] = {}
    for one in posted:
        found = changes.setdefault((one.participant_kind, one.participant_id), [])
        found.append([one.program_code, one.unit, one.amount])
    emit_all([EarningsPosted(kind, number, own) for (kind, number), own in sorted(changes.items())])


def finish_run(run: ProgramRun, input_digest: str, earnings: pl.DataFrame) -> None:
    """Write the digests of what went in and what came out."""
    run.input_digest = input_digest
    run.output_digest = frame_digest(earnings)
    run.finished_at = clock.now()


def run_for(
    *,
    partner_ids: Collection[int],
    seller_ids: Collection[int] = (),
    reason: str,
    by: Viewer,
    days: tuple[dt.date, dt.date] | None = None,
    batch_id: int | None = None,
) -> list[PostedDifference]:
    """Calculate only these participants (in the windows that sales of `days` move, both included) and post differences.

    Reads over the running transaction, so that what it has just written counts. `batch_id` names the lines that are
    all that is new: then only what they can change is calculated.
    """
    programs = engine_programs()
    if not programs:
        return []
    run = begin_run(scope="touched", by=by, reason=reason, seq=current_seq())
    from_day, until_day = (day_number(days[0]), day_number(days[1]) + 1) if days else (None, None)
    own, shared, lasting = by_reach(programs)
    reading = partners_to_read(programs, set(partner_ids), set(seller_ids))
    posting_to = frozenset(participants_to_post(set(partner_ids)))
    moved = read_moved(own, batch_id) if batch_id is not None and own else None
    touched = Scope(posting_to, frozenset(seller_ids), from_day, until_day, moved)
    known, earnings = _computed(own, touched, reading)
    posted = post_earnings(run, own, earnings, scope=touched, reason=reason)
    for programs, scope in _further(own, shared, lasting, touched):
        _, found = _computed(programs, scope, None if scope.partner_ids is None else reading)
        posted += post_earnings(run, programs, found, scope=scope, reason=reason)
        earnings = pl.concat([earnings, found])
    finish_run(run, frame_digest(known.facts.sales), earnings)
    return posted


def _further(
    own: list[EngineProgram], shared: list[EngineProgram], lasting: list[EngineProgram], touched: Scope
) -> list[tuple[list[EngineProgram], Scope]]:
    """What is calculated beside the touched windows: everybody's where all decide, and what older sales move later."""
    wide = replace(touched, partner_ids=None, person_ids=None, moved=None)
    found = [(shared, wide), (lasting, Scope())]
    if touched.from_day is not None and touched.until_day is not None:
        today = day_number(clock.today())
        for programs, scope in ((own, touched), (shared, wide)):
            later = echoes(programs, touched.from_day, touched.until_day, today)
            found += [(some, replace(scope, from_day=span[0], until_day=span[1])) for span, some in later.items()]
    return [one for one in found if one[0]]


def _computed(
    programs: list[EngineProgram], scope: Scope, partner_ids: Collection[int] | None
) -> tuple[KnownFacts, pl.DataFrame]:
    """The facts that some programs need in a scope, and what they make of them."""
    if partner_ids is not None:
        asked = [Asked(program, _stretches_to_read(program, scope)) for program in programs]
        known = read_touched(asked, partner_ids, scope.moved)
    else:
        since, until = _days_to_read(programs, scope.from_day, scope.until_day)
        known = read_facts(since=since, until=until, names=engine.needs_names(programs))
    known = with_posted(known, programs)
    earnings = compute(programs, known, from_day=scope.from_day, until_day=scope.until_day)
    return known, earnings if scope.moved is None else scope.moved.groups(earnings)


def _stretches_to_read(program: EngineProgram, scope: Scope) -> list[Stretch]:
    if scope.from_day is None or scope.until_day is None:
        return [(FIRST_DAY, NEVER)]
    return stretches([program], scope.from_day, scope.until_day)


def _days_to_read(
    programs: list[EngineProgram], from_day: int | None, until_day: int | None
) -> tuple[dt.date | None, dt.date | None]:
    if from_day is None or until_day is None:
        return None, None
    first, after = engine.reach(programs, from_day, until_day)
    return clock.from_day_number(first), clock.from_day_number(after)


def last_posted_as_of(program_code: str | None) -> dt.datetime | None:
    """The as-of of the newest full run that posted; an earlier one is only looked at."""
    query = select(func.max(ProgramRun.as_of)).where(ProgramRun.scope == "full", ProgramRun.posted.is_(True))
    if program_code is not None:
        query = query.where((ProgramRun.program_code == program_code) | ProgramRun.program_code.is_(None))
    return session.scalar(query)
