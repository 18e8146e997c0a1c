"""Writing at a draft: every change is kept, readable or not; two people at one draft notice each other."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden
from portal.core.ids import digest
from portal.engine.errors import PlanError, PlanIssue
from portal.engine.plan import Plan
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions import services
from portal.programs.definitions.drafts import Draft, list_steps, moved_since
from portal.programs.definitions.errors import DraftMoved, NotWaiting
from portal.programs.definitions.models import DraftAct, DraftState, Program, ProgramState, ProgramVersion
from portal.programs.definitions.rules import check_code
from portal.programs.definitions.variants import parse_plan
from portal.security.viewer import Viewer

# One sitting at a draft is one entry of the audit log; every single change is in the draft's own history.
SITTING = dt.timedelta(minutes=10)


def keep_text(draft: Draft, text: str, *, by: Viewer, revision: int) -> list[PlanIssue]:
    """Keep what was typed as the draft's next revision; returns what is wrong with it, nothing when it is a plan.

    `draft` is locked by the caller. Raises DraftMoved when somebody else changed it after `revision`, NotWaiting when
    it waits for approval.
    """
    check_writable(draft, by)
    moved = moved_since(draft.row, revision, by)
    if moved is not None:
        when = f"{clock.local(moved.step.at):%H:%M}"
        raise DraftMoved(f"{moved.name} changed this draft at {when}, while you were writing.", draft.row.revision)
    issues = issues_of(draft, text)
    if text == draft.text:
        return issues
    _audit_sitting(draft, by)
    if issues:
        draft.row.typed_text, draft.row.updated_at = text, clock.now()
        draft.row.revision += 1
        services.add_step(draft.row, DraftAct.WRITTEN, by)
    else:
        services.write_step(draft.row, text, by)
        _name_program(draft.program, parse_plan(text))
    draft.row.state = DraftState.WRITING
    session.flush()
    return issues


def check_writable(draft: Draft, by: Viewer) -> None:
    """Refuse to change a draft that somebody is about to approve, or as somebody who only looks."""
    if by.read_only or not by.can("program:draft"):
        raise Forbidden
    if draft.row.state == DraftState.ASKED:
        raise NotWaiting("This draft waits for approval. Take it back to change it.")


def issues_of(draft: Draft, text: str) -> list[PlanIssue]:
    """What keeps a text from being this draft's plan, each with its line and key."""
    try:
        plan = parse_plan(text)
    except PlanError as error:
        return list(error.issues)
    sentence = _code_problem(draft.program, plan)
    return [PlanIssue(read_plan_text(text)[1].get(("code",)), "code", sentence)] if sentence else []


def _code_problem(program: Program, plan: Plan) -> str:
    if plan.code == program.code:
        return ""
    if program.state != ProgramState.DRAFT:
        return f"This draft is the next version of {program.code}, so the code stays. Clone it to make a new program."
    if session.scalar(select(Program.id).where(Program.code == plan.code)) is not None:
        return f"Another program has the code “{plan.code}”. Choose another one."
    try:
        check_code(plan.code)
    except Conflict as error:
        return error.sentence
    return ""


def _name_program(program: Program, plan: Plan) -> None:
    """A program that was never published is called what its draft says."""
    published = session.scalar(select(ProgramVersion.id).where(ProgramVersion.program_id == program.id).limit(1))
    if published is None:
        program.code, program.name, program.kind, program.goal = plan.code, plan.name, plan.kind, plan.goal
        program.unit, program.participant = plan.unit, plan.participant


def _audit_sitting(draft: Draft, by: Viewer) -> None:
    last = next((step for step, _ in list_steps(draft.row)), None)
    own = last is not None and last.by_person_id == by.person_id and last.act == DraftAct.WRITTEN
    if own and last is not None and clock.now() - last.at < SITTING:
        return
    audit.record(
        "draft.changed", kind="program", id=draft.program.code, label=draft.row.title, actor=by,
        before={"revision": draft.row.revision, "text_digest": digest(draft.text)},
    )  # fmt: skip


def discard_draft(draft: Draft, *, by: Viewer) -> None:
    """Put a draft away; its history stays."""
    check_writable(draft, by)
    draft.row.state = DraftState.DISCARDED
    services.add_step(draft.row, DraftAct.DISCARDED, by)
    audit.record("draft.discarded", kind="program", id=draft.program.code, label=draft.row.title, actor=by)
