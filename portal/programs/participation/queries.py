"""The programs of one participant: open to it, coming, or ended with something earned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.engine.credit import matches
from portal.engine.plan import Plan
from portal.partners.organizations.queries import timeline_of
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.overview import ProgramRow, left_out_of, rows_of
from portal.programs.definitions.queries import plan_of, visible_programs
from portal.programs.definitions.words import component_words
from portal.programs.enrollments.queries import Standing, standings
from portal.programs.participation.certified import Need, needs_of
from portal.programs.rollouts.queries import News, news_for
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod
from portal.programs.statements.outlook import NextStep, next_steps
from portal.programs.statements.participants import Participant, get_participant, own_participant
from portal.security.viewer import Role, Viewer

TABS = ("running", "upcoming", "ended")
PAYS = {"partner": "partner", "parent": "partner", "seller": "person"}
NOT_ALLOWED = "Your shop has not allowed bonuses to its people, so it pays you nothing."
SELLERS_PAID = {
    Answer.ALLOWED: "It pays your people, not the shop.",
    Answer.FORBIDDEN: "It pays sellers. Your shop has not allowed bonuses to its people, so it pays nobody here.",
    Answer.TO_COMPANY: "It pays sellers. Your shop takes the bonus for its people itself.",
}


@dataclass(frozen=True)
class History:
    """What one participant earned in one period of a program."""

    period_start: dt.date
    period_end: dt.date
    earned: int
    locked: bool

    @property
    def last_day(self) -> dt.date:
        """The last day of the period."""
        return self.period_end - dt.timedelta(days=1)


@dataclass(frozen=True)
class MyProgram:
    """One program as its participant sees it."""

    row: ProgramRow
    pays_me: bool
    standing: Standing
    history: list[History]
    steps: list[NextStep] = field(default_factory=list)
    why_not: str = ""
    news: News | None = None
    need: Need | None = None

    @property
    def sentence(self) -> str:
        """What it pays, in one sentence."""
        plan = self.row.plan
        return component_words(plan.components[0], plan) if plan is not None else ""

    @property
    def unit(self) -> str:
        """What it pays in."""
        return self.row.program.unit

    @property
    def current(self) -> History | None:
        """The period that runs today, if something was counted in it."""
        today = clock.today()
        return next((one for one in self.history if one.period_start <= today < one.period_end), None)

    @property
    def total(self) -> int:
        """Everything earned with it."""
        return sum(one.earned for one in self.history)


def whose(viewer: Viewer, code: str) -> Participant | None:
    """Whose programs are looked at: the named participant within the viewer's scope, else the own one."""
    return get_participant(viewer, code) if code else own_participant(viewer)


def list_my_programs(viewer: Viewer, who: Participant, *, outlook: bool = True) -> list[MyProgram]:
    """Every program that is open to a participant or has paid it; those that ask for something first."""
    rows = [row for row in rows_of(session.scalars(visible_programs(viewer).order_by(Program.name)).all()) if row.plan]
    earned = _history(who, [row.program.id for row in rows])
    values, answer = _values(who), _answer(who)
    left_out = left_out_of(who.partner_id, rows) if who.partner_id is not None else set()
    kept = [row for row in rows if _shown(viewer, row, who, values, paid=row.program.id in earned)]
    kept = [row for row in kept if row.program.code not in left_out or row.program.id in earned]
    found = standings(who.partner_id or 0, [row.program.id for row in kept])
    steps: dict[str, list[NextStep]] = {}
    for step in next_steps(who) if outlook else ():
        steps.setdefault(step.program_code, []).append(step)
    news = news_for(who, [newest for row in kept if (newest := _newest(row)) is not None])
    needs = needs_of(who, [(row.program.code, row.plan) for row in kept if row.plan is not None])
    mine = [
        MyProgram(
            row, _pays(row, who), found[row.program.id], earned.get(row.program.id, []),
            steps.get(row.program.code, []), _why_not(row, who, answer), news.get(row.program.id),
            needs.get(row.program.code),
        )
        for row in kept
    ]  # fmt: skip
    return sorted(mine, key=lambda one: (not one.standing.asks, not one.pays_me, one.row.program.name))


def get_my_program(viewer: Viewer, who: Participant, code: str) -> MyProgram:
    """One of a participant's programs; any other does not exist for it."""
    found = next((one for one in list_my_programs(viewer, who) if one.row.program.code == code), None)
    if found is None:
        raise NotFound
    return found


def _newest(row: ProgramRow) -> tuple[Plan, ProgramVersion] | None:
    """The version that comes, else the one in force, with its plan."""
    if row.coming is not None:
        return plan_of(row.coming), row.coming
    return None if row.plan is None or row.version is None else (row.plan, row.version)


def _pays(row: ProgramRow, who: Participant) -> bool:
    return row.plan is not None and PAYS[row.plan.participant] == who.kind


def _shown(viewer: Viewer, row: ProgramRow, who: Participant, values: dict[str, str | None], *, paid: bool) -> bool:
    """A seller sees what pays sellers; a shop also what pays its people; both what has ever paid them."""
    if row.plan is None or not values:
        return paid
    if not _pays(row, who) and (who.kind == "person" or viewer.role is Role.SELLER):
        return paid
    return paid or matches(row.plan.eligibility, values)


def _values(who: Participant) -> dict[str, str | None]:
    if who.partner_id is None:
        return {}
    steps = timeline_of(who.partner_id)
    current = [step.values for step in steps if step.valid_from <= clock.today()] or [step.values for step in steps[:1]]
    if not current:
        return {}
    return {name: getattr(current[-1], name) for name in ("type", "tier", "territory", "segment")}


def _answer(who: Participant) -> Answer | None:
    return answer_on(who.partner_id, clock.today()) if who.partner_id is not None else None


def _why_not(row: ProgramRow, who: Participant, answer: Answer | None) -> str:
    """Why a sellers' program does not pay this participant, where it does not."""
    if row.plan is None or row.plan.participant != "seller" or answer is None:
        return ""
    if who.kind == "partner":
        return SELLERS_PAID[answer]
    return "" if answer is Answer.ALLOWED else NOT_ALLOWED


def _history(who: Participant, program_ids: list[int]) -> dict[int, list[History]]:
    """What was counted in each period, newest first, by program."""
    same = (ProgramPeriod.program_id == EarnedGroup.program_id) & (
        ProgramPeriod.period_start == EarnedGroup.period_start
    )
    query = (
        select(EarnedGroup.program_id, EarnedGroup.period_start, EarnedGroup.period_end, EarnedGroup.earned,
               ProgramPeriod.state)
        .outerjoin(ProgramPeriod, same)
        .where(
            EarnedGroup.participant_kind == who.kind, EarnedGroup.participant_id == who.id,
            EarnedGroup.program_id.in_(program_ids),
        )
        .order_by(EarnedGroup.period_start.desc())
    )  # fmt: skip
    sums: dict[tuple[int, dt.date], History] = {}
    for number, start, end, earned, state in session.execute(query):
        known = sums.get((number, start))
        total = earned + (known.earned if known else 0)
        sums[number, start] = History(start, end, total, state == PeriodState.LOCKED)
    found: dict[int, list[History]] = {}
    for (number, _), one in sums.items():
        found.setdefault(number, []).append(one)
    return found
