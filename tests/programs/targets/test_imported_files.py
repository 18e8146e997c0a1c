"""Targets and activities as files, by command and in the browser: what they are for is paid at once."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.outbox import deliver_waiting
from portal.partners.organizations.models import Partner
from portal.programs.definitions.services import publish_version
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup, ProgramRun
from portal.programs.targets import services
from portal.programs.targets.models import Target
from portal.reactions import REACTIONS
from portal.sales.activities.models import Activity
from portal.sales.commands import import_
from portal.sales.imports.models import ImportJob, ImportState
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, Channel, closed_quarter
from tests.programs.test_participation import SHOP, As

QUOTA = """
code: quota
name: Accessories quota
kind: bonus
effective: {from: 2026-01-15}
period: quarter
pay: {in: USD}
qualify: {categories: [Accessories, Clothing]}
components:
  - {code: reach, method: attainment, measure: revenue, scope: whole, bands: [{from: 100, percent: 2}]}
  - {code: trained, method: milestone, measure: 'activity:trainings', at: 2, amount: 25}
"""
TARGETS = "participant,measure,period_start,target\n" + f"{SHOP},revenue,2026-10-01,4000\n"
ACTIVITIES = "external_id,participant,metric,quantity,done_on\n" + f"T1,{SHOP},trainings,2,2026-11-02\n"


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))


def _channel() -> Channel:
    """The shop has sold 4,045.00 in the running quarter; its quota has no target yet."""
    channel = closed_quarter()
    with clock.frozen(TODAY):
        with transaction():
            by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
            publish_version(QUOTA, by=by, approved_by=approver)
        run_full(program_code="quota")
        _delivered()
    return channel


def _delivered() -> None:
    while deliver_waiting(REACTIONS):
        pass


def _import(kind: str, text: str, folder: Path, *options: str) -> Result:
    path = folder / f"{kind}.csv"
    path.write_text(text)
    with clock.frozen(TODAY):
        result = CliRunner().invoke(import_, [kind, str(path), "--source", "crm", *options], catch_exceptions=False)
        _delivered()
    return result


def _paid(component: str) -> int:
    """What the shop is posted for a component of the quota since October."""
    query = select(EarnedGroup.posted).join(Partner, Partner.id == EarnedGroup.participant_id)
    query = query.where(Partner.code == SHOP, EarnedGroup.component == component)
    found = session.scalars(query.where(EarnedGroup.period_start == dt.date(2026, 10, 1))).all()
    session.rollback()
    return sum(found)


@pytest.mark.parametrize(
    ("kind", "text", "component", "amount"),
    [("targets", TARGETS, "reach", 8_090), ("activities", ACTIVITIES, "trained", 2_500)],
)
def test_a_file_on_the_command_line_is_paid_at_once(
    app: Flask, tmp_path: Path, kind: str, text: str, component: str, amount: int
) -> None:
    _channel()
    assert _paid(component) == 0
    assert "new               1" in _import(kind, text, tmp_path, "--dry-run").output
    assert _paid(component) == 0
    assert _import(kind, text, tmp_path).exit_code == 0
    assert _paid(component) == amount
    runs = session.query(ProgramRun).count()
    session.rollback()
    assert "same              1" in _import(kind, text, tmp_path).output
    assert session.query(ProgramRun).count() == runs


def test_a_wrong_line_is_listed_and_the_others_come_in(app: Flask, tmp_path: Path) -> None:
    _channel()
    result = _import("targets", f"{TARGETS}NOBODY,revenue,2026-10-01,1\n", tmp_path)
    assert "error             1" in result.output
    assert (tmp_path / "targets.csv.errors.csv").read_text().splitlines()[1:] == [
        "3,participant,NOBODY,There is no partner NOBODY."
    ]
    assert _paid("reach") == 8_090


@pytest.mark.parametrize(
    ("kind", "text", "model"), [("targets", TARGETS, Target), ("activities", ACTIVITIES, Activity)]
)
def test_a_file_comes_in_through_the_browser(
    app: Flask, as_: As, kind: str, text: str, model: type[Target | Activity]
) -> None:
    manager = as_(_channel().cast.channel_manager)
    with clock.frozen(TODAY):
        form = {"kind": kind, "source": "crm", "flow": "sell_in", "mode": "add"}
        file = (io.BytesIO(text.encode()), f"{kind}.csv")
        place = manager.post("/imports/upload", data=form | {"file": file}).location
        shown = manager.get(place).text
        assert f"{kind}.csv" in shown
        assert session.query(model).count() == 0
        session.rollback()
        assert manager.post(f"{place}/confirm").status_code in (200, 303)
    assert session.query(model).count() == 1
    assert session.query(ImportJob).one().state == ImportState.DONE


def test_very_many_targets_are_calculated_in_one_full_run(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _channel()
    monkeypatch.setattr(services, "MOST_NAMED", 0)
    _import("targets", TARGETS, tmp_path)
    assert _paid("reach") == 8_090
    last = session.scalars(select(ProgramRun).order_by(ProgramRun.id.desc())).first()
    assert last is not None
    assert last.scope == "full"
