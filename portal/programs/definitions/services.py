"""Publishing versions and keeping drafts."""

from __future__ import annotations

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.core.events import emit
from portal.core.ids import canonical_json, digest
from portal.core.sequence import next_seq
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version, day_number, windows_of
from portal.engine.plan import Plan
from portal.programs.definitions import queries
from portal.programs.definitions.audience import announcement
from portal.programs.definitions.budgets import sums_of
from portal.programs.definitions.errors import NotWaiting
from portal.programs.definitions.events import ProgramPublished
from portal.programs.definitions.models import (
    DraftAct,
    DraftState,
    Program,
    ProgramDraft,
    ProgramDraftStep,
    ProgramState,
    ProgramVersion,
)
from portal.programs.definitions.rules import (
    VersionSpan,
    check_code,
    check_four_eyes,
    check_pilot,
    check_split,
    check_start,
    choose_inside_period,
)
from portal.programs.definitions.variants import parse_plan
from portal.security.limits.queries import Desk
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer


def publish_version(
    text: str,
    *,
    by: Viewer,
    approved_by: Viewer,
    inside_period: str | None = None,
    treatment: str | None = None,
    announce: bool = False,
) -> ProgramVersion:
    """Publish a plan text as the next version of its program; `announce` tells everybody whom it pays.

    Raises PlanError (lines and keys), FourEyes, Forbidden or Conflict; a refused publication is not half-stored.
    """
    plan = parse_plan(text)
    check_four_eyes(by, approved_by, queries.other_approvers(by))
    Desk(approved_by, Kind.PROGRAM).check(sums_of(plan), but=[by.person_id])
    program = queries.find_program(plan.code) or _add_program(plan, by)
    latest = _latest(program)
    check_start(latest, plan.starts)
    way = choose_inside_period(inside_period, inside=_begins_inside(program, plan))
    earlier = [queries.plan_of(version) for version in queries.list_versions(program)]
    check_pilot(earlier, plan, clock.today(), way)
    if way == "split":
        check_split([*earlier[-1:], plan])
    version = _add_version(program, plan, text, latest, way=way, by=by, approved_by=approved_by)
    program.treatment = treatment or program.treatment
    if announce:
        emit(announcement(Version(version.number, plan, split_day=day_number((earlier or [plan])[0].starts))))
    emit(
        ProgramPublished(
            plan.code,
            plan.name,
            version.number,
            plan.starts.isoformat(),
            drafted_by=by.name,
            approved_by=approved_by.name,
        )
    )
    audit.record(
        "program.published",
        kind="program",
        id=program.code,
        label=f"{program.name}, version {version.number}",
        before={"version": latest.number} if latest else None,
        after={
            "version": version.number,
            "effective_from": plan.starts.isoformat(),
            "document_digest": version.document_digest,
            "written_by": by.name,
            "approved_by": approved_by.name,
            "inside_period": way,
            "treatment": program.treatment,
        },
        actor=approved_by,
    )
    return version


def _add_program(plan: Plan, by: Viewer) -> Program:
    check_code(plan.code)
    program = Program(
        code=plan.code,
        name=plan.name,
        kind=plan.kind,
        goal=plan.goal,
        unit=plan.unit,
        participant=plan.participant,
        owner_person_id=by.person_id,
        treatment="revenue_reduction" if plan.participant != "seller" else "selling_expense",
        created_at=clock.now(),
    )
    session.add(program)
    session.flush()
    return program


def _latest(program: Program) -> VersionSpan | None:
    versions = queries.list_versions(program)
    if not versions:
        return None
    last = versions[-1]
    return VersionSpan(last.number, last.effective_from, last.effective_until)


def _begins_inside(program: Program, plan: Plan) -> bool:
    """Whether the new version begins inside a period that an earlier version has begun to rate."""
    earlier = [Version(v.number, queries.plan_of(v)) for v in queries.list_versions(program)]
    if not earlier:
        return False
    begins = day_number(plan.starts)
    windows = windows_of(EngineProgram(program.code, earlier), begins)
    return any(window.start < begins < window.end for window in windows)


def _add_version(
    program: Program,
    plan: Plan,
    text: str,
    latest: VersionSpan | None,
    *,
    way: str | None,
    by: Viewer,
    approved_by: Viewer,
) -> ProgramVersion:
    document = canonical_json(plan.to_document())
    version = ProgramVersion(
        program_id=program.id,
        number=latest.number + 1 if latest else 1,
        document=document,
        document_digest=digest(document),
        source_text=text,
        effective_from=plan.starts,
        effective_until=plan.effective.until,
        inside_period=way,
        drafted_by_id=by.person_id,
        approved_by_id=approved_by.person_id,
        published_at=clock.now(),
        seq=next_seq(),
    )
    session.add(version)
    program.name, program.goal, program.state = plan.name, plan.goal, ProgramState.LIVE
    session.flush()
    return version


def save_draft(text: str, *, title: str, by: Viewer) -> ProgramDraft:
    """Keep a plan text as a draft of its program; the writer's own draft of the same title is replaced."""
    plan = parse_plan(text)
    program = queries.find_program(plan.code) or _add_program(plan, by)
    if program.state == ProgramState.CLOSED:
        raise Conflict(f"{program.name} is closed. Clone it to make a new program.")
    draft = next((d for d in queries.list_drafts(program) if d.title == title), None)
    if draft is not None and draft.drafted_by_id != by.person_id:
        raise Conflict(f"“{title}” is somebody else's draft. Give yours another title.", field="title")
    if draft is not None and draft.state == DraftState.ASKED:
        raise NotWaiting(f"“{title}” waits for approval. Take it back to change it.", field="title")
    if draft is None:
        draft = ProgramDraft(
            program_id=program.id,
            title=title,
            drafted_by_id=by.person_id,
            source_text=text,
            created_at=clock.now(),
            updated_at=clock.now(),
            revision=0,
        )
        session.add(draft)
        session.flush()
    write_step(draft, text, by)
    audit.record("program.drafted", kind="program", id=program.code, label=title, actor=by)
    return draft


def write_step(draft: ProgramDraft, text: str, by: Viewer) -> None:
    """Make a text that reads as a plan the draft's next revision."""
    draft.source_text, draft.typed_text, draft.updated_at = text, None, clock.now()
    draft.revision += 1
    add_step(draft, DraftAct.WRITTEN, by)


def add_step(draft: ProgramDraft, act: DraftAct, by: Viewer, note: str = "") -> None:
    """Write down what somebody did with a draft, and the text as it stood."""
    session.add(
        ProgramDraftStep(
            draft_id=draft.id,
            revision=draft.revision,
            act=act,
            by_person_id=by.person_id,
            at=clock.now(),
            note=note,
            text=draft.typed_text if draft.typed_text is not None else draft.source_text,
        )
    )
    session.flush()
