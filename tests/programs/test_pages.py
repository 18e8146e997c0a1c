"""The pages of programs and statements: who sees what, and every number the walk promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.core.db import transaction
from portal.partners.people.models import Person
from portal.programs.definitions.services import save_draft
from tests.conventions.markup import faults
from tests.people import viewer_of
from tests.programs.shop_year import (
    GROWTH,
    HELMETS,
    SPRINT,
    TODAY,
    VOLUME,
    Channel,
    closed_quarter,
    open_channel,
    racks_come_back,
    volume_plan,
)

As = Callable[[Person], FlaskClient]
SHOP = "AW00000290"


def _get(client: FlaskClient, address: str) -> str:
    with clock.frozen(TODAY):
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.text[-800:])
    if answer.mimetype == "text/html" and "<html" in answer.text:
        assert faults(answer.text) == [], address
    return " ".join(answer.text.split())


def _draft(channel: Channel) -> None:
    with clock.frozen(TODAY), transaction():
        save_draft(
            volume_plan("whole", "2027-01-01"), title="Whole-volume draft", by=viewer_of(channel.cast.channel_manager)
        )


def test_the_statement_opens_every_number_and_foots(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    _draft(channel)
    page = _get(as_(channel.cast.partner_admin), f"/statements/{SHOP}/2026-Q3")
    for told in ("113.49", "46.37", "67.12", "5.00", "32.50", "8.87", "locked 1 October 2026", "Closing balance"):
        assert told in page
    assert "2 lines not counted" in page
    assert "Bikes, Components: not in this program" in page
    assert "455.00 more by the quarter" in page
    assert "127.30" in page
    assert "Under “Whole-volume draft”" in page
    assert "80.87" in page
    assert "written by Tess Moran, approved by Sam Idris" in page
    assert "Issued by Partner portal, reference AW" in page


def test_a_closed_statement_stays_and_the_open_one_tells_what_changed(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    client = as_(channel.cast.partner_admin)
    closed = _get(client, f"/statements/{SHOP}/2026-Q3")
    assert "46.37" in closed
    assert "37.73" not in closed
    assert "Changed later: −8.64: three hitch racks of SO61195 came back on 6 November." in closed
    opened = _get(client, f"/statements/{SHOP}/2026-Q4")
    assert opened.count("−8.64: three hitch racks of SO61195 came back on 6 November.") == 2
    assert "−17.28" in opened
    assert "127.30" in opened
    before = _get(client, f"/statements/{SHOP}/2026-Q4?known=2026-11-05")
    assert "−8.64" not in before
    assert "as known on 5 November 2026" in before


def test_why_160_names_goods_version_and_people(app: Flask, as_: As) -> None:
    channel = open_channel()
    channel.sold_out("2026-11-09T09:00", ("FB-1000-1", "HL-U509", 2))
    channel.sold_out(
        "2026-11-10T09:00", ("FB-1042-1", "HL-U509", 3), ("FB-1042-2", "HL-U509-R", 1), ("FB-1042-3", "WB-H098", 1)
    )
    seller = channel.cast.seller
    address = f"/programs/{HELMETS}/earnings/{seller.email}/{SPRINT}"
    page = _get(as_(seller), f"{address}?invoice=fb+1042")
    for told in ("Why 160 stars?", "4 Sport-100 helmets × 40 stars.", "Tess Moran", "Sam Idris", "WB-H098"):
        assert told in page
    assert "FB-1000" not in page
    assert "6 Sport-100 helmets × 40 stars." in _get(as_(seller), address)
    with clock.frozen(TODAY):
        rows = as_(seller).get(f"{address}?format=json").get_json()
    assert (rows[0]["earned"], rows[0]["measure"], len(rows[0]["lines"])) == ("240", "6", 4)


def test_strangers_do_not_learn_that_a_statement_exists(app: Flask, as_: As) -> None:
    cast = open_channel().cast
    addresses = [
        f"/statements/{SHOP}",
        f"/statements/{SHOP}/2026-Q3",
        f"/statements/{SHOP}/2026-Q3/lines.csv",
        f"/programs/{VOLUME}/earnings/{SHOP}/2026-07-01",
    ]
    for stranger in (cast.rival_admin, cast.rival_seller, cast.seller, cast.distributor_admin):
        client = as_(stranger)
        assert [client.get(address).status_code for address in addresses] == [404] * 4, stranger.email
    assert as_(cast.rival_admin).get(f"/partners/{SHOP}/earnings").status_code == 404
    for member in (cast.partner_admin, cast.channel_manager, cast.finance, cast.auditor):
        assert as_(member).get(addresses[0]).status_code == 200, member.email
    assert as_(cast.partner_admin).get(f"/statements/{cast.seller.email}").status_code == 404
    assert as_(cast.seller).get(f"/statements/{cast.seller.email}").status_code == 200


@pytest.mark.one_database
def test_the_lines_come_as_a_file(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    rows = as_(channel.cast.finance).get(f"/statements/{SHOP}/2026-Q3/lines.csv").text.splitlines()
    assert rows[0].startswith("program,component,source,external_id,order")
    racks = next(row for row in rows if row.startswith(f"{VOLUME},volume,erp,SO61195-19,"))
    assert racks.endswith(",yes,,216.00,4.95,USD")


@pytest.mark.one_database
def test_lists_and_tabs_show_what_was_earned(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    finance = as_(channel.cast.finance)
    listed = _get(finance, "/statements")
    assert "Friendly Bike Shop" in listed
    assert "113.49" in listed
    assert "Permanent Finish" not in listed
    assert "Friendly" not in _get(finance, "/statements?quarter=2026-Q1")
    assert "Accessories and clothing volume rebate" in _get(finance, f"/partners/{SHOP}/earnings")
    assert "July to September 2026" in _get(as_(channel.cast.partner_admin), f"/statements/{SHOP}")
    tile = _get(as_(channel.cast.partner_admin), "/statements/outlook")
    assert "455.00 more by the quarter" in tile


@pytest.mark.one_database
def test_programs_tell_rule_total_budget_and_periods(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    manager = as_(channel.cast.channel_manager)
    listed = _get(manager, "/programs")
    assert "Parts growth bonus" in listed
    assert "Helmet sprint" in listed
    page = _get(manager, f"/programs/{VOLUME}")
    for told in ("Each step pays on its own part", "173.67", "Locked", "Tess Moran", "Sam Idris", "60,000.00"):
        assert told in page, told
    assert "effective:" in _get(manager, f"/programs/{GROWTH}/versions/1")
    assert manager.get(f"/programs/{GROWTH}/versions/9").status_code == 404


@pytest.mark.one_database
def test_partners_read_how_the_programs_open_to_them_pay(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    mine = _get(as_(cast.partner_admin), "/programs")
    assert "Accessories and clothing volume rebate" in mine
    assert "Helmet sprint" in mine
    rivals = _get(as_(cast.rival_seller), "/programs")
    assert "volume rebate" not in rivals
    assert "Helmet sprint" in rivals
    assert "40 stars for each unit" in _get(as_(cast.rival_seller), f"/programs/{HELMETS}")


def test_a_draft_is_published_by_another_manager_only(app: Flask, as_: As) -> None:
    cast = open_channel().cast
    writer, second = as_(cast.channel_manager), as_(cast.second_manager)
    text = volume_plan("whole", "2027-01-01")
    with clock.frozen(TODAY):
        answer = writer.post("/programs/drafts/new", data={"title": "Whole-volume draft", "text": text})
        address = answer.headers["Location"]
        own = writer.post(f"{address}/publish", data={"inside_period": ""})
        assert own.status_code == 403
        assert "You wrote this version, so someone else must approve it. Sam Idris can." in own.text
        early = second.post(f"{address}/publish", data={"inside_period": ""})
        assert early.status_code == 409
        assert "Tess Moran has not asked for approval of this draft yet." in early.text
        assert writer.post(f"{address}/ask", data={"treatment": "revenue_reduction"}).status_code == 303
        assert "Publish this version" not in writer.get(address).text
        assert "Publish this version" in second.get(address).text
        assert second.post(f"{address}/publish", data={"inside_period": ""}).status_code == 303
        page = writer.get(f"/programs/{VOLUME}").text
    assert "Version 2" in page
    assert "No draft waits." in page
    onward = second.get(address)
    assert (onward.status_code, onward.headers["Location"]) == (303, f"/programs/{VOLUME}/versions/2")
    assert second.get("/programs/drafts/999").status_code == 404
    assert second.get("/programs/drafts/x").status_code == 404


@pytest.mark.one_database
def test_a_faulty_plan_is_refused_line_by_line_and_kept(app: Flask, as_: As) -> None:
    cast = open_channel().cast
    client = as_(cast.channel_manager)
    text = volume_plan().replace("hold_days: 30", "hold_dayz: 30")
    answer = client.post("/programs/drafts/new", data={"title": "Typo", "text": text})
    assert answer.status_code == 422
    assert "hold_dayz" in answer.text
    assert "Line 11, hold_dayz:" in answer.text
    save = client.post("/programs/drafts/new", data={"title": "Mine", "text": volume_plan("whole", "2027-01-01")})
    assert save.status_code == 303
    other = as_(cast.second_manager).post("/programs/drafts/new", data={"title": "Mine", "text": volume_plan("whole")})
    assert other.status_code == 422
    assert "Tess Moran has a draft of this title" in other.text
    assert as_(cast.finance).get("/programs/drafts/new").status_code == 403


@pytest.mark.one_database
@pytest.mark.parametrize("address", ["2026-Q5", "2026-07", "x", "0000-Q1"])
def test_a_quarter_that_is_none_is_not_found(app: Flask, as_: As, address: str) -> None:
    finance = as_(open_channel().cast.finance)
    assert finance.get(f"/statements/{SHOP}/{address}").status_code == 404


@pytest.mark.one_database
def test_a_day_to_come_is_refused(app: Flask, as_: As) -> None:
    finance = as_(open_channel().cast.finance)
    with clock.frozen(TODAY):
        assert finance.get(f"/statements/{SHOP}/2026-Q3?known=2026-12-24").status_code == 422
        assert finance.get(f"/statements/{SHOP}/2026-Q3?known=tomorrow").status_code == 422
