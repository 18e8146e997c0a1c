"""Every period of every program with its state and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.engine.periods import NEVER, day_number, day_of, windows_of
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerPosting
from portal.programs.closing.models import CalculationTask, TaskState
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs, names_of
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod
from portal.programs.runs.periods import calculated_since_end
from portal.sales.journal.models import BatchState, JournalBatch, JournalDay, SaleLine

PATIENCE = dt.timedelta(hours=2)  # the job that locks comes every hour
STATES = ("due", "grace", "open", "locked")
Key = tuple[str, dt.date]


@dataclass(frozen=True)
class PeriodRow:
    """One period: amounts in minor units or points of `unit`; `late` lines were recorded after its end."""

    program_id: int
    code: str
    name: str
    unit: str
    flow: str
    start: dt.date
    end: dt.date
    due_on: dt.date
    state: str
    locked_at: dt.datetime | None = None
    locked_by: str = ""
    earned: int = 0
    posted: int = 0
    participants: int = 0
    lines: int = 0
    late: int = 0
    prior: int = 0
    prior_entries: int = 0

    @property
    def last_day(self) -> dt.date:
        """The last day of the period."""
        return self.end - dt.timedelta(days=1)

    @property
    def due_at(self) -> dt.datetime:
        """The first moment at which it may be locked, on the portal's clock."""
        return dt.datetime.combine(self.due_on, dt.time.min, tzinfo=clock.zone()).astimezone(dt.UTC)

    @property
    def ended_at(self) -> dt.datetime:
        """The first moment after it, on the portal's clock."""
        return dt.datetime.combine(self.end, dt.time.min, tzinfo=clock.zone()).astimezone(dt.UTC)


def list_rows(*, code: str = "") -> list[PeriodRow]:
    """Every period that has begun, without figures: what is due first, then the newest."""
    today, programs = clock.today(), engine_programs(code=code or None)
    stored = {program.code: program for program in session.scalars(select(Program))}
    locks = _locks()
    rows: list[PeriodRow] = []
    for shaped in programs:
        program = stored[shaped.code]
        found: dict[dt.date, PeriodRow] = {}
        for window in windows_of(shaped, day_number(today)):
            plan, start = window.version.plan, day_of(window.period_start)
            end = day_of(min(window.period_end, NEVER))
            due_on = min(end.toordinal() + plan.grace_days, dt.date.max.toordinal())
            flow = str(plan.qualify_of(plan.components[0]).flow)
            row = PeriodRow(
                program.id, shaped.code, program.name, plan.unit, flow, start, end, dt.date.fromordinal(due_on), ""
            )
            found[start] = _with_state(row, locks.get((program.id, start)), today)
        rows += found.values()
    newest = sorted(rows, key=lambda row: (row.name, row.code))
    newest.sort(key=lambda row: row.start, reverse=True)
    return sorted(newest, key=lambda row: STATES.index(row.state))


def _locks() -> dict[tuple[int, dt.date], ProgramPeriod]:
    query = select(ProgramPeriod).where(ProgramPeriod.state == PeriodState.LOCKED)
    return {(period.program_id, period.period_start): period for period in session.scalars(query)}


def _with_state(row: PeriodRow, lock: ProgramPeriod | None, today: dt.date) -> PeriodRow:
    if lock is not None:
        return replace(row, state="locked", locked_at=lock.locked_at, locked_by=str(lock.locked_by_id or ""))
    if today < row.end:
        return replace(row, state="open")
    return replace(row, state="grace" if today < row.due_on else "due")


def held(rows: Sequence[PeriodRow]) -> list[PeriodRow]:
    """The rows that have been due for hours and were not locked, because no run has posted them since their end."""
    late = clock.now() - PATIENCE
    waiting = [row for row in rows if row.state == "due" and row.due_at <= late]
    return [row for row in waiting if not calculated_since_end(row.code, row.end)]


