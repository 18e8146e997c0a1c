"""Drafts: written by one manager, opened and published by another."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, NotFound
from portal.engine.plan import Plan, parse_plan
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person
from portal.programs.definitions import queries, services
from portal.programs.definitions.models import Program, ProgramDraft, ProgramVersion
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Draft:
    """A stored draft with its program, its author and the plan it spells out."""

    row: ProgramDraft
    program: Program
    author: Person
    plan: Plan


def get_draft(viewer: Viewer, number: str, code: str | None = None) -> Draft:
    """A draft that is not published yet, of one program if `code` is given; NotFound for everything else."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NotFound
    query = (
        select(ProgramDraft, Program, Person)
        .join(Program, Program.id == ProgramDraft.program_id)
        .join(Person, Person.id == ProgramDraft.drafted_by_id)
        .where(ProgramDraft.id == int(number), ProgramDraft.published_version_id.is_(None))
        .where(Program.id.in_(queries.visible_programs(viewer).with_only_columns(Program.id)))
    )
    found = session.execute(query).first()
    if found is None or (code is not None and found[1].code != code):
        raise NotFound
    row, program, author = found
    return Draft(row, program, author, parse_plan(row.source_text))


def write_draft(text: str, *, title: str, by: Viewer) -> ProgramDraft:
    """Keep a plan text as a draft; the draft of somebody else is never written over."""
    plan = parse_plan(text)
    program = queries.find_program(plan.code)
    for draft in queries.list_drafts(program) if program is not None else ():
        if draft.title == title and draft.drafted_by_id != by.person_id:
            author = queries.names_of({draft.drafted_by_id})[draft.drafted_by_id]
            raise Conflict(f"{author} has a draft of this title. Choose another title.", field="title")
    return services.save_draft(text, title=title, by=by)


def publish_draft(draft: Draft, *, approved_by: Viewer, inside_period: str | None) -> ProgramVersion:
    """Publish a draft as the next version: written by its author, approved by somebody else."""
    if approved_by.read_only:
        raise Forbidden
    author = make_viewer(draft.author)
    version = services.publish_version(
        draft.row.source_text, by=author, approved_by=approved_by, inside_period=inside_period or None
    )
    draft.row.published_version_id = version.id
    session.flush()
    return version
