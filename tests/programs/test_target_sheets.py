"""The target sheet: proposed from history, exported, edited, brought back with differences, acknowledged."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.programs.definitions.models import Program
from portal.programs.definitions.services import publish_version
from portal.programs.enrollments.services import join_program, leave_program
from portal.programs.target_sheets.rules import Proposal
from portal.programs.targets.models import Target
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, Channel, closed_quarter
from tests.programs.test_participation import SHOP, As, read

QUOTA = """
code: quota
name: Accessories quota
kind: bonus
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
eligibility: {partner_types: [reseller]}
qualify: {categories: [Accessories, Clothing], flow: sell_in}
components:
  - {code: reach, method: attainment, measure: revenue, scope: whole, bands: [{from: 100, percent: 2}]}
"""
SHEET = "/programs/quota/targets"
HEAD = "participant,measure,period_start,target\n"


def _channel() -> Channel:
    """A quota on accessories and clothing, and 1,234.50 of it in the first quarter of a year before the next."""
    channel = closed_quarter()
    channel.arrive("2026-11-07T09:00", channel.line("SO41000-1", "LJ-0192", "2025-11-03", 123_450))
    with clock.frozen(TODAY), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(QUOTA, by=by, approved_by=approver)
    return channel


def _send(as_: As, channel: Channel, text: str, period: str = "2026-10-01") -> TestResponse:
    with clock.frozen(TODAY):
        return as_(channel.cast.channel_manager).post(
            f"{SHEET}/preview?period={period}", data={"file": (io.BytesIO(text.encode()), "sheet.csv")}
        )


def _set(as_: As, channel: Channel, text: str) -> TestResponse:
    with clock.frozen(TODAY):
        return as_(channel.cast.channel_manager).post(f"{SHEET}/set?period=2026-10-01", data={"text": text})


def test_a_proposal_is_last_year_raised_and_rounded_up() -> None:
    proposal = Proposal(Decimal(10), Decimal(100))
    assert proposal.target(Decimal("1234.50")) == 1400
    assert proposal.target(Decimal(1000)) == 1100
    assert proposal.target(Decimal(0)) is None


@pytest.mark.one_database
def test_the_sheet_proposes_from_the_same_period_of_last_year(app: Flask, as_: As) -> None:
    manager = as_(_channel().cast.channel_manager)
    page = read(manager, f"{SHEET}?growth=10&step=100&goal=5000")
    for told in ("1,234.50", "1,400.00", "rounded up to the next 100", "Goal 5,000.00", "no target"):
        assert told in page, told
    with clock.frozen(TODAY):
        rows = manager.get(f"{SHEET}.csv?growth=10&step=100").text.splitlines()
    assert rows[0] == "participant,measure,period_start,target,name,last_year,proposed,set_now"
    assert f"{SHOP},revenue,2026-10-01,1400,Friendly Bike Shop,1234.5,1400," in rows


def test_an_edited_sheet_shows_its_differences_then_is_set_sent_and_acknowledged(app: Flask, as_: As) -> None:
    channel = _channel()
    text = f"{HEAD}{SHOP},revenue,2026-10-01,1500.50\n"
    shown = _send(as_, channel, text)
    assert shown.status_code == 200
    assert "1,500.50" in shown.text
    assert f'<b>Friendly Bike Shop</b> <span class="hint">{SHOP}</span>' in shown.text
    assert "Set 1 target" in shown.text
    assert session.query(Target).count() == 0
    session.rollback()
    assert _set(as_, channel, text).status_code == 303
    manager = as_(channel.cast.channel_manager)
    assert "Send 1 target" in read(manager, SHEET)
    with clock.frozen(TODAY):
        assert manager.post(f"{SHEET}/send").status_code == 303
        assert manager.post(f"{SHEET}/send").status_code == 409
    sent = session.query(OutboxRow).filter_by(fact="TargetsSent").one()
    assert "partner@demo.example" in sent.payload
    session.rollback()
    mine = read(as_(channel.cast.partner_admin), "/my-programs/quota/targets")
    assert "1,500.5" in mine
    number = mine.split("/acknowledge")[0].rpartition("/")[2]
    with clock.frozen(TODAY):
        stranger = as_(channel.cast.rival_admin).post(f"/my-programs/quota/targets/{number}/acknowledge")
        assert stranger.status_code == 404
        done = as_(channel.cast.partner_admin).post(f"/my-programs/quota/targets/{number}/acknowledge")
        again = as_(channel.cast.partner_admin).post(f"/my-programs/quota/targets/{number}/acknowledge")
    assert done.status_code == 303
    assert again.status_code == 409
    assert "Pia Holm" in read(manager, f"{SHEET}?state=accepted")
    _set(as_, channel, text.replace("1500.50", "1600"))
    assert "Send 1 target" in read(manager, SHEET)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("", 422, "Choose the edited sheet"),
        ("a,b\n1,2\n", 422, "no column participant"),
        (f"{HEAD}{SHOP},revenue,2026-10-01,lots\n", 200, "Write a number"),
        (f"{HEAD}NOBODY,revenue,2026-10-01,5\n", 200, "There is no partner NOBODY"),
        (f"{HEAD}{SHOP},revenue,2026-07-01,5\n", 200, "This sheet is for revenue"),
        (f"{HEAD}D-NORTH,revenue,2026-10-01,5\n", 200, "not open to this participant"),
        (f"{HEAD}{SHOP},revenue,2026-10-01,\n", 200, "Nothing would change"),
        (f"{HEAD}{SHOP},revenue,2026-10-01,5\x00\n", 422, "no CSV file"),
    ],
)
def test_a_wrong_sheet_is_told_line_by_line(app: Flask, as_: As, text: str, status: int, told: str) -> None:
    channel = _channel()
    answer = _send(as_, channel, text)
    assert answer.status_code == status, answer.text[-500:]
    assert told in answer.text
    if status == 200 and "Nothing" not in told:
        refused = _set(as_, channel, text)
        assert refused.status_code == 409
        assert session.query(Target).count() == 0


@pytest.mark.one_database
def test_bad_numbers_and_strangers(app: Flask, as_: As) -> None:
    cast = _channel().cast
    page = read(as_(cast.auditor), f"{SHEET}?growth=x&step=0&goal=-1")
    assert "not a plain number" in page
    assert "Write a number from" in page
    read(as_(cast.auditor), f"{SHEET}?period=2020-01-01", 404)
    for outsider in (cast.partner_admin, cast.seller, cast.rival_admin):
        read(as_(outsider), SHEET, 403)
    assert as_(cast.finance).post(f"{SHEET}/send").status_code == 403
    assert "paid against a target" in read(as_(cast.finance), "/programs/helmet-sprint/targets")
    read(as_(cast.distributor_admin), "/my-programs/quota/targets", 404)


@pytest.mark.one_database
def test_who_joins_by_the_first_day_of_a_period_is_on_its_sheet(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    cast, text = channel.cast, QUOTA.replace("period: quarter", "period: quarter\nenrollment: opt_in")
    admin, rival = viewer_of(cast.partner_admin), viewer_of(cast.rival_admin)
    with clock.frozen(TODAY), transaction():
        publish_version(text, by=viewer_of(cast.channel_manager), approved_by=viewer_of(cast.second_manager))
        program = session.scalars(select(Program).where(Program.code == "quota")).one()
        join_program(program, cast.shop, day=dt.date(2027, 1, 1), accepted=None, by=admin)
        join_program(program, cast.rival_shop, day=clock.today(), accepted=None, by=rival)
        leave_program(program, cast.rival_shop, day=dt.date(2026, 12, 15), by=rival)
    manager = as_(cast.channel_manager)
    running, coming = (read(manager, f"{SHEET}?period={day}") for day in ("2026-10-01", "2027-01-01"))
    assert cast.rival_shop.code in running, "it joined since the period began"
    assert SHOP not in running
    assert SHOP in coming, "it will have joined by then"
    assert cast.rival_shop.code not in coming, "it will have left by then"
