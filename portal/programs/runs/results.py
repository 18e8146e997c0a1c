"""Results of contests that are final: what arrived after the lock is shown, and ranks nobody anew (PRACTICE D3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from portal.core.db import session
from portal.engine.explain import Explanation
from portal.engine.plan import Plan
from portal.programs.definitions.models import Program
from portal.programs.runs.models import PeriodState, ProgramPeriod

ARRIVED_LATER = "arrived after the result"


def final_since(program: Program, plan: Plan, period_start: dt.date, as_of: dt.datetime | None) -> dt.datetime | None:
    """When the contests of a period became final; None without one, while it is open, or for an earlier as-of."""
    if not any(component.method == "rank" for component in plan.components):
        return None
    locked_at = session.scalar(
        select(ProgramPeriod.locked_at).where(
            ProgramPeriod.program_id == program.id,
            ProgramPeriod.period_start == period_start,
            ProgramPeriod.state == PeriodState.LOCKED,
        )
    )
    return locked_at if locked_at is not None and (as_of is None or as_of > locked_at) else None


def with_final_results(found: Sequence[Explanation], then: Sequence[Explanation]) -> list[Explanation]:
    """The explanations, those of contests as they were at the lock, with the lines that arrived later."""
    results = {one.component: one for one in then}
    return [_final(one, results[one.component]) if one.method == "rank" else one for one in found]


def _final(now: Explanation, then: Explanation) -> Explanation:
    known = {line.line_id for line in then.lines}
    later = [
        replace(line, counted=False, reason=ARRIVED_LATER, measure=0, weight=0, share=0)
        for line in now.lines
        if line.line_id not in known
    ]
    return replace(then, lines=[*then.lines, *later], as_of=now.as_of)
