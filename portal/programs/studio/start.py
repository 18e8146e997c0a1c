"""New drafts: from a template, as the next version of a program, or as a copy of another program."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.engine.periods import MONTHS
from portal.engine.plan import Plan
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions import queries
from portal.programs.definitions.drafts import write_draft
from portal.programs.definitions.models import Program, ProgramDraft, ProgramState
from portal.programs.studio.gallery import add_months, get_template, start_text
from portal.programs.studio.plan_writing import write_plan
from portal.security.viewer import Viewer


def start_from_template(stem: str, *, by: Viewer) -> ProgramDraft:
    """A draft of a new program, written like the template."""
    template = get_template(stem)
    text = start_text(template.text, today=clock.today(), code=free_code(template.plan.code))
    return write_draft(text, title="First version", by=by)


def clone_program(program: Program, *, by: Viewer) -> ProgramDraft:
    """A draft of a new program that says what the newest version of another one says."""
    versions = queries.list_versions(program)
    if not versions:
        raise Conflict("There is no published version to copy yet. Open its draft instead.")
    name = f"Copy of {program.name}"[:200]
    code = free_code(f"{program.code[:50]}-copy")
    text = start_text(versions[-1].source_text, today=clock.today(), code=code, name=name)
    draft = write_draft(text, title="First version", by=by)
    audit.record("program.cloned", kind="program", id=code, label=name, after={"from": program.code}, actor=by)
    return draft


def start_next_version(program: Program, *, by: Viewer) -> ProgramDraft:
    """A draft of the next version: the newest one's text, from the first day of the next period."""
    if program.state == ProgramState.CLOSED:
        raise Conflict(f"{program.name} is closed. Clone it to make a new program.")
    versions = queries.list_versions(program)
    if not versions:
        raise Conflict("There is no published version yet. Open the draft instead.")
    latest = versions[-1]
    document = dict(read_plan_text(latest.source_text)[0])
    plan = queries.plan_of(latest)
    start = max(next_period(plan, clock.today()), latest.effective_from)
    until = plan.effective.until
    if until is None or start < until:
        document["effective"] = {**(document.get("effective") or {}), "from": start.isoformat()}
    return write_draft(write_plan(document), title=_title(program, latest.number + 1, by), by=by)


def next_period(plan: Plan, today: dt.date) -> dt.date:
    """The first day of the period after today's; a campaign keeps its first day."""
    if plan.period == "campaign":
        return plan.starts
    months = MONTHS[plan.period]
    return add_months(dt.date(today.year, (today.month - 1) // months * months + 1, 1), months)


def this_period(plan: Plan, today: dt.date) -> dt.date:
    """The first day of today's period; a campaign's first day is its own."""
    return plan.starts if plan.period == "campaign" else add_months(next_period(plan, today), -MONTHS[plan.period])


def _title(program: Program, number: int, by: Viewer) -> str:
    """Version 3, or the first free name behind it; a draft that is there already is never written over."""
    taken = {draft.title for draft in queries.list_drafts(program)}
    names = [f"Version {number}", *(f"Version {number}, {by.name} {count}".strip() for count in range(1, 100))]
    return next(name for name in names if name not in taken)


def free_code(wanted: str) -> str:
    """The code, or the first of code-2, code-3 and so on that no program has."""
    codes = set(session.scalars(select(Program.code).where(Program.code.startswith(wanted, autoescape=True))))
    if wanted not in codes:
        return wanted
    return next(code for code in (f"{wanted}-{number}" for number in range(2, 10_000)) if code not in codes)
