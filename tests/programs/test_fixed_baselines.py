"""Baselines that are fixed at the opening: written once, seen and acknowledged, moved by no late return."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.engine.errors import CalculationError
from portal.engine.frames import TARGET_SCALE, Facts
from portal.engine.periods import Program as EngineProgram
from portal.engine.pipeline import calculate
from portal.jobs.outbox import deliver_waiting
from portal.notifications.models import SentMail
from portal.partners.mergers.queries import list_mergers_of
from portal.partners.mergers.services import record_merger
from portal.partners.organizations.models import Partner
from portal.programs.definitions.models import Program
from portal.programs.definitions.services import publish_version
from portal.programs.mergers.services import merge_partners, undo_merger
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup
from portal.programs.target_sheets import freezing
from portal.programs.target_sheets.freezing import fix_baselines
from portal.programs.target_sheets.models import TargetNotice
from portal.programs.targets.models import Target
from portal.reactions import REACTIONS
from tests.people import fresh, viewer_of
from tests.programs.shop_year import Q4, Channel, open_channel
from tests.programs.test_participation import As, read

NEXT_YEAR = dt.date(2027, 1, 1)
FIXED = """
code: fixed-growth
name: Growth with a fixed baseline
kind: growth
effective: {from: 2026-10-01}
period: quarter
pay: {in: USD}
qualify: {categories: [Accessories, Clothing]}
components:
  - {code: growth, method: growth, scope: excess, baseline: {freeze: at_open}, bands: [{from: 110, percent: 10}]}
"""
EARLY, BEFORE, AFTER = "2026-09-10T00:15", "2026-09-20T00:15", "2026-10-05T00:15"
PAGE = "/my-programs/fixed-growth/targets"


@pytest.fixture
def channel(app: Flask) -> Channel:
    """1,000.00 in the fourth quarter of last year, 200.00 of them in a year's first; growth is paid from October on."""
    channel = open_channel()
    channel.arrive(
        "2026-08-01T09:00",
        channel.line("OLD-1", "LJ-0192", "2025-11-03", 100_000),
        channel.line("OLD-2", "BK-R19B", "2025-11-03", 700_000),
        channel.line("OLD-3", "LJ-0192", "2026-01-20", 20_000),
    )
    with clock.frozen("2026-08-15T09:00"), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(FIXED, by=by, approved_by=approver)
    return channel


def _fix(at: str) -> int:
    with clock.frozen(at):
        return fix_baselines()


def _fixed() -> list[tuple[str, dt.date, int]]:
    rows = [(row.measure, row.period_start, row.target) for row in session.scalars(select(Target).order_by(Target.id))]
    session.rollback()
    return rows


def _earned() -> tuple[int | None, int]:
    """The shop's baseline and what is posted for the fourth quarter."""
    query = select(EarnedGroup.baseline, EarnedGroup.posted).join(Program, Program.id == EarnedGroup.program_id)
    query = query.where(Program.code == "fixed-growth")
    found = session.execute(query.where(EarnedGroup.period_start == Q4)).one()
    session.rollback()
    return found[0], found[1]


def test_a_baseline_is_written_once_shortly_before_its_period(channel: Channel) -> None:
    assert _fix(EARLY) == 0
    assert _fix(BEFORE) == 1
    assert _fixed() == [("baseline:fixed-growth/growth", Q4, 10_000_000)]
    assert _fix(BEFORE) == 0
    assert _fix(AFTER) == 0
    assert _fix("2026-12-20T00:15") == 1
    assert _fixed()[1:] == [("baseline:fixed-growth/growth", NEXT_YEAR, 2_000_000)]


def test_a_late_return_after_the_opening_does_not_move_it(channel: Channel) -> None:
    _fix(BEFORE)
    channel.arrive(AFTER, channel.line("NEW-1", "LJ-0192", "2026-10-02", 150_000))
    assert _earned() == (100_000, 5_000)
    back = channel.line("OLD-1-R", "LJ-0192", "2026-10-04", -50_000, quantity=-1, origin_on=dt.date(2025, 11, 3))
    channel.arrive("2026-10-06T09:00", back)
    _fix("2026-10-07T00:15")
    with clock.frozen("2026-10-07T09:00"):
        run_full()
    assert _earned() == (100_000, 5_000)


def test_a_period_that_is_open_without_one_gets_it_and_is_calculated_again(channel: Channel) -> None:
    channel.arrive("2026-10-04T09:00", channel.line("NEW-1", "LJ-0192", "2026-10-02", 150_000))
    assert _earned() == (None, 0)
    with clock.frozen(AFTER):
        assert fix_baselines() == 1
        while deliver_waiting(REACTIONS):
            pass
    assert _earned() == (100_000, 5_000)


def test_a_shop_that_was_merged_adds_its_baseline(channel: Channel) -> None:
    cast = channel.cast
    channel.arrive("2026-08-20T09:00", channel.line("RIVAL-1", "LJ-0192", "2025-12-01", 30_000, cast.rival_shop))
    with clock.frozen("2026-08-21T09:00"), transaction():
        record_merger(
            fresh(cast.rival_shop), fresh(cast.shop), valid_from=dt.date(2026, 9, 1), reason="one owner",
            by=viewer_of(cast.channel_manager),
        )  # fmt: skip
    assert _fix(BEFORE) == 1
    assert _fixed() == [("baseline:fixed-growth/growth", Q4, 13_000_000)]


