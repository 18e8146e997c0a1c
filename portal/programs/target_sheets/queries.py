"""A target sheet: who has sold what a year before, what is proposed, what is set, who has acknowledged it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from sqlalchemy import select

from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import minor_digits
from portal.engine.frames import TARGET_SCALE
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version, Window, windows_of
from portal.engine.pipeline import needs_names
from portal.engine.plan import MONEY, Component, Effective, Plan
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.enrollments.participants import participants_of
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts
from portal.programs.target_sheets.models import TargetNotice
from portal.programs.target_sheets.rules import Proposal
from portal.programs.targets.models import Target
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class Place:
    """Which component and period a sheet is for."""

    program: Program
    plan: Plan
    component: Component
    period_start: dt.date
    kind: str

    @property
    def unit(self) -> str:
        """The measuring currency, or the count's name."""
        return str(self.plan.measuring_currency) if self.component.measured in MONEY else self.component.measured


@dataclass(frozen=True)
class SheetRow:
    """One participant: last year's figure, the proposal and the target in major units or counts."""

    number: int
    code: str
    name: str
    history: Decimal
    proposed: Decimal | None
    target: Decimal | None
    notice: TargetNotice | None

    @property
    def state(self) -> str:
        """Whether the target in force was sent and acknowledged."""
        if self.target is None:
            return "none"
        if self.notice is None or self.notice.target != int(self.target * TARGET_SCALE):
            return "unsent"
        return "accepted" if self.notice.accepted_at else "sent"


def attainment_places(program: Program) -> list[tuple[Component, Plan, list[dt.date]]]:
    """The components with targets and the periods they may be set for: the running one and the next three."""
    shaped = next(iter(engine_programs(code=program.code)), None)
    if shaped is None:
        return []
    plan, today = shaped.versions[-1].plan, day_number(clock.today())
    windows = [one for one in windows_of(shaped, today + 366) if one.end > today]
    starts = sorted({from_day_number(one.period_start) for one in windows})[:4]
    return [(one, plan, starts) for one in plan.components if one.method == "attainment"]


def get_place(program: Program, component: str, period: str) -> Place:
    """The chosen component and period, the first ones where none is named."""
    for one, plan, starts in attainment_places(program):
        if component in ("", one.code) and starts:
            wanted = [start for start in starts if period in ("", start.isoformat())]
            if wanted:
                kind = "person" if plan.participant == "seller" else "partner"
                return Place(program, plan, one, wanted[0], kind)
    raise NotFound


def sheet_rows(viewer: Viewer, place: Place, proposal: Proposal) -> list[SheetRow]:
    """Who takes part on the period's first day (and since, once it has begun), the largest of last year first."""
    history, targets, notices = _history(place), _targets(place), _notices(place)
    found = [
        SheetRow(
            number, code, name, past := history.get(number, Decimal(0)), proposal.target(past), targets.get(number),
            notices.get(number),
        )
        for number, code, name in _participants(viewer, place)
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row.history, row.code))


def _participants(viewer: Viewer, place: Place) -> list[tuple[int, str, str]]:
    days = {place.period_start, max(place.period_start, clock.today())}
    shops = participants_of(viewer, place.program, on=sorted(days)).rows
    if place.kind == "partner":
        return [(row.partner_id, row.code, row.name) for row in shops]
    query = select(Person.id, Person.email, Person.name).where(
        Person.partner_id.in_([row.partner_id for row in shops]), Person.role == Role.SELLER,
        Person.state == PersonState.ACTIVE,
    )  # fmt: skip
    return [(number, email, name) for number, email, name in session.execute(query)]


def _history(place: Place) -> dict[int, Decimal]:
    """What the component would have measured in the same period a year before, by the engine."""
    window = _window(place)
    before, until = window.year_before()
    past = place.plan.model_copy(
        update={
            "effective": Effective(**{"from": from_day_number(before), "until": from_day_number(until)}),
            "components": (place.component,), "enrollment": "automatic", "pilot": None,
        }
    )  # fmt: skip
    shaped = EngineProgram(place.program.code, [Version(1, past)])
    since, names = from_day_number(before), needs_names([shaped])
    rows = compute([shaped], read_facts(since=since, until=from_day_number(until), names=names))
    mine = rows.filter(pl.col("participant_kind") == place.kind).group_by("participant_id").agg(pl.col("measure").sum())
    scale = Decimal(10 ** (minor_digits(place.unit) if place.component.measured in MONEY else 0))
    return {number: Decimal(measure) / scale for number, measure in mine.iter_rows()}


def _window(place: Place) -> Window:
    shaped = next(iter(engine_programs(code=place.program.code)))
    start = day_number(place.period_start)
    return next(one for one in windows_of(shaped, start) if one.period_start == start)


def _targets(place: Place) -> dict[int, Decimal]:
    query = select(Target.participant_id, Target.target).where(
        Target.participant_kind == place.kind, Target.measure == place.component.measured,
        Target.period_start == place.period_start,
    )  # fmt: skip
    rows = session.execute(query.order_by(Target.seq, Target.id))
    return {number: Decimal(target) / TARGET_SCALE for number, target in rows}


def _notices(place: Place) -> dict[int, TargetNotice]:
    query = select(TargetNotice).where(
        TargetNotice.program_id == place.program.id, TargetNotice.component == place.component.code,
        TargetNotice.period_start == place.period_start, TargetNotice.participant_kind == place.kind,
    )  # fmt: skip
    return {notice.participant_id: notice for notice in session.scalars(query.order_by(TargetNotice.id))}


def notices_for(program_id: int, kind: str, number: int) -> list[TargetNotice]:
    """A participant's targets of a program, the newest of each period and component; later periods first."""
    query = select(TargetNotice).where(
        TargetNotice.program_id == program_id, TargetNotice.participant_kind == kind,
        TargetNotice.participant_id == number,
    )  # fmt: skip
    newest = {(one.component, one.period_start): one for one in session.scalars(query.order_by(TargetNotice.id))}
    return sorted(newest.values(), key=lambda one: one.period_start, reverse=True)
