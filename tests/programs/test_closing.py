"""The period desk: states, what came late, calculating now, closing with a checklist and a second look."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.claims.waiting import count_waiting_claims
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.engine.errors import CalculationError
from portal.programs.closing import queries
from portal.programs.closing.jobs import run_waiting_calculations
from portal.programs.closing.models import CalculationTask
from portal.programs.definitions.models import Program
from portal.programs.exceptions.models import ProgramException
from portal.programs.runs import jobs
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import ProgramPeriod
from portal.sales.imports.models import ImportJob
from portal.sales.journal.models import JournalBatch, SaleLine
from tests.programs.shop_year import (
    BEFORE,
    GROWTH,
    OCTOBER,
    VOLUME,
    Channel,
    closed_quarter,
    open_channel,
    racks_come_back,
)
from tests.programs.test_participation import SHOP, As, read

Q3 = f"/periods/{VOLUME}/2026-07-01"
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


def _due() -> Channel:
    """The third quarter is over and calculated, and nobody has closed it."""
    channel = open_channel()
    channel.arrive(BEFORE, channel.line("SO61195-2", "LJ-0192", "2026-08-14", 180_577, quantity=20))
    with clock.frozen(OCTOBER):
        run_full()
    _delivered()
    return channel


def _delivered() -> None:
    """As if the worker had told everybody."""
    with transaction():
        for row in session.scalars(select(OutboxRow).where(OutboxRow.delivered_at.is_(None))):
            row.delivered_at = clock.now()


def _at(client: FlaskClient, address: str, status: int = 200) -> str:
    with clock.frozen(OCTOBER):
        answer = client.get(address)
    assert answer.status_code == status, answer.text[-600:]
    return " ".join(answer.text.split())


@pytest.mark.one_database
def test_all_periods_of_all_programs_stand_in_one_table(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    page = read(as_(channel.cast.finance), "/periods")
    for told in ("Accessories and clothing volume rebate", "Parts growth bonus", "Helmet sprint", "Locked", "Open"):
        assert told in page, told
    locked = read(as_(channel.cast.finance), f"/periods?state=locked&program={VOLUME}&q=2026-07")
    assert "1 line, 1 adjustment of" in locked
    assert "−8.64" in locked
    assert "No period fits" in read(as_(channel.cast.auditor), "/periods?q=nothing-like-it")


@pytest.mark.one_database
def test_a_locked_period_tells_what_came_later_and_is_never_opened(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    page = read(as_(channel.cast.finance), Q3)
    for told in ("Posted after the lock", "Friendly Bike Shop", "−8.64", "SO61195-19-R1", "never opened again",
                 "Ask for an exception"):  # fmt: skip
        assert told in page, told
    with clock.frozen(OCTOBER):
        closed = as_(channel.cast.finance).post(f"{Q3}/close", data={"seen": "x"})
    assert closed.status_code == 409
    assert "never opened again" in closed.text


def test_the_desk_counts_what_the_lines_themselves_say(app: Flask) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    channel.arrive(OCTOBER, channel.line("SO79999-1", "LJ-0192", "2026-09-02", 5_000))
    moved = channel.line("SO79999-2", "LJ-0192", "2026-10-02", -5_000, quantity=-1, origin_on=dt.date(2026, 9, 2))
    channel.arrive(OCTOBER, moved)
    lines = session.execute(
        select(SaleLine, JournalBatch.recorded_at).join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
    ).all()
    with clock.frozen(OCTOBER):
        shown = queries.with_figures(queries.list_rows())
    assert any(row.late for row in shown)
    for row in shown:
        mine = [at for line, at in lines if line.flow == row.flow and _is_of(line, row)]
        late = [at for at in mine if at >= row.ended_at]
        assert (row.lines, row.late) == (len(mine), len(late)), row


def _is_of(line: SaleLine, row: queries.PeriodRow) -> bool:
    """A linked return belongs to the days of its sale; anything else must be sold in them, too."""
    days = [line.origin_on] if line.returns_line_id else [line.origin_on, line.sold_on]
    return all(row.start <= day < row.end for day in days)


def test_a_due_period_is_locked_after_a_second_look(app: Flask, as_: As) -> None:
    channel = _due()
    client = as_(channel.cast.channel_manager)
    assert "Look at what will be locked" in _at(client, Q3)
    look = _at(client, f"{Q3}/close")
    assert "Friendly Bike Shop" in look
    assert "37.73" in look
    seen = SEEN.search(look)
    assert seen, look
    with clock.frozen(OCTOBER):
        stale = client.post(f"{Q3}/close", data={"seen": "0" * 64})
        assert stale.status_code == 409
        assert "figures have changed" in stale.text
        done = client.post(f"{Q3}/close", data={"seen": seen[1]})
    assert done.status_code == 303
    page = _at(client, Q3)
    assert "Locked by" in page
    assert "Tess Moran" in page
    with clock.frozen(OCTOBER):
        assert "is locked already" in client.get(f"{Q3}/close").text


def test_what_only_waits_is_told_and_keeps_no_period_open(app: Flask, as_: As) -> None:
    channel = _due()
    client, cast = as_(channel.cast.finance), channel.cast
    with clock.frozen(OCTOBER):
        client.post("/exceptions/ask", data={
            "period": f"{VOLUME}/2026-07-01", "participant": SHOP, "amount": "5", "dated": "2026-09-30",
            "reason": "Agreed at the fair",
        })  # fmt: skip
        with transaction():
            session.add(ImportJob(kind="sales", source="pos", filename="a.csv", path="a", folder="b", file_digest="c",
                                  by_person_id=cast.admin.id, created_at=clock.now()))  # fmt: skip
    look = _at(client, f"{Q3}/close")
    assert "1 sales import waits" in look
    assert "1 exception of it waits for a second person" in look
    assert "What is decided after the lock becomes an adjustment." in look
    seen = SEEN.search(look)
    assert seen, "the button to lock is there"
    with clock.frozen(OCTOBER):
        assert client.post(f"{Q3}/close", data={"seen": seen[1]}).status_code == 303
    with transaction():
        assert session.scalars(select(ProgramPeriod.state).where(ProgramPeriod.locked_at.is_not(None))).one()
        assert session.scalars(select(ProgramException)).one()


def test_the_hourly_job_and_the_desk_agree_on_what_keeps_a_period_open(
    app: Flask, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = open_channel()
    channel.arrive(BEFORE, channel.line("SO61195-2", "LJ-0192", "2026-08-14", 180_577, quantity=20))
    real, refusal = jobs.run_full, CalculationError("There is no exchange rate from EUR to USD on 2026-08-14.")

    def no_rate_for_volume(*, program_code: str | None = None, reason: str = "") -> object:
        if program_code in (None, VOLUME):
            raise refusal
        return real(program_code=program_code, reason=reason)

    manager = as_(channel.cast.channel_manager)
    with clock.frozen(OCTOBER):
        monkeypatch.setattr(jobs, "run_full", no_rate_for_volume)
        with pytest.raises(CalculationError):
            jobs.close_periods()
        query = select(Program.code).join(ProgramPeriod, ProgramPeriod.program_id == Program.id)
        locked = set(session.scalars(query.where(ProgramPeriod.locked_at.is_not(None))))
        assert GROWTH in locked, "one that cannot be calculated keeps no other one waiting"
        assert VOLUME not in locked
        session.rollback()
        assert "The portal could not lock" in manager.get("/").text
        assert "Not calculated since its end" in manager.get(Q3).text
        monkeypatch.undo()
        assert jobs.close_periods() > 0
        assert "The portal could not lock" not in manager.get("/").text
        assert "Locked by" in manager.get(Q3).text


@pytest.mark.one_database
def test_a_period_that_runs_or_was_not_calculated_cannot_be_closed(app: Flask, as_: As) -> None:
    channel = open_channel()
    client = as_(channel.cast.finance)
    with clock.frozen(OCTOBER):
        early = client.post(f"/periods/{VOLUME}/2026-10-01/close", data={"seen": "x"})
        bare = client.post(f"{Q3}/close", data={"seen": "x"})
    assert "The grace is not over" in early.text
    assert early.status_code == bare.status_code == 409
    assert "Not calculated since its end" in bare.text


def test_calculating_now_is_worked_off_with_progress(app: Flask, as_: As) -> None:
    channel = _due()
    client = as_(channel.cast.finance)
    with clock.frozen(OCTOBER):
        assert client.post(f"{Q3}/calculate").status_code == 303
        client.post(f"{Q3}/calculate")
        with transaction():
            task = session.scalars(select(CalculationTask)).one()
            number = task.id
        assert "Waiting for the worker" in client.get(Q3).text
        assert client.get(f"/periods/tasks/{number}?seen=waiting-0").status_code == 204
        assert run_waiting_calculations() == 1
        assert run_waiting_calculations() == 0
        ended = client.get(f"/periods/tasks/{number}?start=2026-07-01", headers={"HX-Request": "true"})
        assert ended.headers["HX-Redirect"].endswith(Q3)
        assert "0 differences posted" in client.get(Q3).text
        client.post("/periods/calculate")
        assert run_waiting_calculations() == 1


@pytest.mark.one_database
def test_only_the_vendors_people_enter_and_bad_addresses_are_not_found(app: Flask, as_: As) -> None:
    cast = _due().cast
    for outsider in (cast.partner_admin, cast.seller, cast.rival_admin, cast.distributor_admin):
        _at(as_(outsider), "/periods", 403)
        _at(as_(outsider), Q3, 403)
    _at(as_(cast.auditor), Q3)
    _at(as_(cast.auditor), f"{Q3}/close", 403)
    assert as_(cast.auditor).post(f"{Q3}/calculate").status_code == 403
    for wrong in (f"/periods/{VOLUME}/2026-07-02", f"/periods/{VOLUME}/x", "/periods/none/2026-07-01",
                  f"/periods/{VOLUME}/9999-12-31", "/periods/tasks/999"):  # fmt: skip
        _at(as_(cast.finance), wrong, 404)


@pytest.mark.one_database
def test_the_home_page_names_what_is_due(app: Flask, as_: As) -> None:
    cast = _due().cast
    assert "Periods to close" in _at(as_(cast.finance), "/")


@pytest.mark.one_database
def test_claims_of_its_days_are_counted(app: Flask) -> None:
    with app.app_context():
        assert count_waiting_claims(dt.date(2026, 7, 1), dt.date(2026, 10, 1)).count == 0
