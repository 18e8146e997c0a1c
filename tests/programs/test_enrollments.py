"""Joining and leaving a program that asks to be joined, from a day on."""

from __future__ import annotations

import datetime as dt
import re

from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.programs.definitions.services import publish_version
from portal.programs.enrollments.models import Enrollment
from portal.programs.enrollments.rules import Step, rows_to_write, state_on
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, Channel, open_channel
from tests.programs.test_participation import SHOP, As, read

CLUB = """
code: club
name: Dealer club
kind: bonus
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
enrollment: opt_in
eligibility: {partner_types: [reseller], territories: [Northwest]}
qualify: {categories: [Accessories, Clothing], flow: sell_in}
components:
  - {code: club, method: percent, percent: 2}
"""
MINE = "/my-programs/club"
NOV = dt.date(2026, 11, 1)


def _club() -> Channel:
    channel = open_channel()
    with clock.frozen(TODAY), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(CLUB, by=by, approved_by=approver)
    return channel


def test_planned_changes_are_undone_by_what_comes_after() -> None:
    steps = [Step("joined", NOV), Step("left", dt.date(2026, 12, 1))]
    assert rows_to_write(steps, "joined", dt.date(2026, 11, 10)) == [dt.date(2026, 12, 1)]
    assert rows_to_write(steps, "left", dt.date(2026, 11, 10)) == [dt.date(2026, 11, 10)]
    assert rows_to_write([], "left", NOV) == [NOV]
    found = state_on([*steps, Step("joined", dt.date(2026, 12, 1))], dt.date(2026, 12, 5))
    assert found is not None
    assert found.state == "joined"


def test_a_shop_joins_and_leaves_from_a_day_on(app: Flask, as_: As) -> None:
    channel = _club()
    admin = as_(channel.cast.partner_admin)
    assert "Join this program" in read(admin, MINE)
    with clock.frozen(TODAY):
        assert admin.post(f"{MINE}/leave", data={"leave-day": "2026-12-01"}).status_code == 409
        assert admin.post(f"{MINE}/join", data={"day": "2026-11-01"}).status_code == 422
        assert admin.post(f"{MINE}/join", data={"day": "2026-11-16"}).status_code == 303
        assert admin.post(f"{MINE}/join", data={"day": "2026-11-17"}).status_code == 409
        assert admin.post(f"{MINE}/leave", data={"leave-day": "soon"}).status_code == 422
        assert admin.post(f"{MINE}/leave", data={"leave-day": "2026-12-01"}).status_code == 303
    assert "Leaves on 1 December 2026" in read(admin, MINE)
    with clock.frozen("2026-12-02T09:00"):
        assert "Left on 1 December 2026" in " ".join(admin.get(MINE).text.split())
    with transaction():
        assert list(session.scalars(select(Enrollment.state).order_by(Enrollment.id))) == ["joined", "left"]
        facts = set(session.scalars(select(OutboxRow.fact)))
    assert {"ProgramJoined", "ProgramLeft"} <= facts
    listed = read(as_(channel.cast.channel_manager), "/programs/club/participants")
    assert "since 16 November 2026" in listed


def test_strangers_do_not_join_for_the_shop(app: Flask, as_: As) -> None:
    cast = _club().cast
    with clock.frozen(TODAY):
        for stranger in (cast.rival_admin, cast.distributor_admin):
            for address in (f"{MINE}/join?for={SHOP}", f"{MINE}/join"):
                assert as_(stranger).post(address, data={"day": "2026-11-16"}).status_code == 404
        assert as_(cast.seller).post(f"{MINE}/join", data={"day": "2026-11-16"}).status_code == 403
    read(as_(cast.partner_admin), "/programs/club/participants", 403)


def test_joining_begins_with_the_first_day_of_a_program_that_is_to_come(app: Flask, as_: As) -> None:
    channel = open_channel()
    coming = CLUB.replace("code: club", "code: spring-club").replace("from: 2026-01-01", "from: 2027-03-01")
    with clock.frozen(TODAY), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(coming, by=by, approved_by=approver)
        publish_version(CLUB, by=by, approved_by=approver)
    admin = as_(channel.cast.partner_admin)
    pattern = r'<input[^>]*name="day"[^>]*value="([0-9-]+)"'
    days = [re.findall(pattern, read(admin, address))[0] for address in ("/my-programs/spring-club", MINE)]
    assert days == ["2027-03-01", TODAY[:10]]


def test_who_joined_for_a_day_to_come_is_not_asked_to_join_again(app: Flask, as_: As) -> None:
    admin = as_(_club().cast.partner_admin)
    assert "Join the program" in read(admin, MINE)
    with clock.frozen(TODAY):
        assert admin.post(f"{MINE}/join", data={"day": "2027-01-01"}).status_code == 303
    page = read(admin, MINE)
    assert "Joins on 1 January 2027" in page
    assert "Joins later" in page
    assert "Join the program" not in page
    assert "Leave the program" in page
