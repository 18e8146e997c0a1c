"""The walk: twelve steps through a real browser, as a person would go them (`/tour` in the demo).

Each run builds a demo of its own and goes all twelve steps. Today's is also looked at: axe in both themes, nothing
wider than the screen, pictures. On three other days (the first of a quarter, a 29 February, the night the clocks
change; every night also a 31 December) the same numbers must stand. On the first two business days of a quarter the
shop has no order yet, so step 9 reads the closed quarter only.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from portal.demo.calendar import business_day, quarter_start
from tests.journeys import walk_books as books
from tests.journeys import walk_desk as desk
from tests.journeys import walk_seller as phone
from tests.journeys.demo_server import build_demo, running_demo
from tests.journeys.walk_stage import Stage
from tests.support.browser import open_browser

OTHER_DAYS = {
    "the first of a quarter": ("2027-01-01T10:00", "UTC"),
    "a 29 February": ("2028-02-29T10:00", "UTC"),
    "the day the clocks change": ("2027-03-28T10:00", "Europe/Berlin"),
}
if os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
    OTHER_DAYS["a 31 December"] = ("2026-12-31T10:00", "UTC")


def walk(stage: Stage, today: dt.date) -> None:
    """All twelve steps in their order; the phone of step 6 was left alone since step 4."""
    outlook = today >= _third_business_day(quarter_start(today))
    phone.step_1_the_terminal_names_everything(stage)
    phone.step_2_the_seller_sees_how_far_it_is(stage)
    phone.step_3_a_sale_is_claimed(stage)
    phone.step_4_the_same_again_is_refused(stage)
    approved_at = desk.step_5_the_claim_is_read_and_approved(stage)
    phone.step_6_it_lands_on_the_untouched_phone(stage, approved_at)
    desk.step_5_the_rest_of_the_queue(stage)
    phone.step_7_why_160(stage)
    phone.step_8_stars_are_spent(stage)
    books.step_9_the_shops_own_money(stage, today, outlook=outlook)
    books.step_10_late_data(stage, today)
    books.step_11_the_books_foot(stage, today)
    books.step_12_it_can_be_proved(stage, today)
    phone.the_tour_has_ticked_every_step(stage)


def go(folder: Path, moment: str | None, zone: str = "UTC", *, looks: bool) -> None:
    """Build a demo at a moment, serve it, walk through it; the browser must not have complained."""
    data, pictures = folder / "demo", folder / "pictures"
    pictures.mkdir()
    build_demo(data, moment, zone)
    today = dt.date.fromisoformat(moment[:10]) if moment else dt.datetime.now(dt.UTC).date()
    with running_demo(data, moment, zone) as server, open_browser() as browser:
        stage = Stage(server, browser, pictures, looks)
        walk(stage, today)
    assert not stage.complaints, "\n".join(stage.complaints)


def _third_business_day(start: dt.date) -> dt.date:
    return business_day(start.year, start.month, 3)


@pytest.mark.xdist_group("the walk today")
@pytest.mark.journey
def test_the_twelve_steps_work_today_and_every_page_is_fit_to_be_seen(tmp_path: Path) -> None:
    go(tmp_path, None, looks=True)


@pytest.mark.journey
@pytest.mark.parametrize(("moment", "zone"), OTHER_DAYS.values(), ids=OTHER_DAYS)
def test_the_twelve_steps_show_the_same_numbers_on_any_day(tmp_path: Path, moment: str, zone: str) -> None:
    go(tmp_path, moment, zone, looks=False)
