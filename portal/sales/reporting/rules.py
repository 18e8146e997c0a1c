"""Periods, due days, states and what is unusual. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

from portal.sales.reporting.models import Rhythm

HISTORY, ENOUGH = 8, 4
TIMES_SPREAD, LEAST_PERCENT = 4, 25
RULE = (
    f"Unusual is what lies outside the median of the last {HISTORY} files by more than {TIMES_SPREAD} times their "
    f"median deviation and by more than {LEAST_PERCENT} %. It takes at least {ENOUGH} earlier files to say so."
)
SHOWN = {Rhythm.MONTH: 13, Rhythm.WEEK: 13, Rhythm.DAY: 15}
DAY = dt.timedelta(days=1)


class State(enum.StrEnum):
    """Where one file stands: its period runs, it is waited for, it is there, or it is not."""

    OPEN = "open"
    DUE = "due"
    LATE = "late"
    MISSING = "missing"
    RECEIVED = "received"
    CAME_LATE = "came_late"
    ANSWERED = "answered"


GAPS = (State.DUE, State.LATE, State.MISSING)


@dataclass(frozen=True, order=True)
class Period:
    """The days one file is about, [start, until)."""

    start: dt.date
    until: dt.date
    rhythm: Rhythm

    @property
    def title(self) -> str:
        """How people call it."""
        if self.rhythm is Rhythm.MONTH:
            return f"{self.start:%B %Y}"
        day = f"{self.start.day} {self.start:%b %Y}"
        return f"week of {day}" if self.rhythm is Rhythm.WEEK else day

    @property
    def previous(self) -> Period:
        """The period before."""
        return period_of(self.rhythm, self.start - DAY)


def period_of(rhythm: Rhythm, day: dt.date) -> Period:
    """The period a day lies in; weeks begin on Monday."""
    if rhythm is Rhythm.MONTH:
        start = day.replace(day=1)
        return Period(start, (start + 31 * DAY).replace(day=1), rhythm)
    start = day - day.weekday() * DAY if rhythm is Rhythm.WEEK else day
    return Period(start, start + (7 if rhythm is Rhythm.WEEK else 1) * DAY, rhythm)


def periods_between(rhythm: Rhythm, since: dt.date, until: dt.date) -> Iterator[Period]:
    """The periods from the one a day lies in to the one another lies in, oldest first."""
    period = period_of(rhythm, since)
    while period.start <= until:
        yield period
        period = period_of(rhythm, period.until)


def is_business_day(day: dt.date) -> bool:
    """Monday to Friday; holidays differ from country to country and only make a file early."""
    return day.weekday() < 5


def due_on(period: Period, due_days: int) -> dt.date:
    """The last day on which the file is in time: so many business days after the period's end."""
    day, left = period.until - DAY, due_days
    while left:
        day += DAY
        left -= is_business_day(day)
    return day


def complete_from(period: Period) -> dt.date:
    """From which day on a file can know its whole period: the period's last business day, or its last day."""
    day = period.until - DAY
    while day > period.start and not is_business_day(day):
        day -= DAY
    return day


def state_of(period: Period, due_days: int, *, received_on: dt.date | None, answered: bool, today: dt.date) -> State:
    """Where the file of a period stands; late becomes missing when the next file is due as well."""
    due = due_on(period, due_days)
    if received_on is not None:
        return State.RECEIVED if received_on <= due else State.CAME_LATE
    if answered:
        return State.ANSWERED
    if today < period.until:
        return State.OPEN
    if today <= due:
        return State.DUE
    following = due_on(period_of(period.rhythm, period.until), due_days)
    return State.LATE if today <= following else State.MISSING


def periods_shown(rhythm: Rhythm, since: dt.date, until: dt.date | None, today: dt.date) -> Iterator[Period]:
    """The periods of a duty that the calendar shows, newest first: those it holds for, as far back as is useful."""
    period = period_of(rhythm, today)
    for _ in range(SHOWN[rhythm]):
        if period.start >= since and (until is None or period.until <= until):
            yield period
        period = period.previous


@dataclass(frozen=True)
class Figures:
    """What one file held; the amount in minor units."""

    lines: int
    units: int
    amount: int


def find_unusual(now: Figures, earlier: Sequence[Figures]) -> list[str]:
    """Which of lines, units and amount lie outside their own history; earlier files newest first."""
    before = earlier[:HISTORY]
    if len(before) < ENOUGH:
        return []
    return [name for name in ("lines", "units", "amount")
            if is_outside(getattr(now, name), [getattr(one, name) for one in before])]  # fmt: skip


def is_outside(value: int, history: Sequence[int]) -> bool:
    """Whether a value lies outside its history by the stated rule, in whole numbers."""
    middle = median_low(history)
    spread = median_low([abs(one - middle) for one in history])
    away = abs(value - middle)
    return away > TIMES_SPREAD * spread and 100 * away > LEAST_PERCENT * abs(middle)