def _values() -> dict[str, int]:
    """The fixed baselines in force of the fourth quarter, in whole dollars, by partner's code."""
    rows = session.execute(
        select(Partner.code, Target.target)
        .join(Partner, Partner.id == Target.participant_id)
        .where(Target.period_start == Q4)
        .order_by(Target.seq, Target.id)
    ).all()
    session.rollback()
    return {code: target // TARGET_SCALE for code, target in rows}


def _merge(channel: Channel, day: dt.date, at: str) -> None:
    cast = channel.cast
    with clock.frozen(at), transaction():
        merge_partners(
            fresh(cast.rival_shop), fresh(cast.shop), valid_from=day, reason="one owner",
            by=viewer_of(cast.channel_manager),
        )  # fmt: skip


def test_a_shop_that_is_merged_later_adds_its_fixed_baseline_and_an_undoing_takes_it_back(channel: Channel) -> None:
    cast = channel.cast
    shop, rival = cast.shop.code, cast.rival_shop.code
    early = channel.line("RIVAL-0", "LJ-0192", "2025-10-10", 10_000, cast.rival_shop)
    late = channel.line("RIVAL-1", "LJ-0192", "2025-12-01", 30_000, cast.rival_shop)
    channel.arrive("2026-08-20T09:00", early, late)
    _fix(BEFORE)
    assert _values() == {shop: 1_000, rival: 400}
    back = channel.line(
        "RIVAL-1-R", "LJ-0192", "2026-10-04", -30_000, cast.rival_shop, quantity=-1, origin_on=dt.date(2025, 12, 1)
    )
    channel.arrive("2026-10-04T09:00", channel.line("NEW-1", "LJ-0192", "2026-10-02", 190_000), back)
    _merge(channel, Q4, "2026-10-05T09:00")
    assert _values() == {shop: 1_400, rival: 0}, "a return after the opening moves nothing"
    assert _earned_of(shop) == (140_000, 5_000)
    with clock.frozen("2026-10-06T09:00"), transaction():
        undo_merger(list_mergers_of(cast.rival_shop.id)[0], reason="a mistake", by=viewer_of(cast.channel_manager))
    assert _values() == {shop: 1_000, rival: 400}
    assert _earned_of(shop) == (100_000, 9_000)


def test_a_merger_inside_the_period_adds_the_baseline_from_its_day_on(channel: Channel) -> None:
    cast = channel.cast
    early = channel.line("RIVAL-0", "LJ-0192", "2025-10-10", 10_000, cast.rival_shop)
    late = channel.line("RIVAL-1", "LJ-0192", "2025-12-01", 30_000, cast.rival_shop)
    channel.arrive("2026-08-20T09:00", early, late)
    _fix(BEFORE)
    _merge(channel, dt.date(2026, 11, 10), "2026-11-12T09:00")
    assert _values() == {cast.shop.code: 1_300, cast.rival_shop.code: 100}
    notices = session.scalars(select(TargetNotice.target).order_by(TargetNotice.id)).all()
    session.rollback()
    assert [target // TARGET_SCALE for target in notices[-2:]] == [1_300, 100]


def _earned_of(code: str) -> tuple[int | None, int]:
    query = (
        select(EarnedGroup.baseline, EarnedGroup.posted)
        .join(Program, Program.id == EarnedGroup.program_id)
        .join(Partner, Partner.id == EarnedGroup.participant_id)
        .where(Program.code == "fixed-growth", EarnedGroup.period_start == Q4, Partner.code == code)
    )
    found = session.execute(query).one()
    session.rollback()
    return found[0], found[1]


def test_the_partner_sees_its_baseline_before_the_period_and_acknowledges_it(
    app: Flask, channel: Channel, as_: As
) -> None:
    with clock.frozen(BEFORE):
        with app.app_context():
            fix_baselines()
            while deliver_waiting(REACTIONS):
                pass
        assert session.query(OutboxRow).filter_by(fact="BaselinesFixed").count() == 1
        subjects = session.scalars(select(SentMail.subject).where(SentMail.address == "partner@demo.example")).all()
        session.rollback()
        assert "Growth with a fixed baseline: your baseline" in subjects
        admin = as_(channel.cast.partner_admin)
        shown = admin.get(PAGE).text
        for told in (
            "Targets and baselines",
            "Baseline, period from 1 October 2026",
            "1,000 USD",
            "later returns do not move it",
        ):
            assert told in shown, told
        number = session.scalars(select(TargetNotice.id)).one()
        session.rollback()
        assert admin.post(f"{PAGE}/{number}/acknowledge").status_code == 303
        assert "Acknowledged" in admin.get(PAGE).text
    assert PAGE in read(admin, "/my-programs/fixed-growth")


def test_what_cannot_be_calculated_is_told_and_keeps_no_other_waiting(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.frozen("2026-08-16T09:00"), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(FIXED.replace("fixed-growth", "a-first"), by=by, approved_by=approver)

    def fails_for_one(programs: list[EngineProgram], facts: Facts) -> pl.DataFrame:
        if programs[0].code == "a-first":
            raise CalculationError("There is no rate.")
        return calculate(programs, facts)

    monkeypatch.setattr(freezing, "calculate", fails_for_one)
    with pytest.raises(CalculationError, match="no rate"):
        _fix(BEFORE)
    assert [measure for measure, _, _ in _fixed()] == ["baseline:fixed-growth/growth"]
