"""Counting what the journal holds of a duty's period, once when something changes instead of on every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, or_, select

from portal.core import clock
from portal.core.db import session
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.journal.models import BatchState, JournalBatch, SaleLine
from portal.sales.reporting.models import ReportDuty, ReportPeriod, Rhythm
from portal.sales.reporting.rules import Period, complete_from, period_of, periods_between


def refresh_duty(duty: ReportDuty, periods: Iterable[Period]) -> None:
    """Count some periods of a duty anew; safe to do twice."""
    for period in periods:
        lines, units, amount, currency = _count(duty, period)
        row = session.scalar(
            select(ReportPeriod).where(ReportPeriod.duty_id == duty.id, ReportPeriod.period_start == period.start)
        )
        if row is None:
            row = ReportPeriod(duty_id=duty.id, period_start=period.start)
            session.add(row)
        row.lines, row.units, row.amount, row.currency = lines, units, amount, currency
        row.received_at = _received_at(duty, period) if lines else None
    session.flush()


def refresh_recent(duty: ReportDuty) -> None:
    """Count the running period of a duty anew, and the two before it."""
    today = clock.today()
    begin = period_of(Rhythm(duty.rhythm), today).previous.previous.start
    refresh_duty(duty, periods_between(Rhythm(duty.rhythm), max(begin, duty.valid_from), today))


def refresh_touched(source: str, first_day: dt.date, last_day: dt.date) -> None:
    """Count the periods anew that a batch of a source may have touched: those of its days and those it completes."""
    duties = session.scalars(select(ReportDuty).where(ReportDuty.source == source, ReportDuty.kind == "sales"))
    for duty in duties.all():
        begin, end = max(first_day, duty.valid_from), min(last_day, clock.today())
        refresh_duty(duty, periods_between(Rhythm(duty.rhythm), begin, end))
        refresh_recent(duty)


def _of_duty(duty: ReportDuty) -> list[ColumnElement[bool]]:
    found = [SaleLine.source == duty.source, SaleLine.flow == duty.flow, JournalBatch.state == BatchState.CONFIRMED]
    if duty.partner_id is not None:
        found.append(or_(SaleLine.distributor_id == duty.partner_id, SaleLine.partner_id == duty.partner_id))
    return found


def _count(duty: ReportDuty, period: Period) -> tuple[int, int, int, str]:
    """Lines, units, amount and its currency."""
    if duty.kind != "sales":
        received = _received_at(duty, period)
        total = session.scalar(select(func.max(ImportJob.total)).where(*_jobs(duty, period))) if received else 0
        return int(total or 0), 0, 0, ""
    query = (
        select(SaleLine.currency, func.count(), func.sum(SaleLine.quantity), func.sum(SaleLine.amount))
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(SaleLine.sold_on >= period.start, SaleLine.sold_on < period.until, *_of_duty(duty))
        .group_by(SaleLine.currency)
    )
    rows = sorted(session.execute(query).all(), key=lambda row: (-row[1], row[0]))
    if not rows:
        return 0, 0, 0, ""
    return sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows), int(rows[0][3]), str(rows[0][0])


def _received_at(duty: ReportDuty, period: Period) -> dt.datetime | None:
    """When the period was first known to its end."""
    if duty.kind != "sales":
        return session.scalar(select(func.min(ImportJob.finished_at)).where(*_jobs(duty, period)))
    begin = _midnight(complete_from(period))
    query = select(func.min(JournalBatch.recorded_at)).where(
        JournalBatch.source == duty.source, JournalBatch.state == BatchState.CONFIRMED,
        JournalBatch.recorded_at >= begin,
    )  # fmt: skip
    return session.scalar(query)


def _jobs(duty: ReportDuty, period: Period) -> list[ColumnElement[bool]]:
    following = period_of(period.rhythm, period.until)
    return [
        ImportJob.source == duty.source, ImportJob.kind == duty.kind, ImportJob.state == ImportState.DONE,
        ImportJob.finished_at >= _midnight(complete_from(period)),
        ImportJob.finished_at < _midnight(complete_from(following)),
    ]  # fmt: skip


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.zone())
