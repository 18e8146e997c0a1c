"""The life of a what-if: asked for, worked on in short steps, stored or canceled. Nothing here commits."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import insert, or_, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.core.sequence import current_seq
from portal.engine import VERSION
from portal.programs.definitions.models import Program, ProgramDraft
from portal.programs.definitions.queries import engine_programs
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation.models import SimulationRow, SimulationRun, SimulationState
from portal.programs.simulation.queries import newest_simulation
from portal.programs.simulation.spans import Span, compared_days
from portal.sales.imports.services import worker_name
from portal.security.viewer import Viewer

LEASE = dt.timedelta(seconds=120)
WAITING = (SimulationState.QUEUED, SimulationState.RUNNING)


def start_simulation(
    program: Program, text: str, title: str, span: Span, *, by: Viewer, draft_id: int | None = None,
    version: int | None = None, against: str | None = None, before: int | None = None,
) -> SimulationRun:  # fmt: skip
    """Ask for a what-if; the worker takes it up within seconds. The plan is stored as it is now.

    `before` compares with the program as it was before that version of it.
    """
    plan = parse_plan(text)
    run = SimulationRun(
        program_id=program.id, draft_id=draft_id, version_number=version, title=title, source_text=text,
        before_version=before, against=against, since=span.since, until=span.until, unit=plan.unit,
        state=SimulationState.QUEUED, by_person_id=by.person_id, created_at=clock.now(),
    )  # fmt: skip
    session.add(run)
    session.flush()
    days = {"since": span.since.isoformat(), "until": span.until.isoformat()}
    audit.record("simulation.started", kind="simulation", id=run.id, label=title, actor=by, after=days)
    return run


def try_draft(program: Program, draft: ProgramDraft, *, by: Viewer) -> None:
    """Try a draft over the newest closed period, unless this very text was tried or nothing is there to try it on."""
    text = draft.source_text
    known = newest_simulation(program.id, draft_id=draft.id, finished=False)
    span, _ = compared_days(parse_plan(text), next(iter(engine_programs(code=program.code)), None), clock.today())
    if span is not None and (known is None or known.source_text != text):
        start_simulation(program, text, draft.title, span, by=by, draft_id=draft.id)


def claim_simulation(run_id: int) -> bool:
    """Take a waiting what-if, or one whose process died; whether it is ours now."""
    moment = clock.now()
    free = or_(SimulationRun.lease_until.is_(None), SimulationRun.lease_until < moment)
    taken = session.execute(
        update(SimulationRun)
        .where(SimulationRun.id == run_id, SimulationRun.state.in_(WAITING), free)
        .values(state=SimulationState.RUNNING, worker=worker_name(), lease_until=moment + LEASE, stage="read",
                engine_version=VERSION, seq=current_seq())
    )  # fmt: skip
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def step_simulation(run_id: int, stage: str) -> bool:
    """Say how far it is and hold on to it; False when somebody canceled it or another worker has it."""
    held = (SimulationRun.state == SimulationState.RUNNING, SimulationRun.worker == worker_name())
    kept = session.execute(
        update(SimulationRun)
        .where(SimulationRun.id == run_id, *held)
        .values(stage=stage, lease_until=clock.now() + LEASE)
    )
    return bool(kept.rowcount)  # type: ignore[attr-defined]


def finish_simulation(run_id: int, result: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Store what was found."""
    run = session.get_one(SimulationRun, run_id)
    run.state, run.finished_at, run.lease_until = SimulationState.DONE, clock.now(), None
    run.result = json.dumps(result, ensure_ascii=False)
    run.cost, run.current_cost = result["cost"], result["current"]
    if rows:
        session.execute(insert(SimulationRow), [{"run_id": run_id, **row} for row in rows])
    session.flush()


def fail_simulation(run_id: int, sentence: str) -> None:
    """End a what-if that cannot be calculated, with the reason."""
    run = session.get_one(SimulationRun, run_id)
    run.state, run.failure = SimulationState.FAILED, sentence
    run.finished_at, run.lease_until = clock.now(), None
    session.flush()


def cancel_simulation(run: SimulationRun, *, by: Viewer) -> None:
    """Stop a what-if; a worker at it notices at its next step. Refused once it has ended."""
    stopped = session.execute(
        update(SimulationRun)
        .where(SimulationRun.id == run.id, SimulationRun.state.in_(WAITING))
        .values(state=SimulationState.CANCELED, finished_at=clock.now(), lease_until=None)
    )
    if not stopped.rowcount:  # type: ignore[attr-defined]
        raise Conflict("This what-if has ended, so there is nothing to cancel.")
    audit.record("simulation.canceled", kind="simulation", id=run.id, label=run.title, actor=by)
