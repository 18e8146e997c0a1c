"""The end of a program: budget in its four parts from the ledger, the calendar, the sheet, the closing report."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.queries import balances
from portal.ledger.services import capture, hold
from portal.programs.definitions.budgets import use_of
from portal.programs.definitions.models import Program, ProgramClosing
from portal.programs.definitions.services import publish_version
from portal.programs.runs.jobs import close_periods, run_full
from tests.claims.world import NOW as CLAIMS_NOW
from tests.claims.world import file_claim, make_world
from tests.people import fresh, viewer_of
from tests.programs.shop_year import HELMETS, TODAY, VOLUME, closed_quarter, open_channel, volume_plan
from tests.programs.test_approval import post
from tests.programs.test_papers import text_of
from tests.programs.test_studio import As, get

AFTER = "2026-12-20T09:00"


def program(code: str) -> Program:
    """A program as it is stored."""
    session.rollback()
    return session.scalars(select(Program).where(Program.code == code)).one()


def test_a_budget_is_reserved_accrued_paid_and_free_to_the_point(app: Flask):
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("FB-1-1", "HL-U509", 5))
    with clock.frozen(TODAY):
        run_full()
        owner = fresh(channel.cast.seller).owner_id
        use = use_of(program(HELMETS), 150_000)
        assert (use.accrued, use.paid, use.free) == (200, 0, 149_800)
        with transaction():
            hold(owner, "points", 120, "order-1")
        assert use_of(program(HELMETS), 150_000).accrued == 200
        with transaction():
            capture("order-1")
        use = use_of(program(HELMETS), 150_000)
        assert (use.accrued, use.paid, use.free, use.owed_back) == (80, 120, 149_800, 0)
        assert balances(owner)["points"].available == 80
        assert use_of(program(VOLUME), None).free is None


def test_points_that_claims_expect_are_reserved_until_they_are_decided(app: Flask, tmp_path):
    with clock.frozen(CLAIMS_NOW):
        world = make_world(tmp_path / "files")
        claim = file_claim(world)
        use = use_of(program("helmet-sprint"), 1000)
        assert claim.expected_points > 0
        assert (use.reserved, use.free) == (claim.expected_points, 1000 - claim.expected_points)


@pytest.mark.one_database
def test_a_program_that_still_runs_is_not_closed_and_says_why(app: Flask, as_: As):
    channel = open_channel()
    tess = as_(channel.cast.channel_manager)
    assert "Amend its last day" in get(tess, f"/programs/{HELMETS}/closing")
    refused = post(tess, f"/programs/{HELMETS}/close", reason="Enough")
    assert refused.status_code == 409
    assert "Amend its last day to end it sooner" in refused.text
    assert "It runs without an end" in get(tess, f"/programs/{VOLUME}/closing")
    assert post(as_(channel.cast.finance), f"/programs/{HELMETS}/close", reason="x").status_code == 403


def test_a_finished_program_is_closed_with_a_report_that_stays(app: Flask, as_: As):
    channel = closed_quarter()
    channel.sold_out("2026-11-10T09:00", ("FB-1-1", "HL-U509", 5), ("FB-1-2", "WB-H098", 2))
    tess = as_(channel.cast.channel_manager)
    with clock.frozen(AFTER):
        run_full()
        early = tess.post(f"/programs/{HELMETS}/close", data={"reason": "Over"})
        assert early.status_code == 409
        assert "is not locked yet" in early.text
        close_periods()
        bare = tess.post(f"/programs/{HELMETS}/close", data={"reason": ""})
        assert bare.status_code == 422
        assert tess.post(f"/programs/{HELMETS}/close", data={"reason": "Helmets sold"}).status_code == 303
        page = tess.get(f"/programs/{HELMETS}/closing").text
        for told in ("Helmets sold", "Closed by", "Tess Moran", "product not in this program", "1 participant"):
            assert told in page, told
        again = tess.post(f"/programs/{HELMETS}/close", data={"reason": "Twice"})
        assert again.status_code == 409
        amended = tess.post(f"/programs/{HELMETS}/amend", data={"do": "send", "budget": "5"})
        assert amended.status_code == 409
        assert tess.post(f"/programs/{HELMETS}/next").status_code == 409
        assert "closed" in tess.get("/programs?state=closed").text.lower()
    session.rollback()
    report = json.loads(session.scalars(select(ProgramClosing.report)).one())
    assert (report["earned"], report["participants"], report["counted"]) == (200, 1, 1)
    assert report["excluded"] == {"product not in this program": 1}
    assert program(HELMETS).state == "closed"


@pytest.mark.one_database
def test_the_calendar_shows_every_program_of_a_year(app: Flask, as_: As):
    cast = closed_quarter().cast
    page = get(as_(cast.channel_manager), "/programs/calendar?year=2026")
    for told in ("Helmet sprint", "Parts growth bonus", "without an end", "Programs of 2026"):
        assert told in page, told
    assert "No program covers a day of 2025" in get(as_(cast.finance), "/programs/calendar?year=2025")
    for odd in ("x", "99999999", "-1", ""):
        assert as_(cast.auditor).get(f"/programs/calendar?year={odd}").status_code == 200
    assert as_(cast.seller).get("/programs/calendar").status_code == 403


@pytest.mark.one_database
def test_a_sheet_for_the_wall_carries_the_rule_and_a_code_to_the_claim_form(app: Flask, as_: As):
    cast = open_channel().cast
    page = get(as_(cast.seller), f"/programs/{HELMETS}/sheet")
    assert f"/claims/new?program={HELMETS}" in page
    assert 'class="segno"' in page
    assert "Scan to claim a sale." in page
    assert "Budget" not in page
    assert '<td class="code">HL-U509</td><td>Sport-100 Helmet, Black</td><td class="num">40 stars</td>' in page
    paper = as_(cast.seller).get(f"/programs/{HELMETS}/sheet.pdf")
    assert paper.mimetype == "application/pdf"
    told = text_of(paper.data)
    for word in ("Helmet sprint", "Sport-100 Helmet, Red", "40 stars", "Scan to claim a sale.", "Version 1"):
        assert word in told, word
    assert as_(cast.seller).get("/programs/none/sheet.pdf").status_code == 404
    assert "Scan to read it" in get(as_(cast.partner_admin), f"/programs/{VOLUME}/sheet")
    assert as_(cast.seller).get("/programs/none/sheet").status_code == 404


@pytest.mark.one_database
def test_a_running_program_says_since_when_its_review_is_due(app: Flask, as_: As):
    cast = open_channel().cast
    by, approver = viewer_of(cast.channel_manager), viewer_of(cast.second_manager)
    text = volume_plan("marginal", "2026-10-01")
    with clock.frozen(TODAY), transaction():
        for code, day in (("looked-at", "2026-11-01"), ("fresh", "2027-06-01")):
            publish_version(f"{text.replace(VOLUME, code)}review_by: {day}\n", by=by, approved_by=approver)
    tess = as_(cast.channel_manager)
    assert "".join(get(tess, "/programs").split()).count("Reviewdue1Nov") == 1
    assert "Since 1 November 2026: look at what it paid" in get(tess, "/programs/looked-at")
    fresh_page = get(tess, "/programs/fresh")
    assert "1 June 2027" in fresh_page
    assert "look at what it paid" not in fresh_page
    assert "Review due" not in get(as_(cast.partner_admin), "/programs/looked-at")


@pytest.mark.one_database
def test_the_list_is_narrowed_by_state_kind_owner_and_text(app: Flask, as_: As):
    cast = closed_quarter().cast
    tess = as_(cast.channel_manager)
    assert "Helmet sprint" in get(tess, "/programs?state=running&kind=spif")
    assert "Helmet sprint" not in get(tess, "/programs?kind=growth")
    owner = cast.channel_manager.id
    assert "Parts growth bonus" in get(tess, f"/programs?owner={owner}&q=growth")
    assert "No program fits" in get(tess, "/programs?owner=999999")
    assert "Ends 29 Nov" in " ".join(get(tess, "/programs").split())
    for odd in ("owner=x", "state=nothing", "owner=99999999999999999999", "page=7"):
        assert tess.get(f"/programs?{odd}").status_code == 200