def get_row(code: str, start: dt.date) -> PeriodRow:
    """One period with its figures; NotFound when the program has none that begins on that day."""
    found = next((row for row in list_rows(code=code) if row.start == start), None)
    if found is None:
        raise NotFound
    return with_figures([found])[0]


def with_figures(rows: Sequence[PeriodRow]) -> list[PeriodRow]:
    """The same rows with lines, amounts and what came late: a handful of statements however many rows."""
    earned, prior, lines = _earned(rows), _prior(rows), _lines(rows)
    names = names_of({int(row.locked_by) for row in rows if row.locked_by})
    found = []
    for row in rows:
        total, posted, count = earned.get((row.program_id, row.start), (0, 0, 0))
        changed, entries = prior.get((row.code, row.start), (0, 0))
        every, late = lines.get((row.flow, row.start, row.end), (0, 0))
        by = names.get(int(row.locked_by), "") if row.locked_by else "the portal"
        found.append(
            replace(row, earned=total, posted=posted, participants=count, prior=changed, prior_entries=entries,
                    lines=every, late=late, locked_by=by)
        )  # fmt: skip
    return found


def _earned(rows: Sequence[PeriodRow]) -> dict[tuple[int, dt.date], tuple[int, int, int]]:
    """Earned, posted and participants by (program, period)."""
    query = select(
        EarnedGroup.program_id, EarnedGroup.period_start, func.sum(EarnedGroup.earned), func.sum(EarnedGroup.posted),
        func.count(EarnedGroup.participant_id.distinct()),
    )  # fmt: skip
    query = query.where(
        EarnedGroup.program_id.in_({row.program_id for row in rows}),
        EarnedGroup.period_start.in_({row.start for row in rows}),
    ).group_by(EarnedGroup.program_id, EarnedGroup.period_start)
    return {(number, start): (int(a), int(b), count) for number, start, a, b, count in session.execute(query)}


def _prior(rows: Sequence[PeriodRow]) -> dict[Key, tuple[int, int]]:
    """What was posted for a period after its lock, and in how many entries."""
    query = (
        select(LedgerEntry.program_code, LedgerEntry.period_start, func.sum(LedgerPosting.amount),
               func.count(LedgerEntry.id.distinct()))
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(
            LedgerEntry.prior_period.is_(True), LedgerAccount.kind.in_(PARTICIPANT_KINDS),
            LedgerEntry.program_code.in_({row.code for row in rows}),
            LedgerEntry.period_start.in_({row.start for row in rows}),
        )
        .group_by(LedgerEntry.program_code, LedgerEntry.period_start)
    )  # fmt: skip
    return {(str(code), start): (int(total), count) for code, start, total, count in session.execute(query) if start}


def _belongs(start: dt.date, end: dt.date) -> tuple[ColumnElement[bool], ...]:
    """Lines of these days; a linked return belongs to the day of what it takes back."""
    sold = and_(SaleLine.sold_on >= start, SaleLine.sold_on < end)
    return or_(sold, SaleLine.returns_line_id.is_not(None)), SaleLine.origin_on >= start, SaleLine.origin_on < end


def _lines(rows: Sequence[PeriodRow]) -> dict[tuple[str, dt.date, dt.date], tuple[int, int]]:
    """Sale lines of a stream and window, and those of them recorded after its end; each window is counted once."""
    windows = {(row.flow, row.start, row.end): row.ended_at for row in rows}
    parts = [_in_window(index, *window, ended) for index, (window, ended) in enumerate(windows.items())]
    if not parts:
        return {}
    counted = {index: (int(lines or 0), int(late or 0)) for index, lines, late in session.execute(union_all(*parts))}
    return {key: counted[index] for index, key in enumerate(windows)}


