"""The bands of a running period beside what the what-if expected: an alarm while something can still be done."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from portal.core import clock
from portal.programs.simulation.jobs import run_waiting_simulations
from portal.programs.simulation.reached import Place, bands_beside, far_off
from tests.programs.shop_year import TODAY, VOLUME, closed_quarter
from tests.programs.test_studio import As, get


@pytest.mark.parametrize(
    ("reached", "expected", "share", "told"),
    [
        (31, 20, "0.1", "more"),  # half as many again is told at once
        (30, 20, "0.1", ""),
        (4, 1, "0.5", ""),  # few prove nothing
        (3, 20, "0.5", ""),  # too few only when most of the period is over
        (3, 20, "0.7", "fewer"),
        (7, 20, "0.7", ""),
        (0, 6, "0.7", ""),
        (9, 0, "0.2", "more"),
    ],
)
def test_what_is_far_from_the_forecast_is_told_in_time(reached: int, expected: int, share: str, told: str) -> None:
    assert far_off(reached, Decimal(expected), Decimal(share)) == told


def test_who_stands_higher_has_reached_the_lower_bands_too() -> None:
    places: list[Place] = [("volume", None, 3), ("volume", "500", 4), ("volume", "1800", 2)]
    found = bands_beside(places, {("volume", "4500"): Decimal("1.4")}, Decimal("0.1"), known=True)
    assert [(one.edge, one.reached, one.expected) for one in found] == [("500", 6, 0), ("1800", 2, 0), ("4500", 0, 1)]
    assert [one.off for one in found] == ["more", "", ""]
    assert [one.expected for one in bands_beside(places, {}, Decimal("0.1"), known=False)] == [None, None]


@pytest.mark.one_database
def test_a_running_program_shows_its_bands_and_after_a_what_if_the_expected_ones(app: Flask, as_: As) -> None:
    manager = as_(closed_quarter().cast.channel_manager)
    page = " ".join(get(manager, f"/programs/{VOLUME}").split())
    assert "Bands so far" in page
    assert '<td>volume from 1,800</td><td class="num">1</td>' in page
    assert "to see beside it what was to be expected" in page
    with clock.frozen(TODAY):
        asked = manager.post(
            f"/programs/{VOLUME}/simulations/new",
            data={"what": "version-1", "since": "2026-07-01", "until": "2026-10-01", "against": ""},
        )
        assert asked.status_code == 303
        assert run_waiting_simulations() == 1
    page = " ".join(get(manager, f"/programs/{VOLUME}").split())
    assert '<td>volume from 1,800</td><td class="num">1</td><td class="num">1</td>' in page
    assert asked.headers["Location"] in page
