"""Accounting months: open until closed, in order; what belongs to a closed one is dated in the next open one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.ledger.errors import MonthClosed
from portal.ledger.models import AccountingMonth, MonthState
from portal.security.viewer import Viewer


def first_of(day: dt.date) -> dt.date:
    """The first day of the day's month."""
    return day.replace(day=1)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after the day's."""
    return (first_of(day) + dt.timedelta(days=32)).replace(day=1)


def closed_months() -> frozenset[dt.date]:
    """First days of the months in which nothing more is dated."""
    query = select(AccountingMonth.month).where(AccountingMonth.state == MonthState.CLOSED)
    return frozenset(session.scalars(query))


def open_day(day: dt.date, closed: frozenset[dt.date]) -> dt.date:
    """The day itself, or the first day of the next open month when its month is closed."""
    while first_of(day) in closed:
        day = next_month(day)
    return day


def close_month(month: dt.date, *, by: Viewer) -> AccountingMonth:
    """Close a month that is over; later entries for it are dated in the next open one, their own date beside it."""
    first = first_of(month)
    if next_month(first) > clock.today():
        raise MonthClosed(f"{first:%B %Y} is not over yet, so it cannot be closed.", field="month")
    row = session.get(AccountingMonth, first, with_for_update=True, populate_existing=True)
    if row is not None and row.state == MonthState.CLOSED:
        raise MonthClosed(f"{first:%B %Y} is closed already.", field="month")
    if row is None:
        row = AccountingMonth(month=first, until=next_month(first))
        session.add(row)
    row.state, row.closed_at, row.closed_by = MonthState.CLOSED, clock.now(), by.person_id
    session.flush()
    audit.record("month.closed", kind="accounting_month", id=clock.day_number(first), label=f"{first:%B %Y}", actor=by)
    return row


def reopen_month(month: dt.date, *, reason: str, by: Viewer) -> AccountingMonth:
    """Open a closed month again, with a reason that stays in the audit log."""
    first = first_of(month)
    row = session.get(AccountingMonth, first, with_for_update=True, populate_existing=True)
    if row is None or row.state != MonthState.CLOSED:
        raise MonthClosed(f"{first:%B %Y} is open already.", field="month")
    row.state, row.closed_at, row.closed_by = MonthState.OPEN, None, None
    session.flush()
    audit.record(
        "month.reopened",
        kind="accounting_month",
        id=clock.day_number(first),
        label=f"{first:%B %Y}",
        reason=reason,
        actor=by,
    )
    return row
