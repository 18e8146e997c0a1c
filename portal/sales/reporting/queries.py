"""Reading the calendar: duties a viewer may know of, each with its periods, and what a statement lacks."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.people.queries import names_of_people
from portal.partners.supply.models import Supply
from portal.sales.reporting.models import ReportAnswer, ReportDuty, ReportPeriod, ReportReminder, Rhythm
from portal.sales.reporting.rules import (
    GAPS,
    Figures,
    Period,
    State,
    due_on,
    find_unusual,
    period_of,
    periods_shown,
    state_of,
)
from portal.security.viewer import Viewer

Kept = TypeVar("Kept", ReportPeriod, ReportAnswer, ReportReminder)
Key: TypeAlias = tuple[int, dt.date]
WORST = (State.MISSING, State.LATE, State.DUE, State.CAME_LATE, State.ANSWERED, State.RECEIVED, State.OPEN)


@dataclass(frozen=True)
class Report:
    """One file a duty owes: its period, where it stands, what it held and what is unusual about it."""

    duty: ReportDuty
    partner: str
    period: Period
    due_on: dt.date
    state: State
    held: ReportPeriod | None
    unusual: tuple[str, ...]
    answer: ReportAnswer | None
    reminded_on: dt.date | None
    newest: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether the file could be there and is not, and nobody has signed that off."""
        return self.state in GAPS

    @property
    def needs_eyes(self) -> bool:
        """Whether somebody should look: late or missing, or unusual in the period that ended last."""
        return self.state in (State.LATE, State.MISSING) or (self.newest and bool(self.unusual))


def visible_duties(viewer: Viewer) -> Select[ReportDuty]:
    """The duties a viewer may know of: those of partners in scope, and those that speak for everybody."""
    query = select(ReportDuty)
    if not viewer.is_vendor:
        return query.where(ReportDuty.id < 0)
    scope = partner_scope(viewer, ReportDuty.partner_id)
    return query if scope is None else query.where(or_(scope, ReportDuty.partner_id.is_(None)))


def get_duty(viewer: Viewer, duty_id: int) -> ReportDuty:
    """One visible duty, or NotFound."""
    found = session.scalar(visible_duties(viewer).where(ReportDuty.id == duty_id))
    if found is None:
        raise NotFound
    return found


def list_reports(viewer: Viewer) -> list[Report]:
    """Every file of the visible calendar, the worst first, then the newest."""
    found = reports_of(session.scalars(visible_duties(viewer)).all())
    return sorted(found, key=lambda one: (WORST.index(one.state), -one.period.start.toordinal(), one.duty.id))


@dataclass(frozen=True)
class _Known:
    """What is stored about the files of some duties, by duty and period."""

    partners: dict[int, str]
    held: dict[Key, ReportPeriod]
    answers: dict[Key, ReportAnswer]
    reminded: dict[Key, dt.date]


def reports_of(duties: Sequence[ReportDuty]) -> list[Report]:
    """The files of some duties, newest first, in four statements however many there are."""
    if not duties:
        return []
    known = _read_known(duties)
    return [report for duty in duties for report in _reports(duty, known)]


def _read_known(duties: Sequence[ReportDuty]) -> _Known:
    numbers = [duty.id for duty in duties]
    wanted = [duty.partner_id for duty in duties if duty.partner_id is not None]
    names = session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(wanted))).all() if wanted else []
    reminders = sorted(_rows(ReportReminder, numbers), key=lambda row: row.sent_on)
    return _Known(
        {number: name for number, name in names},
        {(row.duty_id, row.period_start): row for row in _rows(ReportPeriod, numbers)},
        {(row.duty_id, row.period_start): row for row in _rows(ReportAnswer, numbers)},
        {(row.duty_id, row.period_start): row.sent_on for row in reminders},
    )


def _rows(model: type[Kept], numbers: list[int]) -> Sequence[Kept]:
    return session.scalars(select(model).where(model.duty_id.in_(numbers))).all()


