"""Joining, leaving, accepting terms: the receipt is bound to the exact text; who has not accepted is reminded."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.programs.definitions.models import Program
from portal.programs.definitions.services import publish_version
from portal.programs.enrollments.models import Enrollment, TermsAcceptance
from portal.programs.enrollments.rules import Step, rows_to_write, state_on
from portal.programs.runs.models import EarnedGroup
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, Channel, open_channel
from tests.programs.test_participation import SHOP, As, read

TEXT = "You keep your invoices for two years.\nWe may ask to see them."
CLUB = """
code: club
name: Dealer club
kind: bonus
effective: {{from: {since}}}
period: quarter
pay: {{in: USD}}
enrollment: {enrollment}
eligibility: {{partner_types: [reseller], territories: [Northwest]}}
qualify: {{categories: [Accessories, Clothing], flow: sell_in}}
terms: |-
  {terms}
components:
  - {{code: club, method: percent, percent: 2}}
"""
MINE = "/my-programs/club"
DIGEST = re.compile(r'name="accepted"[^>]*value="([0-9a-f]{64})"')
NOV = dt.date(2026, 11, 1)


def _publish(channel: Channel, text: str = TEXT, *, since: str = "2026-01-01", enrollment: str = "opt_in") -> None:
    plan = CLUB.format(since=since, enrollment=enrollment, terms=text.replace("\n", "\n  "))
    with clock.frozen(TODAY), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(plan, by=by, approved_by=approver)


def _club(**values: str) -> Channel:
    channel = open_channel()
    _publish(channel, **values)
    return channel


def _join(as_: As, channel: Channel, day: str = "2026-11-16", *, agree: str = "y", accepted: str | None = None) -> int:
    client = as_(channel.cast.partner_admin)
    found = DIGEST.search(read(client, MINE))
    assert found
    values = {"day": day, "accepted": accepted or found[1]} | ({"agree": agree} if agree else {})
    with clock.frozen(TODAY):
        return client.post(f"{MINE}/join", data=values).status_code


def test_planned_changes_are_undone_by_what_comes_after() -> None:
    steps = [Step("joined", NOV), Step("left", dt.date(2026, 12, 1))]
    assert rows_to_write(steps, "joined", dt.date(2026, 11, 10)) == [dt.date(2026, 12, 1)]
    assert rows_to_write(steps, "left", dt.date(2026, 11, 10)) == [dt.date(2026, 11, 10)]
    assert rows_to_write([], "left", NOV) == [NOV]
    found = state_on([*steps, Step("joined", dt.date(2026, 12, 1))], dt.date(2026, 12, 5))
    assert found is not None
    assert found.state == "joined"


def test_joining_accepts_the_exact_text_and_keeps_a_receipt(app: Flask, as_: As) -> None:
    channel = _club()
    admin = as_(channel.cast.partner_admin)
    page = read(admin, MINE)
    assert "Sales count from the day you join, once the terms are accepted." in page
    assert "We may ask to see them." in page
    assert _join(as_, channel, agree="") == 422
    assert _join(as_, channel, accepted="0" * 64) == 409
    assert _join(as_, channel, day="2026-11-01") == 422
    assert _join(as_, channel) == 303
    with transaction():
        receipt = session.scalars(select(TermsAcceptance)).one()
        assert receipt.terms_digest == hashlib.sha256(TEXT.encode()).hexdigest()
        assert (receipt.version_number, receipt.by_name) == (1, "Pia Holm")
        joined = session.scalars(select(Enrollment)).one()
        assert (joined.state, joined.valid_from) == ("joined", dt.date(2026, 11, 16))
        assert joined.terms_digest == receipt.terms_digest
        acts = set(session.scalars(select(AuditEntry.act)))
        number = receipt.id
    assert {"terms.accepted", "enrollment.joined"} <= acts
    paper = read(admin, f"/receipts/{number}")
    bound = hashlib.sha256(TEXT.encode()).hexdigest()
    for told in ("Pia Holm accepted the terms below for Friendly Bike Shop", bound, "it is the same", "two years"):
        assert told in paper, told
    assert "Joined" in read(admin, MINE)
    assert _again(as_, channel) == 409


def _again(as_: As, channel: Channel) -> int:
    with clock.frozen(TODAY):
        data = {"day": "2026-11-17", "accepted": "", "agree": "y"}
        return as_(channel.cast.partner_admin).post(f"{MINE}/join", data=data).status_code


def test_leaving_holds_from_a_day_on(app: Flask, as_: As) -> None:
    channel = _club()
    admin = as_(channel.cast.partner_admin)
    with clock.frozen(TODAY):
        assert admin.post(f"{MINE}/leave", data={"leave-day": "2026-12-01"}).status_code == 409
    assert _join(as_, channel) == 303
    with clock.frozen(TODAY):
        assert admin.post(f"{MINE}/leave", data={"leave-day": "soon"}).status_code == 422
        assert admin.post(f"{MINE}/leave", data={"leave-day": "2026-12-01"}).status_code == 303
    assert "Leaves on 1 December 2026" in read(admin, MINE)
    with clock.frozen("2026-12-02T09:00"):
        assert "Left on 1 December 2026" in " ".join(admin.get(MINE).text.split())


def test_a_version_with_other_terms_asks_again_and_one_with_the_same_does_not(app: Flask, as_: As) -> None:
    channel = _club()
    assert _join(as_, channel) == 303
    admin = as_(channel.cast.partner_admin)
    _publish(channel, since="2027-01-01")
    assert "Terms to accept" not in read(admin, "/my-programs")
    _publish(channel, "You keep your invoices for ten years.", since="2027-04-01")
    assert "Terms to accept" in read(admin, "/my-programs")
    assert "Terms wait for your answer" in read(admin, "/")
    page = read(admin, MINE)
    assert "The terms changed with version 3" in page
    found = DIGEST.search(page)
    assert found
    with clock.frozen(TODAY):
        assert admin.post(f"{MINE}/accept", data={"accepted": found[1]}).status_code == 422
        assert admin.post(f"{MINE}/accept", data={"accepted": "x", "agree": "y"}).status_code == 409
        assert admin.post(f"{MINE}/accept", data={"accepted": found[1], "agree": "y"}).status_code == 303
    assert "Terms to accept" not in read(admin, "/my-programs")


def test_the_manager_sees_percent_accepted_and_reminds_once_a_day(app: Flask, as_: As) -> None:
    channel = _club(enrollment="automatic")
    manager = as_(channel.cast.channel_manager)
    page = read(manager, "/programs/club/participants")
    assert "0 %" in page
    assert "Friendly Bike Shop" in page
    assert "Permanent Finish" not in page
    with clock.frozen(TODAY):
        assert manager.post("/programs/club/participants/remind").status_code == 303
        again = manager.post("/programs/club/participants/remind")
    assert again.status_code == 409
    assert "sent a reminder today already" in again.text
    with transaction():
        sent = session.scalars(select(OutboxRow).where(OutboxRow.fact == "TermsReminded")).one()
        assert "partner@demo.example" in sent.payload
        assert "rivaladmin" not in sent.payload
    found = DIGEST.search(read(as_(channel.cast.partner_admin), MINE))
    assert found
    with clock.frozen(TODAY):
        as_(channel.cast.partner_admin).post(f"{MINE}/accept", data={"accepted": found[1], "agree": "y"})
    assert "100 %" in read(manager, "/programs/club/participants")
    assert "Pia Holm" in read(manager, "/programs/club/participants?show=accepted")
    assert "No partner fits" in read(manager, "/programs/club/participants?show=waiting")
    with clock.frozen(TODAY):
        rows = manager.get("/programs/club/participants.csv").text.splitlines()
    assert rows[1].startswith(f"{SHOP},Friendly Bike Shop,yes,")


@pytest.mark.one_database
def test_strangers_neither_join_nor_read_receipts(app: Flask, as_: As) -> None:
    channel = _club()
    assert _join(as_, channel) == 303
    with transaction():
        number = session.scalars(select(TermsAcceptance.id)).one()
    cast = channel.cast
    for stranger in (cast.rival_admin, cast.distributor_admin):
        read(as_(stranger), f"/receipts/{number}", 404)
        with clock.frozen(TODAY):
            data = {"day": "2026-11-16", "accepted": "x", "agree": "y"}
            assert as_(stranger).post(f"{MINE}/join?for={SHOP}", data=data).status_code == 404
            assert as_(stranger).post(f"{MINE}/join", data=data).status_code == 404
    read(as_(cast.seller), f"/receipts/{number}", 403)
    assert as_(cast.seller).post(f"{MINE}/join").status_code == 403
    assert "Receipt of acceptance" in read(as_(cast.auditor), f"/receipts/{number}")
    read(as_(cast.partner_admin), "/programs/club/participants", 403)
    assert as_(cast.finance).post("/programs/club/participants/remind").status_code == 403


def _changed(channel: Channel, by: str = "") -> None:
    """A version with other terms from 1 December on, told in November."""
    extra = f"accept_by: {by}\nqualify:" if by else "qualify:"
    plan = CLUB.format(since="2026-12-01", enrollment="opt_in", terms="You keep your invoices for ten years.")
    with clock.frozen(TODAY), transaction():
        by_whom, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(
            plan.replace("qualify:", extra), by=by_whom, approved_by=approver, inside_period="recalculate"
        )  # fmt: skip


def _read_on(as_: As, channel: Channel, day: str, address: str = MINE) -> str:
    with clock.frozen(f"{day}T09:00"):
        who = channel.cast.channel_manager if "participants" in address else channel.cast.partner_admin
        return " ".join(as_(who).get(address).text.split())


def test_changed_terms_are_to_be_accepted_by_a_day_and_earn_nothing_from_then_on(app: Flask, as_: As) -> None:
    channel = _club()
    assert _join(as_, channel) == 303
    _changed(channel, "2026-12-10")
    page = _read_on(as_, channel, "2026-12-05")
    assert "Accept by 10 December 2026: what you sell from that day on counts only once you have." in page
    assert "by 10 December 2026 earns nothing from then until it does." in page
    assert "accepted by 10 December 2026" in _read_on(as_, channel, "2026-12-05", "/programs/club/participants")
    page = _read_on(as_, channel, "2026-12-10")
    assert "Since 10 December 2026 nothing you sell counts." in page
    assert "Earns nothing: terms" in _read_on(as_, channel, "2026-12-10", "/my-programs")
    page = _read_on(as_, channel, "2026-12-10", "/programs/club/participants")
    assert "since 10 December 2026" in page
    assert "Earns nothing</span>" in page


def test_sales_count_again_from_the_day_of_acceptance(app: Flask, as_: As) -> None:
    channel = _club()
    assert _join(as_, channel) == 303
    _changed(channel)
    sold = [(f"X{number}-1", f"2026-12-{number:02}") for number in (2, 9)]
    lines = [channel.line(name, "RA-H123", day, 10_000) for name, day in sold]
    channel.arrive("2026-12-09T08:00", *lines)
    assert _earned() == 0
    found = DIGEST.search(_read_on(as_, channel, "2026-12-09"))
    assert found
    with clock.frozen("2026-12-09T09:00"):
        data = {"accepted": found[1], "agree": "y"}
        assert as_(channel.cast.partner_admin).post(f"{MINE}/accept", data=data).status_code == 303
    channel.arrive("2026-12-09T10:00")
    assert _earned() == 200


def _earned() -> int:
    with transaction():
        query = select(EarnedGroup.posted).join(Program, Program.id == EarnedGroup.program_id)
        return sum(session.scalars(query.where(Program.code == "club")))
