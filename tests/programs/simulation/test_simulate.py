"""A plan tried on real history: what it would have paid, and that trying the plan in force repeats what was posted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput
from portal.engine.plan import parse_plan
from portal.programs.definitions.models import Program
from portal.programs.definitions.services import publish_version
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup, ProgramRun
from portal.programs.simulation.calculation import read_history, try_plans
from portal.programs.simulation.commands import simulate
from portal.programs.simulation.figures import earning_rows, people_of
from portal.programs.simulation.spans import Span, last_closed, whole_periods
from portal.programs.simulation.summary import summarize
from portal.programs.statements import exports
from tests.people import viewer_of
from tests.programs.shop_year import GROWTH_PLAN, TODAY, VOLUME, closed_quarter, volume_plan

Q3 = Span(dt.date(2026, 7, 1), dt.date(2026, 10, 1))


def _rows(text: str, span: Span = Q3) -> list[dict[str, str | None]]:
    plan = parse_plan(text)
    outcome = try_plans([plan], read_history([plan], span))[0]
    return earning_rows(outcome.own, plan, people_of([outcome.own]))


def test_the_plan_in_force_over_a_closed_quarter_is_what_was_posted_to_the_cent(db: object) -> None:
    closed_quarter()
    for text in (volume_plan(), GROWTH_PLAN):
        code = parse_plan(text).code
        posted = [row for row in exports.earnings(code).to_dicts() if row["period_start"] == "2026-07-01"]
        found = [{**row, "period_end": "2026-10-01"} for row in _rows(text)]
        assert [row for row in found if row["earned"] != "0.00"] == [row for row in posted if row["earned"] != "0.00"]
        assert any(row["earned"] != "0.00" for row in found)


def test_a_draft_of_the_future_is_tried_on_the_past_as_if_it_had_been_in_force(db: object) -> None:
    closed_quarter()
    rows = _rows(volume_plan("whole", "2027-01-01"))
    assert {row["participant"]: row["earned"] for row in rows}["AW00000290"] == "80.87"


def test_winners_and_losers_are_counted_against_the_version_in_force(db: object) -> None:
    closed_quarter()
    plan = parse_plan(volume_plan("whole", "2027-01-01"))
    found = summarize(try_plans([plan], read_history([plan], Q3))[0], Q3)
    assert (found["winners"], found["losers"], found["same"]) == (1, 0, 0)
    assert found["cost"] - found["current"] == found["won"]


def test_several_drafts_of_one_program_are_tried_beside_each_other(db: object) -> None:
    closed_quarter()
    plans = [parse_plan(text) for text in (volume_plan("whole", "2027-01-01"), volume_plan(), GROWTH_PLAN)]
    found = [summarize(one, Q3)["cost"] for one in try_plans(plans, read_history(plans, Q3))]
    alone = [summarize(try_plans([plan], read_history([plan], Q3))[0], Q3)["cost"] for plan in plans]
    assert found == alone


def test_a_budget_that_stops_keeps_what_it_let_through(db: object) -> None:
    channel = closed_quarter()
    text = """
code: stopping
name: Until the money is gone
kind: rebate
effective: {from: 2026-07-01, until: 2027-01-01}
period: quarter
pay: {in: USD}
budget: {amount: 20, when_reached: stop}
components: [{code: all, method: percent, percent: 1}]
"""
    with clock.frozen(TODAY):
        with transaction():
            by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
            publish_version(text, by=by, approved_by=approver)
        run_full()
    plan = parse_plan(text)
    outcome = try_plans([plan], read_history([plan], Q3))[0]
    query = select(func.sum(EarnedGroup.posted)).where(EarnedGroup.period_start == Q3.since)
    query = query.join(Program, Program.id == EarnedGroup.program_id).where(Program.code == "stopping")
    assert summarize(outcome, Q3)["cost"] == session.scalar(query) == 2_000


def test_a_window_before_the_program_began_is_tried_as_if(db: object) -> None:
    closed_quarter()
    year_before = Span(dt.date(2025, 7, 1), dt.date(2025, 10, 1))
    assert (
        _rows(volume_plan().replace("[Accessories, Clothing]", "[Components]"), year_before)[0]["measure"] == "3318.90"
    )


def test_the_newest_whole_period_is_offered_first() -> None:
    plan = parse_plan(volume_plan())
    assert last_closed(plan, dt.date(2026, 11, 16)) == Q3
    assert whole_periods(plan, Q3)
    assert not whole_periods(plan, Span(dt.date(2026, 7, 2), dt.date(2026, 10, 1)))


def _run(arguments: list[str]) -> str:
    with clock.frozen(TODAY):
        done = CliRunner().invoke(simulate, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_rows_and_cost_and_writes_nothing(db: object, tmp_path: Path) -> None:
    closed_quarter()
    file = tmp_path / "plan.yaml"
    file.write_text(volume_plan("whole", "2027-01-01"), encoding="utf-8")
    before = session.scalar(select(func.count(ProgramRun.id))), session.scalar(select(func.sum(EarnedGroup.earned)))
    dates = ["--from", "2026-07-01", "--until", "2026-10-01"]
    found = json.loads(_run([str(file), *dates, "--json"]))
    assert found["cost"] == {"USD": "80.87"}
    assert found["against"] == {"program": VOLUME, "cost": {"USD": "46.37"}}
    assert [row["earned"] for row in found["earnings"]] == ["80.87"]
    words = _run([str(file), *dates])
    assert "1 win, 0 lose" in words
    assert "unchanged behavior" in words
    session.rollback()
    assert before == (
        session.scalar(select(func.count(ProgramRun.id))), session.scalar(select(func.sum(EarnedGroup.earned)))
    )  # fmt: skip


def test_a_window_turned_round_or_an_unknown_program_is_refused_in_words(db: object, tmp_path: Path) -> None:
    closed_quarter()
    file = tmp_path / "plan.yaml"
    file.write_text(volume_plan(), encoding="utf-8")
    for arguments, said in (
        (["--from", "2026-10-01", "--until", "2026-07-01"], "ends before it starts"),
        (["--from", "soon", "--until", "2026-07-01"], "is no day"),
        (["--from", "2026-07-01", "--until", "2026-10-01", "--against", "nothing"], "no published program"),
    ):
        done = CliRunner().invoke(simulate, [str(file), *arguments])
        assert isinstance(done.exception, InvalidInput)
        assert said in done.exception.sentence
