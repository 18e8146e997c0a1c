"""Programs as lists and pages show them: the rule in force, what was earned, how much of the budget is used."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import minor_digits
from portal.engine.credit import matches
from portal.engine.periods import Version, day_number
from portal.engine.plan import Plan, plan_from_document
from portal.partners.organizations.queries import timeline_of
from portal.partners.people.models import Person
from portal.programs.definitions.models import DraftState, Program, ProgramDraft, ProgramState, ProgramVersion
from portal.programs.definitions.queries import visible_programs
from portal.programs.pilots.sides import control_among
from portal.programs.runs.models import EarnedGroup, ProgramPeriod
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class ProgramRow:
    """One program with the version that is in force (or comes next) and its totals in `program.unit`."""

    program: Program
    version: ProgramVersion | None
    plan: Plan | None
    earned: int
    participants: int
    drafts: int
    coming: ProgramVersion | None = None
    waiting: int = 0
    begins: dt.date | None = None

    @property
    def shaped(self) -> Version | None:
        """The version in the shape the engine takes, split as on the program's first day."""
        if self.plan is None or self.version is None or self.begins is None:
            return None
        return Version(self.version.number, self.plan, split_day=day_number(self.begins))

    @property
    def budget(self) -> int | None:
        """The budget in minor units or points."""
        if self.plan is None or self.plan.budget is None:
            return None
        return int(self.plan.budget.amount * 10 ** minor_digits(self.plan.unit))

    @property
    def used_percent(self) -> int | None:
        """How much of the budget is used, in whole percent."""
        return None if not self.budget else max(self.earned, 0) * 100 // self.budget

    @property
    def state(self) -> str:
        """Draft, upcoming, running or ended, by today, or closed."""
        if self.version is None:
            return "draft"
        if self.program.state == ProgramState.CLOSED:
            return "closed"
        today, until = clock.today(), self.version.effective_until
        if self.version.effective_from > today:
            return "upcoming"
        return "ended" if until is not None and until <= today else "running"

    @property
    def review_due(self) -> dt.date | None:
        """The day since which a running program waits for its review."""
        due = self.plan.review_by if self.plan is not None else None
        return due if due is not None and self.state == "running" and due <= clock.today() else None

    @property
    def next_event(self) -> tuple[str, dt.date] | None:
        """What happens next and when: it starts, its review is due, the next version begins, it ends."""
        if self.version is None or self.state in ("ended", "closed"):
            return None
        if self.state == "upcoming":
            return "Starts", self.version.effective_from
        if self.review_due is not None:
            return "Review due", self.review_due
        until = self.version.effective_until
        if self.coming is not None and (until is None or self.coming.effective_from <= until):
            return f"Version {self.coming.number} begins", self.coming.effective_from
        return None if until is None else ("Ends", until - dt.timedelta(days=1))


def rows_of(programs: Sequence[Program]) -> list[ProgramRow]:
    """The rows of some programs: three statements of SQL however many there are."""
    ids = [program.id for program in programs]
    versions = _versions(ids)
    totals = {number: (int(earned), count) for number, earned, count in session.execute(_totals(ids))}
    drafts = {number: (count, waiting) for number, count, waiting in session.execute(_drafts(ids))}
    found = []
    for program in programs:
        known = versions.get(program.id, [])
        version = _in_force(known)
        plan = plan_from_document(json.loads(version.document)) if version else None
        earned, count = totals.get(program.id, (0, 0))
        ahead = (one for one in known if version is not None and one.number > version.number)
        waiting = drafts.get(program.id, (0, 0))
        begins = known[0].effective_from if known else None
        coming = next(ahead, None)
        found.append(ProgramRow(program, version, plan, earned, count, waiting[0], coming, waiting[1], begins))
    return found


def _versions(ids: list[int]) -> dict[int, list[ProgramVersion]]:
    query = select(ProgramVersion).where(ProgramVersion.program_id.in_(ids)).order_by(ProgramVersion.number)
    found: dict[int, list[ProgramVersion]] = {}
    for version in session.scalars(query):
        found.setdefault(version.program_id, []).append(version)
    return found


def _in_force(versions: list[ProgramVersion]) -> ProgramVersion | None:
    """The newest version that has begun, else the first that will."""
    begun = [version for version in versions if version.effective_from <= clock.today()]
    return begun[-1] if begun else versions[0] if versions else None


def _totals(ids: list[int]) -> Select[int, int, int]:
    """Per program what was earned, and by how many (a plan pays one kind of participant, hardly ever two)."""
    participants = func.count(EarnedGroup.participant_id.distinct())
    query = select(EarnedGroup.program_id, func.sum(EarnedGroup.earned), participants)
    return query.where(EarnedGroup.program_id.in_(ids)).group_by(EarnedGroup.program_id)


