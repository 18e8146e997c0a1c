"""The one clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from portal.core import clock


@pytest.fixture(autouse=True)
def utc_again():
    yield
    clock.configure(ZoneInfo("UTC"))


def test_a_frozen_clock_stands_still():
    with clock.frozen("2026-11-22T10:00"):
        assert clock.now() == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)
        assert clock.today() == dt.date(2026, 11, 22)


def test_today_is_the_day_in_the_portals_zone():
    clock.configure(ZoneInfo("America/Los_Angeles"))
    with clock.frozen(dt.datetime(2026, 1, 1, 2, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2025, 12, 31)


def test_a_clock_may_start_at_another_instant():
    clock.configure(ZoneInfo("UTC"), "2028-02-29T12:00:00")
    assert clock.today() == dt.date(2028, 2, 29)


def test_processes_that_share_an_anchor_show_the_same_time():
    clock.configure(ZoneInfo("UTC"), "2028-02-29T12:00:00@0")
    since = dt.datetime.now(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert abs(clock.now() - dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC) - since) < dt.timedelta(seconds=1)


def test_a_bare_day_means_its_end():
    assert clock.parse_moment("2026-09-30").isoformat() == "2026-09-30T23:59:59.999999+00:00"
    assert clock.parse_moment("2026-09-30T10:00+02:00").hour == 8


def test_days_are_numbers_and_back():
    assert clock.day_number(dt.date(1970, 1, 2)) == 1
    assert clock.from_day_number(clock.day_number(clock.FIRST_DAY)) == clock.FIRST_DAY
