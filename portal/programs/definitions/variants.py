"""Variants: plans that extend the version in force of a published one, and whether that one has moved on since."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from portal.core.db import session
from portal.engine import plan as engine
from portal.engine.errors import PlanError, PlanIssue
from portal.engine.plan_text import read_plan_text
from portal.engine.plan_variants import KEY
from portal.programs.definitions.models import Program, ProgramVersion

MOST = {"name": 200, "goal": 400}  # what the columns of Program hold


def parse_plan(text: str) -> engine.Plan:
    """The plan of a text, with what it inherits from a published one; raises PlanError with lines and keys."""
    plan = engine.parse_plan(text, published_document)
    long = [(key, most) for key, most in MOST.items() if len(getattr(plan, key)) > most]
    if long:
        lines = read_plan_text(text)[1]
        raise PlanError(
            [PlanIssue(lines.get((key,)), key, f"Write at most {most} characters here.") for key, most in long]
        )
    return plan


def published_document(code: str) -> dict[str, Any] | None:
    """The document of a program's newest version; None when nothing was published under this code."""
    found = _newest(code)
    return None if found is None else dict(json.loads(found.document))


def base_moved_on(code: str) -> str | None:
    """A sentence when the plan a program extends has a newer version than the program took over; else None."""
    mine = _newest(code)
    base_code = None if mine is None else json.loads(mine.document).get(KEY)
    base = None if base_code is None else _newest(base_code)
    if mine is None or base is None or base.seq < mine.seq:
        return None
    return (
        f"The base has moved on: {base_code} has version {base.number} since this variant was published. "
        "Publish the variant again to take it over."
    )


def _newest(code: str) -> ProgramVersion | None:
    query = select(ProgramVersion).join(Program, Program.id == ProgramVersion.program_id).where(Program.code == code)
    return session.scalar(query.order_by(ProgramVersion.number.desc()).limit(1))