def _in_window(index: int, flow: str, start: dt.date, end: dt.date, ended: dt.datetime) -> Select[int, int, Any]:
    """What the journal counted of these days when its batches were confirmed."""
    late = case((JournalBatch.recorded_at >= ended, JournalDay.lines), else_=0)
    return (
        select(literal(index), func.sum(JournalDay.lines), func.sum(late))
        .select_from(JournalDay)
        .join(JournalBatch, JournalBatch.id == JournalDay.batch_id)
        .where(
            or_(JournalDay.linked, and_(JournalDay.sold_on >= start, JournalDay.sold_on < end)),
            JournalDay.origin_on >= start, JournalDay.origin_on < end, JournalDay.flow == flow,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """What one participant earned with one component of a period."""

    component: str
    kind: str
    number: int
    earned: int


def amounts_of(row: PeriodRow) -> list[Amount]:
    """Every earning of a period, the largest first."""
    query = select(EarnedGroup.component, EarnedGroup.participant_kind, EarnedGroup.participant_id, EarnedGroup.earned)
    query = query.where(EarnedGroup.program_id == row.program_id, EarnedGroup.period_start == row.start)
    order = (EarnedGroup.earned.desc(), EarnedGroup.participant_kind, EarnedGroup.participant_id, EarnedGroup.component)
    return [Amount(*one) for one in session.execute(query.order_by(*order))]


@dataclass(frozen=True)
class PriorEntry:
    """One difference posted after the lock."""

    entry_id: int
    owner_id: int
    amount: int
    accounting_date: dt.date
    recorded_at: dt.datetime
    reason: str


def prior_entries(row: PeriodRow, limit: int = 50) -> list[PriorEntry]:
    """What was posted for a period after its lock, the newest first."""
    query = (
        select(LedgerEntry.id, LedgerAccount.owner_id, func.sum(LedgerPosting.amount), LedgerEntry.accounting_date,
               LedgerEntry.recorded_at, LedgerEntry.reason)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(
            LedgerEntry.prior_period.is_(True), LedgerAccount.kind.in_(PARTICIPANT_KINDS),
            LedgerEntry.program_code == row.code, LedgerEntry.period_start == row.start,
        )
        .group_by(LedgerEntry.id, LedgerAccount.owner_id)
        .order_by(LedgerEntry.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        PriorEntry(number, owner, int(amount), day, moment, reason)
        for number, owner, amount, day, moment, reason in session.execute(query)
    ]


@dataclass(frozen=True)
class LateLine:
    """A sale line recorded after the period's end."""

    id: int
    external_id: str
    partner_id: int
    sold_on: dt.date
    recorded_at: dt.datetime | None
    quantity: int
    amount: int
    currency: str


def late_lines(row: PeriodRow, limit: int = 25) -> list[LateLine]:
    """The newest lines of the period's days that were recorded after its end."""
    query = (
        select(SaleLine.id, SaleLine.external_id, SaleLine.partner_id, SaleLine.sold_on, JournalBatch.recorded_at,
               SaleLine.quantity, SaleLine.amount, SaleLine.currency)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(
            *_belongs(row.start, row.end), SaleLine.flow == row.flow,
            JournalBatch.state == BatchState.CONFIRMED, JournalBatch.recorded_at >= row.ended_at,
        )
        .order_by(JournalBatch.recorded_at.desc(), SaleLine.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [LateLine(*one) for one in session.execute(query)]


def find_task(code: str | None = None) -> CalculationTask | None:
    """The calculation that somebody asked for and that is not finished; of one program, or any."""
    query = select(CalculationTask).where(CalculationTask.state.in_((TaskState.WAITING, TaskState.RUNNING)))
    if code is not None:
        query = query.where((CalculationTask.program_code == code) | CalculationTask.program_code.is_(None))
    return session.scalar(query.order_by(CalculationTask.id).limit(1))


def get_task(number: int) -> CalculationTask:
    """A calculation by its number."""
    task = session.get(CalculationTask, number, populate_existing=True)
    if task is None:
        raise NotFound
    return task