def _drafts(ids: list[int]) -> Select[int, int, int]:
    asked = func.sum(case((ProgramDraft.state == DraftState.ASKED, 1), else_=0))
    query = select(ProgramDraft.program_id, func.count(), asked).where(
        ProgramDraft.published_version_id.is_(None), ProgramDraft.state != DraftState.DISCARDED
    )
    return query.where(ProgramDraft.program_id.in_(ids)).group_by(ProgramDraft.program_id)


@dataclass(frozen=True)
class Wanted:
    """What a list of programs is narrowed to; `state` is one of STATES or empty, `owner` a person's id as text."""

    q: str = ""
    kind: str = ""
    state: str = ""
    owner: str = ""


STATES = ("running", "upcoming", "draft", "ended", "closed")


def list_rows(viewer: Viewer, wanted: Wanted) -> list[ProgramRow]:
    """Visible programs by name, narrowed; a program whose only draft was discarded is left out."""
    query = list_programs(viewer, q=wanted.q, kind=wanted.kind)
    if wanted.owner.isascii() and wanted.owner.isdigit() and len(wanted.owner) < 18:
        query = query.where(Program.owner_person_id == int(wanted.owner))
    rows = [row for row in rows_of(session.scalars(query).all()) if row.version is not None or row.drafts]
    return [row for row in rows if wanted.state in ("", row.state)]


def list_owners() -> list[tuple[int, str]]:
    """Who owns programs, by name."""
    query = select(Person.id, Person.name).join(Program, Program.owner_person_id == Person.id).distinct()
    return [(number, name) for number, name in session.execute(query.order_by(Person.name))]


def list_programs(viewer: Viewer, *, q: str = "", kind: str = "") -> Select[Program]:
    """Visible programs by name, narrowed."""
    query = visible_programs(viewer).order_by(Program.name, Program.id)
    if q:
        query = query.where(Program.name.icontains(q, autoescape=True) | Program.code.icontains(q, autoescape=True))
    return query.where(Program.kind == kind) if kind else query


def programs_for(viewer: Viewer) -> list[ProgramRow]:
    """The running and coming programs that pay the viewer's company or its sellers."""
    if viewer.partner_id is None:
        return []
    today = clock.today()
    current = [step.values for step in timeline_of(viewer.partner_id) if step.valid_from <= today]
    if not current:
        return []
    values = {name: getattr(current[-1], name) for name in ("type", "tier", "territory", "segment")}
    rows = rows_of(session.scalars(list_programs(viewer)).all())
    left_out = left_out_of(viewer.partner_id, rows)
    open_to = [row for row in rows if row.plan is not None and matches(row.plan.eligibility, values)]
    open_to = [row for row in open_to if row.program.code not in left_out]
    return [row for row in open_to if row.state in ("running", "upcoming")]


def left_out_of(partner_id: int, rows: Sequence[ProgramRow]) -> set[str]:
    """The codes of the programs in whose control group a partner is: it is not shown them."""
    versions = {row.program.code: shaped for row in rows if (shaped := row.shaped) is not None}
    return {code for code, partners in control_among(versions, [partner_id]).items() if partner_id in partners}


def check_shown(viewer: Viewer, row: ProgramRow) -> None:
    """A program does not exist for those in its control group."""
    if viewer.partner_id is not None and left_out_of(viewer.partner_id, [row]):
        raise NotFound


@dataclass(frozen=True)
class PeriodRow:
    """One period of a program: its days, whether it is locked, what was earned in it by how many."""

    start: dt.date
    end: dt.date
    state: str
    locked_at: dt.datetime | None
    earned: int
    participants: int


def periods_of(program: Program) -> list[PeriodRow]:
    """The periods that have earnings or a state, newest first."""
    totals = select(
        EarnedGroup.period_start, func.sum(EarnedGroup.earned), func.count(EarnedGroup.participant_id.distinct())
    )
    totals = totals.where(EarnedGroup.program_id == program.id).group_by(EarnedGroup.period_start)
    earned = {start: (int(total), count) for start, total, count in session.execute(totals)}
    query = select(ProgramPeriod).where(ProgramPeriod.program_id == program.id)
    found = session.scalars(query.order_by(ProgramPeriod.period_start.desc()))
    return [
        PeriodRow(p.period_start, p.period_end, p.state, p.locked_at, *earned.get(p.period_start, (0, 0)))
        for p in found
    ]
