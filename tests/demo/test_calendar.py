"""Moving the demo by quarters: nothing leaves its month, and a closed quarter is the same on any day."""

from calendar import monthrange
from datetime import date, timedelta

import polars as pl
import pytest

from portal.demo.calendar import (
    Shift,
    add_quarters,
    business_day,
    business_day_number,
    is_business_day,
    latest_day_of_business_day,
    quarter_start,
    shift_for,
)  # fmt: skip
from portal.demo.channel import DemoChannel
from portal.demo.examples import published_lines
from portal.demo.generate_sprint import sprint_tickets
from portal.demo.generate_tickets import tickets

DAYS = [date(2026, 10, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 28), date(2026, 11, 22)]
SHIFTS = [shift_for(day) for day in DAYS]


@pytest.mark.parametrize("today", DAYS)
def test_data_quarter_2013_q3_becomes_the_current_quarter(today: date) -> None:
    assert shift_for(today).boundary(date(2013, 7, 1)) == quarter_start(today)


def test_the_shift_counts_whole_quarters() -> None:
    assert shift_for(date(2013, 9, 30)) == Shift(0)
    assert shift_for(date(2026, 11, 22)) == Shift(53)
    assert shift_for(date(2013, 6, 30)) == Shift(-1)


@pytest.mark.parametrize("shift", [Shift(n) for n in range(-4, 70)], ids=str)
def test_every_sell_in_day_keeps_its_month_and_its_business_day_number(shift: Shift) -> None:
    for day in published_lines()["sold_on"].unique().to_list():
        moved = shift.sale_day(day)
        assert moved.replace(day=1) == add_quarters(day.replace(day=1), shift.quarters)
        assert is_business_day(moved)
        assert business_day_number(moved) == business_day_number(day)


def test_a_last_day_of_a_long_month_stays_in_its_month() -> None:
    assert Shift(1).boundary(date(2013, 8, 31)) == date(2013, 11, 30)
    assert Shift(2).boundary(date(2013, 8, 31)) == date(2014, 2, 28)
    assert Shift(1).ticket_day(date(2013, 11, 28)) == date(2014, 2, 28)
    assert Shift(-6).boundary(date(2013, 8, 31)) == date(2012, 2, 29)
    assert Shift(2).sale_day(date(2013, 8, 30)) == date(2014, 2, 28)  # the 22nd business day of a month that has twenty


def test_a_weekend_counts_as_the_business_day_before_it() -> None:
    assert business_day_number(date(2013, 6, 1)) == 1  # a Saturday at the beginning of its month
    assert business_day_number(date(2013, 6, 9)) == 5
    assert business_day(2013, 6, 99) == date(2013, 6, 28)


def test_no_business_day_falls_later_than_the_calendar_says() -> None:
    for month in range(1, 13 * 28):
        year, place = 2000 + month // 12, month % 12 + 1
        for number in range(1, 21):
            assert (
                business_day(year, place, number).day
                <= latest_day_of_business_day(number)
                <= monthrange(year, place)[1]
            )


def _closed(today: date) -> pl.DataFrame:
    """What is known of every earlier quarter, in quarters counted back from the current one, without the sprint."""
    known, now = DemoChannel(today).known_lines(), quarter_start(today)
    sprint = {line.external_id for line in sprint_tickets(today)}
    place = (now.year - pl.col("sold_on").dt.year().cast(pl.Int64)) * 4 + (
        (now.month - 1) // 3 - (pl.col("sold_on").dt.month().cast(pl.Int64) - 1) // 3
    )
    closed = known.filter((pl.col("sold_on") < now) & ~pl.col("external_id").is_in(sprint)).with_columns(
        place.alias("back")
    )
    return closed.drop("sold_on", "recorded_on").sort("source", "external_id")


def test_closed_quarters_hold_the_same_lines_on_every_day() -> None:
    first, *others = [_closed(day) for day in DAYS]
    assert first.height > 50_000
    assert set(first["flow"].unique()) == {"sell_in", "sell_through", "sell_out"}
    assert all(first.equals(other) for other in others)


@pytest.mark.parametrize("today", DAYS)
def test_nothing_recorded_after_today_is_known_today(today: date) -> None:
    channel = DemoChannel(today)
    known = channel.known_lines()
    assert known["recorded_on"].max() == today or known["recorded_on"].max() < today  # type: ignore[operator]
    assert (known["sold_on"] <= known["recorded_on"]).all()


def test_the_feed_releases_every_held_back_line_once() -> None:
    channel, today = DemoChannel(DAYS[4]), DAYS[4]
    days = [today + timedelta(n) for n in range(1, 150)]
    fed = pl.concat([channel.lines_recorded(day - timedelta(1), day) for day in days])
    assert fed.height == channel.lines.height - channel.known_lines().height > 5_000
    assert fed["external_id"].n_unique() == fed.height


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
def test_tickets_keep_their_month_and_their_order(shift: Shift) -> None:
    days = sorted({line.sold_on for line in tickets()} | {line.recorded_on for line in tickets()})
    moved = [shift.ticket_day(day) for day in days]
    assert moved == sorted(moved)
    assert all(
        quarter_start(new) == add_quarters(quarter_start(old), shift.quarters)
        for old, new in zip(days, moved, strict=True)
    )
