"""Drafts: written by one manager (or several), opened and published by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.core.db import session
from portal.core.errors import Conflict, NotFound
from portal.engine.errors import PlanError
from portal.engine.plan import Plan
from portal.partners.people.models import Person
from portal.programs.definitions import queries, services
from portal.programs.definitions.differences import differences
from portal.programs.definitions.models import (
    DraftAct,
    DraftState,
    Program,
    ProgramDraft,
    ProgramDraftStep,
    ProgramVersion,
)
from portal.programs.definitions.variants import parse_plan
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Draft:
    """A stored draft with its program, its author and the plan it spells out."""

    row: ProgramDraft
    program: Program
    author: Person
    plan: Plan

    @property
    def text(self) -> str:
        """What was typed last, whether it reads as a plan or not yet."""
        return self.row.typed_text if self.row.typed_text is not None else self.row.source_text


def get_draft(viewer: Viewer, number: str, code: str | None = None, *, lock: bool = False) -> Draft:
    """A draft that is not published yet, of one program if `code` is given; NotFound for everything else."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NotFound
    query = (
        select(ProgramDraft, Program, Person)
        .join(Program, Program.id == ProgramDraft.program_id)
        .join(Person, Person.id == ProgramDraft.drafted_by_id)
        .where(ProgramDraft.id == int(number), ProgramDraft.published_version_id.is_(None))
        .where(ProgramDraft.state != DraftState.DISCARDED)
        .where(Program.id.in_(queries.visible_programs(viewer).with_only_columns(Program.id)))
    )
    found = session.execute(query.with_for_update(of=ProgramDraft) if lock else query).first()
    if found is None or (code is not None and found[1].code != code):
        raise NotFound
    row, program, author = found
    return Draft(row, program, author, parse_plan(row.source_text))


def find_published(viewer: Viewer, number: str) -> tuple[str, int] | None:
    """The program's code and the version that a draft became, for links to it that are older than that."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    query = (
        select(Program.code, ProgramVersion.number)
        .join(ProgramVersion, ProgramVersion.program_id == Program.id)
        .join(ProgramDraft, ProgramDraft.published_version_id == ProgramVersion.id)
        .where(ProgramDraft.id == int(number))
        .where(Program.id.in_(queries.visible_programs(viewer).with_only_columns(Program.id)))
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def write_draft(text: str, *, title: str, by: Viewer) -> ProgramDraft:
    """Keep a plan text as a draft; the draft of somebody else is never written over."""
    plan = parse_plan(text)
    program = queries.find_program(plan.code)
    for draft in queries.list_drafts(program) if program is not None else ():
        if draft.title == title and draft.drafted_by_id != by.person_id:
            author = queries.names_of({draft.drafted_by_id})[draft.drafted_by_id]
            raise Conflict(f"{author} has a draft of this title. Choose another title.", field="title")
    return services.save_draft(text, title=title, by=by)


def list_steps(draft: ProgramDraft) -> Sequence[tuple[ProgramDraftStep, str]]:
    """What happened to a draft, newest first, each step with the name of who did it."""
    query = select(ProgramDraftStep, Person.name).join(Person, Person.id == ProgramDraftStep.by_person_id)
    query = query.where(ProgramDraftStep.draft_id == draft.id).order_by(ProgramDraftStep.id.desc())
    return session.execute(query.limit(200)).all()


def text_at(draft: ProgramDraft, revision: int) -> str:
    """The text as it stood at a revision; as it stands now when there is no such revision."""
    query = select(ProgramDraftStep.text).where(ProgramDraftStep.draft_id == draft.id)
    query = query.where(ProgramDraftStep.revision == revision).order_by(ProgramDraftStep.id.desc())
    found = session.scalar(query.limit(1))
    if found is not None:
        return found
    return draft.typed_text if draft.typed_text is not None else draft.source_text


def writers_of(draft: ProgramDraft) -> set[int]:
    """Everybody who wrote at a draft or asked for its approval: none of them may publish it."""
    query = select(ProgramDraftStep.by_person_id).where(ProgramDraftStep.draft_id == draft.id)
    wrote = query.where(ProgramDraftStep.act.in_((DraftAct.WRITTEN, DraftAct.ASKED)))
    return set(session.scalars(wrote.distinct())) | {draft.drafted_by_id}


@dataclass(frozen=True)
class Moved:
    """What somebody else made of a draft since a revision."""

    name: str
    step: ProgramDraftStep
    changes: list[str]


def moved_since(draft: ProgramDraft, revision: int, viewer: Viewer) -> Moved | None:
    """The newest change by somebody else after `revision`, with what is different; None when there is none."""
    steps = [step for step in list_steps(draft) if step[0].act == DraftAct.WRITTEN]
    newer = [(step, name) for step, name in steps if step.revision > revision and step.by_person_id != viewer.person_id]
    if not newer:
        return None
    seen = next((step.text for step, _ in steps if step.revision <= revision), "")
    step, name = newer[0]
    return Moved(name, step, text_differences(seen, step.text))


def text_differences(old: str, new: str) -> list[str]:
    """The differences of two plan texts in words; when one does not read as a plan, that is what is said."""
    try:
        return differences(parse_plan(old), parse_plan(new))
    except PlanError:
        return ["The text of the plan was changed; one of the two does not read as a plan yet."]