def _reports(duty: ReportDuty, known: _Known) -> Iterable[Report]:
    today, partner = clock.today(), known.partners.get(duty.partner_id or 0, "")
    shown = list(periods_shown(Rhythm(duty.rhythm), duty.valid_from, duty.valid_until, today))
    full = [_figures(known.held.get((duty.id, one.start))) for one in shown]
    for place, period in enumerate(shown):
        key = (duty.id, period.start)
        row, answer, now = known.held.get(key), known.answers.get(key), full[place]
        received = clock.local(row.received_at).date() if row and row.received_at else None
        earlier = [one for one in full[place + 1 :] if one is not None]
        yield Report(
            duty, partner, period, due_on(period, duty.due_days),
            state_of(period, duty.due_days, received_on=received, answered=answer is not None, today=today),
            row, tuple(find_unusual(now, earlier)) if now and period.until <= today else (), answer,
            known.reminded.get(key), newest=period_of(period.rhythm, period.until).until > today,
        )  # fmt: skip


def _figures(row: ReportPeriod | None) -> Figures | None:
    """What a file that came held; a period that is not complete is no history."""
    return Figures(row.lines, row.units, row.amount) if row is not None and row.received_at is not None else None


def get_report(duty: ReportDuty, day: dt.date) -> Report:
    """The file of the period that begins on a day, or NotFound."""
    found = next((one for one in reports_of([duty]) if one.period.start == day), None)
    if found is None:
        raise NotFound
    return found


def count_states(reports: Iterable[Report]) -> Counter[str]:
    """How many files are in each state, and how many are unusual or need eyes."""
    found: Counter[str] = Counter()
    for one in reports:
        found[one.state.value] += 1
        found["unusual"] += bool(one.unusual)
        found["unusual_now"] += one.newest and bool(one.unusual)
        found["eyes"] += one.needs_eyes
    return found


@dataclass(frozen=True)
class Gap:
    """A file that a calculation went without: whose, which period, and who signed that off."""

    source: str
    partner: str
    period: str
    arrived_on: dt.date | None
    answered: str | None
    reason: str
    signed_by: str
    signed_at: dt.datetime | None


def list_gaps(
    partner_id: int | None, flows: Iterable[str], since: dt.date, until: dt.date, as_of: dt.datetime
) -> list[Gap]:
    """The sales files about days in [since, until) that were owed for a partner and not there at a moment."""
    wanted, gaps = sorted(set(flows)), list[Gap]()
    query = select(ReportDuty, Partner.name).outerjoin(Partner, Partner.id == ReportDuty.partner_id)
    query = query.where(ReportDuty.kind == "sales", ReportDuty.flow.in_(wanted), ReportDuty.valid_from < until)
    query = query.where(_speaks_for(partner_id, since, until)).order_by(ReportDuty.source, ReportDuty.id)
    for duty, partner in session.execute(query).all():
        gaps += _gaps(duty, partner or "", since, until, as_of)
    return gaps


def _speaks_for(partner_id: int | None, since: dt.date, until: dt.date) -> ColumnElement[bool]:
    everybody = ReportDuty.partner_id.is_(None)
    if partner_id is None:
        return everybody
    supplied = select(Supply.distributor_id).where(
        Supply.partner_id == partner_id, Supply.valid_from < until,
        or_(Supply.valid_until.is_(None), Supply.valid_until > since),
    )  # fmt: skip
    return or_(everybody, ReportDuty.partner_id == partner_id, ReportDuty.partner_id.in_(supplied))


def _gaps(duty: ReportDuty, partner: str, since: dt.date, until: dt.date, as_of: dt.datetime) -> Iterable[Gap]:
    held = {row.period_start: row for row in _rows(ReportPeriod, [duty.id])}
    answers = {row.period_start: row for row in _rows(ReportAnswer, [duty.id])}
    names = names_of_people(row.signed_by_id for row in answers.values())
    for period in _ended(duty, since, until, clock.local(as_of).date()):
        row, answer = held.get(period.start), answers.get(period.start)
        received = row.received_at if row is not None else None
        if received is not None and received <= as_of:
            continue
        arrived = clock.local(received).date() if received is not None else None
        if answer is None:
            yield Gap(duty.source, partner, period.title, arrived, None, "", "", None)
        elif answer.answer == "accepted":
            by = names.get(answer.signed_by_id or 0, "The system")
            yield Gap(duty.source, partner, period.title, arrived, answer.answer, answer.reason, by, answer.signed_at)


def _ended(duty: ReportDuty, since: dt.date, until: dt.date, today: dt.date) -> Iterable[Period]:
    period = period_of(Rhythm(duty.rhythm), since)
    while period.start < until:
        inside = period.start >= duty.valid_from and (duty.valid_until is None or period.until <= duty.valid_until)
        if inside and period.until <= today:
            yield period
        period = period_of(Rhythm(duty.rhythm), period.until)
