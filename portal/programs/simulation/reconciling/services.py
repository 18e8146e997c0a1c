"""The life of a comparison with what was paid: asked for, worked on in short steps, stored or canceled.

Nothing here commits, and nothing is paid or posted by it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import or_, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.core.rows import RowError
from portal.core.sequence import current_seq
from portal.programs.simulation.models import PaidFile, SimulationState
from portal.programs.simulation.reconciling.payments import Paid, pack
from portal.programs.simulation.services import LEASE, WAITING
from portal.sales.imports.services import worker_name
from portal.security.viewer import Viewer


def start_comparison(
    filename: str, digest: str, payments: Sequence[Paid], errors: Sequence[RowError], *, by: Viewer
) -> PaidFile:
    """Ask for a comparison; the worker takes it up within seconds."""
    kept = PaidFile(
        filename=filename[:200], file_digest=digest, payments=pack(payments), by_person_id=by.person_id,
        errors=json.dumps([asdict(one) for one in errors], ensure_ascii=False), created_at=clock.now(),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    counts = {"rows": len(payments), "not_comparable": len(errors)}
    audit.record("comparison.started", kind="paid_file", id=kept.id, label=kept.filename, actor=by, after=counts)
    return kept


def claim_comparison(number: int, steps: int) -> bool:
    """Take a waiting comparison, or one whose process died; whether it is ours now."""
    moment = clock.now()
    free = or_(PaidFile.lease_until.is_(None), PaidFile.lease_until < moment)
    taken = session.execute(
        update(PaidFile)
        .where(PaidFile.id == number, PaidFile.state.in_(WAITING), free)
        .values(state=SimulationState.RUNNING, worker=worker_name(), lease_until=moment + LEASE, stage="",
                steps=steps, steps_done=0, seq=current_seq())
    )  # fmt: skip
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def step_comparison(number: int, stage: str) -> bool:
    """Say what begins now and hold on to it; False when somebody canceled it or another worker has it."""
    held = (PaidFile.state == SimulationState.RUNNING, PaidFile.worker == worker_name())
    kept = session.execute(
        update(PaidFile)
        .where(PaidFile.id == number, *held)
        .values(stage=stage, steps_done=PaidFile.steps_done + 1, lease_until=clock.now() + LEASE)
    )
    return bool(kept.rowcount)  # type: ignore[attr-defined]


def finish_comparison(number: int, result: dict[str, Any]) -> None:
    """Store what a file came to; its rows are not kept."""
    kept = session.get_one(PaidFile, number, populate_existing=True)
    _end(kept, SimulationState.DONE)
    kept.result = json.dumps(result | {"errors": json.loads(kept.errors)}, ensure_ascii=False)
    kept.equal = sum(one["equal"] for one in result["periods"])
    kept.different = len(result["differences"])
    kept.unexplained = sum(one["unexplained"] for one in result["periods"])
    session.flush()
    counts = {"equal": kept.equal, "different": kept.different, "unexplained": kept.unexplained}
    audit.record("payments.compared", kind="paid_file", id=kept.id, label=kept.filename, after=counts)


def fail_comparison(number: int, sentence: str) -> None:
    """End a comparison that cannot be calculated, with the reason."""
    kept = session.get_one(PaidFile, number, populate_existing=True)
    kept.failure = sentence
    _end(kept, SimulationState.FAILED)
    session.flush()


def _end(kept: PaidFile, state: SimulationState) -> None:
    kept.state, kept.finished_at, kept.lease_until, kept.payments = state, clock.now(), None, ""


def cancel_comparison(kept: PaidFile, *, by: Viewer) -> None:
    """Stop a comparison; a worker at it notices at its next step. Refused once it has ended."""
    stopped = session.execute(
        update(PaidFile)
        .where(PaidFile.id == kept.id, PaidFile.state.in_(WAITING))
        .values(state=SimulationState.CANCELED, finished_at=clock.now(), lease_until=None, payments="")
    )
    if not stopped.rowcount:  # type: ignore[attr-defined]
        raise Conflict("This comparison has ended, so there is nothing to cancel.")
    audit.record("comparison.canceled", kind="paid_file", id=kept.id, label=kept.filename, actor=by)
