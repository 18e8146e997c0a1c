"""Contests: nothing before the end, everybody ranked together, final at the lock."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.programs.runs.explanations import explain
from portal.programs.runs.jobs import close_periods, run_full
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.services import run_for
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish, sell

RACE = """
code: race
name: Summer race
kind: contest
effective: {from: 2026-07-01, until: 2026-10-01}
period: quarter
pay: {in: USD}
components:
  - {code: race, method: rank, measure: units, prizes: {1: 500, 2: 300}}
"""
Q3 = dt.date(2026, 7, 1)


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        made = make_channel()
        publish(made, RACE)
        sell(made, "WB-1", 5, 5000, "2026-07-14")
        sell(made, "WB-1", 4, 5000, "2026-07-15", partner=made.rival)
        yield made


def prizes() -> dict[int, tuple[int, str | None]]:
    query = select(EarnedGroup).where(EarnedGroup.component == "race")
    return {group.participant_id: (group.earned, group.band) for group in session.scalars(query)}


def test_a_contest_shows_ranks_and_pays_when_it_is_over(channel: Channel) -> None:
    run_full(program_code="race")
    assert prizes() == {channel.shop.id: (0, "1"), channel.rival.id: (0, "2")}
    with clock.frozen("2026-10-01T10:00"):
        run_full(program_code="race")
        session.expire_all()
        assert prizes() == {channel.shop.id: (50_000, "1"), channel.rival.id: (30_000, "2")}


def test_one_sale_ranks_everybody_anew(channel: Channel) -> None:
    run_full(program_code="race")
    sell(channel, "WB-1", 3, 5000, "2026-07-16", partner=channel.rival)
    with transaction():
        run_for(partner_ids={channel.rival.id}, reason="a sale", by=SYSTEM, days=(Q3, Q3))
    session.expire_all()
    assert prizes() == {channel.shop.id: (0, "2"), channel.rival.id: (0, "1")}


def test_a_result_is_final_when_the_period_is_locked(channel: Channel) -> None:
    with clock.frozen("2026-10-02T10:00"):
        close_periods()
    with clock.frozen("2026-10-05T10:00"):
        sell(channel, "WB-1", 9, 5000, "2026-07-16", partner=channel.rival)
        run_full(program_code="race")
        assert prizes() == {channel.shop.id: (50_000, "1"), channel.rival.id: (30_000, "2")}
        told = explain("race", "partner", channel.rival.id, "RIVAL", Q3)
    (one,) = told.components
    assert (told.earned, one.sentence) == (30_000, "Rank 2 of 2: 300.00 USD.")
    assert [line.fact.reason for line in one.not_counted] == ["arrived after the result"]
    assert [line.fact.share for line in one.counted] == [30_000]
