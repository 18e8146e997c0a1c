"""Exceptions: asked by one person, approved by another, posted beside what the rule pays, told on the statement."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session
from portal.ledger.models import LedgerEntry, LedgerOwner
from portal.ledger.queries import balances
from portal.programs.exceptions.models import ProgramException
from tests.programs.shop_year import HELMETS, TODAY, VOLUME, Channel, closed_quarter
from tests.programs.test_participation import SHOP, As, read

FORM = {"period": f"{VOLUME}/2026-07-01", "participant": SHOP, "amount": "25.00", "dated": "2026-11-10",
        "reason": "Two pallets stood in customs until October"}  # fmt: skip


def _ask(app: Flask, as_: As, channel: Channel, **changes: str) -> int:
    """The first manager asks; the number of what waits."""
    with clock.frozen(TODAY):
        answer = as_(channel.cast.channel_manager).post("/exceptions/ask", data=FORM | changes)
    assert answer.status_code == 303, answer.text
    number = session.scalar(select(func.max(ProgramException.id)))
    session.rollback()
    assert number
    return number


def _usd(channel: Channel) -> int:
    found = balances(channel.cast.shop.owner_id)
    session.rollback()
    return sum(one.available + one.pending for unit, one in found.items() if unit == "USD")


def test_a_second_person_posts_it_and_the_statement_tells_the_reason(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    before = _usd(channel)
    number = _ask(app, as_, channel)
    assert _usd(channel) == before
    with clock.frozen(TODAY):
        done = as_(channel.cast.finance).post(f"/exceptions/{number}/approve")
    assert done.status_code == 303
    assert _usd(channel) == before + 2500
    statement = read(as_(channel.cast.partner_admin), f"/statements/{SHOP}/2026-Q4")
    told = (
        "Exception of 10 November 2026 for Accessories and clothing volume rebate, period from 1 July 2026: Two pallets"
    )
    assert told in statement
    listed = read(as_(channel.cast.auditor), "/exceptions")
    assert "Posted" in listed
    assert "approved by Flora Lund" in listed


def test_nobody_approves_the_own_exception_or_any_of_them_twice(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    number = _ask(app, as_, channel)
    manager, second = as_(channel.cast.channel_manager), as_(channel.cast.second_manager)
    assert [client.get("/exceptions/count").text.strip() for client in (manager, second)] == ["", "1"]
    with clock.frozen(TODAY):
        own = manager.post(f"/exceptions/{number}/approve")
        assert own.status_code == 403
        assert "someone else must decide" in own.text
        assert manager.post(f"/exceptions/{number}/reject", data={"note": "No"}).status_code == 403
        assert second.post(f"/exceptions/{number}/approve").status_code == 303
        again = second.post(f"/exceptions/{number}/approve")
    assert again.status_code == 409
    assert "was approved already by Sam Idris" in again.text
    posted = session.scalar(select(func.count()).where(LedgerEntry.reference == f"exception {number}"))
    assert posted == 1


def test_a_rejection_needs_a_note_and_posts_nothing(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    before = _usd(channel)
    number = _ask(app, as_, channel, amount="−5.50")
    second = as_(channel.cast.second_manager)
    with clock.frozen(TODAY):
        empty = second.post(f"/exceptions/{number}/reject", data={"note": " "})
        assert empty.status_code == 422
        assert "Say why" in empty.text
        assert second.post(f"/exceptions/{number}/reject", data={"note": "Not agreed"}).status_code == 303
    assert _usd(channel) == before
    page = read(second, "/exceptions?state=rejected")
    assert "Rejected: Not agreed" in page
    assert "−5.50" in page


def test_a_sellers_exception_is_in_stars(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    changes = {"period": f"{HELMETS}/2026-10-19", "participant": channel.cast.seller.email, "amount": "40"}
    number = _ask(app, as_, channel, **changes)
    with clock.frozen(TODAY):
        as_(channel.cast.finance).post(f"/exceptions/{number}/approve")
    assert "Exception of 10 November 2026 for Helmet sprint" in read(
        as_(channel.cast.seller), f"/statements/{channel.cast.seller.email}/2026-Q4"
    )


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "ten"}, "not a plain number"),
        ({"amount": "0"}, "zero"),
        ({"amount": "1.999"}, "more decimals"),
        ({"amount": "99999999999999999"}, "larger than an amount"),
        ({"participant": "NOBODY"}, "Nobody has this code"),
        ({"participant": "seller@demo.example"}, "pays partners"),
        ({"dated": "2027-01-01"}, "still to come"),
        ({"dated": "soon"}, "need"),
        ({"reason": ""}, "Say why"),
        ({"reason": "a\x00b"}, "control character"),
        ({"period": f"{VOLUME}/1999-01-01"}, "Program and period"),
        ({"period": ""}, "Program and period"),
    ],
)
def test_what_cannot_be_asked_is_told_and_kept(app: Flask, as_: As, changes: dict[str, str], told: str) -> None:
    channel = closed_quarter()
    with clock.frozen(TODAY):
        answer = as_(channel.cast.channel_manager).post("/exceptions/ask", data=FORM | changes)
    assert answer.status_code == 422
    assert told in answer.text
    if "reason" not in changes:
        assert "stood in customs" in answer.text


@pytest.mark.one_database
def test_only_the_vendors_people_see_exceptions(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    number = _ask(app, as_, channel)
    cast = channel.cast
    for outsider in (cast.partner_admin, cast.seller, cast.rival_admin, cast.distributor_admin):
        read(as_(outsider), "/exceptions", 403)
        assert as_(outsider).post(f"/exceptions/{number}/approve").status_code == 403
    assert as_(cast.auditor).post(f"/exceptions/{number}/approve").status_code == 403
    assert "Friendly Bike Shop" in read(as_(cast.auditor), "/exceptions?q=customs")
    assert session.scalar(select(func.count()).select_from(LedgerOwner))
    assert as_(cast.finance).post("/exceptions/999999/approve").status_code == 404
