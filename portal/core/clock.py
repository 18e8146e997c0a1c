"""The one clock. Everything that asks for the time asks here, so tests and demos can move it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)
_shift = dt.timedelta(0)
_zone = ZoneInfo("UTC")

EPOCH = dt.date(1970, 1, 1)
FIRST_DAY = dt.date(1, 1, 1)


def configure(tz: ZoneInfo, start: str | None = None) -> None:
    """Set the portal's zone and, for demos and tests, the instant at which the clock starts to run.

    `start` is a time, or "time@seconds": what the clock showed at those seconds of the machine's, so that several
    processes show the same.
    """
    global _zone, _shift
    _zone = tz
    _shift = dt.timedelta(0)
    if start:
        text, _, anchor = start.partition("@")
        instant = dt.datetime.fromisoformat(text)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=tz)
        begun = dt.datetime.fromtimestamp(int(anchor), dt.UTC) if anchor else dt.datetime.now(dt.UTC)
        _shift = instant - begun


def now() -> dt.datetime:
    """This instant, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC) + _shift


def today() -> dt.date:
    """The calendar day in the portal's zone."""
    return now().astimezone(_zone).date()


def zone() -> ZoneInfo:
    """The portal's zone (`PORTAL_TZ`)."""
    return _zone


def local(moment: dt.datetime) -> dt.datetime:
    """The same instant on the portal's wall clock."""
    return moment.astimezone(_zone)


def parse_moment(text: str) -> dt.datetime:
    """A DATETIME of the command line; without a zone it is in the portal's zone. A bare day means its end."""
    value = dt.datetime.fromisoformat(text)
    if len(text) <= 10:
        value = value + dt.timedelta(days=1) - dt.timedelta(microseconds=1)
    return (value if value.tzinfo else value.replace(tzinfo=_zone)).astimezone(dt.UTC)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01; how dates are stored and how the engine counts them."""
    return (day - EPOCH).days


def from_day_number(number: int) -> dt.date:
    """The date of a day number."""
    return EPOCH + dt.timedelta(days=number)


@contextmanager
def frozen(moment: dt.datetime | str) -> Iterator[None]:
    """Stand still at one instant, for tests and for building the demo's history."""
    instant = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    instant = (instant if instant.tzinfo else instant.replace(tzinfo=_zone)).astimezone(dt.UTC)
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
