"""Reading programs, versions and drafts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from portal.core.db import session
from portal.core.errors import NotFound
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version, day_number
from portal.engine.plan import Plan, plan_from_document
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import DraftState, Program, ProgramDraft, ProgramState, ProgramVersion
from portal.security.viewer import Role, Viewer


def visible_programs(viewer: Viewer) -> Select[Program]:
    """Vendor people see every program, partners the published ones; eligibility is tested by the caller."""
    query = select(Program)
    return query if viewer.is_vendor else query.where(Program.state != ProgramState.DRAFT)


def get_program(viewer: Viewer, code: str) -> Program:
    """A visible program with its versions, or NotFound."""
    query = visible_programs(viewer).where(Program.code == code).options(selectinload(Program.versions))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def find_program(code: str) -> Program | None:
    """A program with its versions, whoever asks; for commands and runs."""
    return session.scalar(select(Program).where(Program.code == code).options(selectinload(Program.versions)))


def list_versions(program: Program) -> Sequence[ProgramVersion]:
    """The versions, oldest first."""
    query = select(ProgramVersion).where(ProgramVersion.program_id == program.id)
    return session.scalars(query.order_by(ProgramVersion.number)).all()


def list_drafts(program: Program) -> Sequence[ProgramDraft]:
    """The drafts that were not published yet, newest first."""
    query = select(ProgramDraft).where(
        ProgramDraft.program_id == program.id,
        ProgramDraft.published_version_id.is_(None),
        ProgramDraft.state != DraftState.DISCARDED,
    )
    return session.scalars(query.order_by(ProgramDraft.updated_at.desc())).all()


def plan_of(version: ProgramVersion) -> Plan:
    """The plan of a stored version."""
    return _plan_of(version.document)


@lru_cache(maxsize=2048)
def _plan_of(document: str) -> Plan:
    """The plan of a document; a version never changes, so each is read once in a process."""
    return plan_from_document(json.loads(document))


def engine_programs(*, as_of: dt.datetime | None = None, code: str | None = None) -> list[EngineProgram]:
    """Every program with the versions published by the as-of, in the shape the engine takes."""
    version = ProgramVersion.number, ProgramVersion.document, ProgramVersion.inside_period
    query = select(Program.code, *version).join(Program, Program.id == ProgramVersion.program_id)
    if as_of is not None:
        query = query.where(ProgramVersion.published_at <= as_of)
    if code is not None:
        query = query.where(Program.code == code)
    found: dict[str, list[Version]] = {}
    for program_code, number, document, way in session.execute(query.order_by(Program.code, ProgramVersion.number)):
        versions, plan = found.setdefault(program_code, []), _plan_of(document)
        first = versions[0].plan.starts if versions else plan.starts
        versions.append(Version(number, plan, way or "next_period", split_day=day_number(first)))
    return [EngineProgram(program_code, versions) for program_code, versions in found.items()]


def names_of(person_ids: set[int]) -> dict[int, str]:
    """Names for showing who wrote and approved."""
    query = select(Person.id, Person.name).where(Person.id.in_(person_ids))
    return {number: name for number, name in session.execute(query)}


def other_approvers(viewer: Viewer) -> list[str]:
    """Names of the managers who could approve what this viewer wrote."""
    query = select(Person.name).where(
        Person.role == Role.CHANNEL_MANAGER, Person.state == PersonState.ACTIVE, Person.id != viewer.person_id
    )
    return list(session.scalars(query.order_by(Person.name)))


def search_programs(viewer: Viewer, text: str) -> Select[Program]:
    """Visible programs whose code or name carries the text."""
    query = visible_programs(viewer).order_by(Program.name)
    if not text:
        return query
    return query.where(
        or_(Program.name.icontains(text, autoescape=True), Program.code.icontains(text, autoescape=True))
    )


def names_of_programs(codes: Iterable[str]) -> dict[str, str]:
    """The names of programs by code."""
    query = select(Program.code, Program.name).where(Program.code.in_(list(codes)))
    return {code: name for code, name in session.execute(query)}
