"""Periods, due days, states and what is unusual."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.sales.reporting.models import Rhythm
from portal.sales.reporting.rules import (
    Figures,
    State,
    complete_from,
    due_on,
    find_unusual,
    is_outside,
    period_of,
    periods_shown,
    state_of,
)

OCTOBER = period_of(Rhythm.MONTH, dt.date(2026, 10, 15))


@pytest.mark.parametrize(
    ("rhythm", "day", "start", "until"),
    [("month", "2026-12-31", "2026-12-01", "2027-01-01"), ("month", "2028-02-29", "2028-02-01", "2028-03-01"),
     ("week", "2026-11-22", "2026-11-16", "2026-11-23"), ("week", "2026-11-23", "2026-11-23", "2026-11-30"),
     ("day", "2026-11-22", "2026-11-22", "2026-11-23")],
)  # fmt: skip
def test_a_day_lies_in_one_period(rhythm: str, day: str, start: str, until: str):
    period = period_of(Rhythm(rhythm), dt.date.fromisoformat(day))
    assert (period.start.isoformat(), period.until.isoformat()) == (start, until)


def test_due_days_are_business_days_after_the_period():
    assert due_on(OCTOBER, 1) == dt.date(2026, 11, 2)  # 31 October 2026 is a Saturday
    assert due_on(OCTOBER, 5) == dt.date(2026, 11, 6)
    assert due_on(OCTOBER, 6) == dt.date(2026, 11, 9)


def test_a_file_may_come_from_the_last_business_day_on():
    assert complete_from(OCTOBER) == dt.date(2026, 10, 30)
    sunday = period_of(Rhythm.DAY, dt.date(2026, 11, 22))
    assert complete_from(sunday) == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("today", "received", "answered", "state"),
    [("2026-10-31", None, False, State.OPEN), ("2026-11-01", None, False, State.DUE),
     ("2026-11-06", None, False, State.DUE), ("2026-11-07", None, False, State.LATE),
     ("2026-12-07", None, False, State.LATE), ("2026-12-08", None, False, State.MISSING),
     ("2026-12-08", None, True, State.ANSWERED), ("2026-12-08", "2026-11-06", False, State.RECEIVED),
     ("2026-12-08", "2026-11-07", True, State.CAME_LATE)],
)  # fmt: skip
def test_where_a_file_stands(today: str, received: str | None, answered: bool, state: State):
    came = dt.date.fromisoformat(received) if received else None
    assert state_of(OCTOBER, 5, received_on=came, answered=answered, today=dt.date.fromisoformat(today)) is state


def test_only_periods_the_duty_holds_for_are_shown():
    shown = list(periods_shown(Rhythm.MONTH, dt.date(2026, 9, 1), dt.date(2026, 11, 1), dt.date(2026, 11, 22)))
    assert [one.title for one in shown] == ["October 2026", "September 2026"]
    assert len(list(periods_shown(Rhythm.WEEK, dt.date(2020, 1, 1), None, dt.date(2026, 11, 22)))) == 13


def test_unusual_takes_history_a_clear_distance_and_names_what():
    usual = [Figures(100, 500, 10_000), Figures(104, 520, 10_400), Figures(96, 480, 9_600), Figures(100, 500, 10_000)]
    assert find_unusual(Figures(30, 500, 10_000), usual) == ["lines"]
    assert find_unusual(Figures(300, 1500, 30_000), usual) == ["lines", "units", "amount"]
    assert find_unusual(Figures(110, 550, 11_000), usual) == []
    assert find_unusual(Figures(30, 500, 10_000), usual[:3]) == []


def test_a_flat_history_does_not_make_every_small_change_unusual():
    assert not is_outside(124, [100, 100, 100, 100])
    assert is_outside(126, [100, 100, 100, 100])
    assert not is_outside(0, [0, 0, 0, 0])
