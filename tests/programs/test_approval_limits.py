"""Limits on exceptions and programs: refused in words above, allowed at exactly the limit, somebody else is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.people.models import Person
from portal.programs.definitions.models import ProgramVersion
from portal.programs.definitions.services import publish_version
from portal.programs.exceptions.models import ProgramException
from portal.security.limits.errors import AboveLimit
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer
from tests.partners.limiting import bound
from tests.people import Cast, viewer_of
from tests.programs.shop_year import SPRINT_PLAN, TODAY, VOLUME, Channel, closed_quarter, open_channel, volume_plan
from tests.programs.test_approval import asked, post
from tests.programs.test_exceptions import FORM

BUDGET = "budget: {amount: 60000, when_reached: warn}"
As = Callable[[Person | Viewer], FlaskClient]


def ask(channel: Channel, as_: As, amount: str) -> int:
    with clock.frozen(TODAY):
        answer = as_(channel.cast.channel_manager).post("/exceptions/ask", data=FORM | {"amount": amount})
    assert answer.status_code == 303, answer.text
    number = session.scalar(select(func.max(ProgramException.id)))
    session.rollback()
    assert number is not None
    return number


@pytest.mark.parametrize("amount", ["25.01", "-25.01"])
def test_an_exception_above_the_limit_is_refused_in_words_and_a_second_approver_is_named(
    app: Flask, as_: As, amount: str
):
    channel = closed_quarter()
    flora = as_(channel.cast.finance)
    bound(channel.cast.finance, Kind.EXCEPTION, 2500)
    number = ask(channel, as_, amount)
    says = "This exception posts 25.01 USD; your limit for exceptions is 25.00 USD. Sam Idris can decide it."
    with clock.frozen(TODAY):
        page = flora.get("/exceptions").text
        assert says in page
        assert f"/exceptions/{number}/approve" not in page
        assert f"/exceptions/{number}/reject" in page
        assert says in flora.get(f"/periods/{VOLUME}/2026-07-01").text
        refused = flora.post(f"/exceptions/{number}/approve")
        assert refused.status_code == 403
        assert says in refused.text
        assert session.get_one(ProgramException, number).entry_id is None
        session.rollback()
        assert as_(channel.cast.second_manager).post(f"/exceptions/{number}/approve").status_code == 303


def test_an_exception_of_exactly_the_limit_is_posted(app: Flask, as_: As):
    channel = closed_quarter()
    bound(channel.cast.finance, Kind.EXCEPTION, 2500)
    number = ask(channel, as_, "25.00")
    with clock.frozen(TODAY):
        assert as_(channel.cast.finance).post(f"/exceptions/{number}/approve").status_code == 303


@pytest.fixture
def cast(app: Flask) -> Cast:
    return open_channel().cast


def versions() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(ProgramVersion)) or 0


def test_a_draft_with_a_budget_above_the_limit_shows_no_button_and_is_not_published(cast: Cast, as_: As):
    bound(cast.second_manager, Kind.PROGRAM, 6_099_999)
    page, sam, before = asked(cast, as_, budget="61000"), as_(cast.second_manager), versions()
    says = "This program may pay 61,000.00 USD; your limit for programs is 60,999.99 USD."
    with clock.frozen(TODAY):
        shown = sam.get(page).text
    assert says in shown
    assert "Publish this version" not in shown
    assert "Send back" in shown
    refused = post(sam, f"{page}/publish", inside_period="")
    assert refused.status_code == 403
    assert says in refused.text
    assert versions() == before
    bound(cast.second_manager, Kind.PROGRAM, 6_100_000)
    with clock.frozen(TODAY):
        assert "Publish this version" in sam.get(page).text
    assert post(sam, f"{page}/publish", inside_period="").status_code == 303
    assert versions() == before + 1


@pytest.mark.parametrize(
    ("text", "limit", "unit", "passes"),
    [
        (volume_plan(since="2026-10-01"), 6_000_000, "USD", True),
        (volume_plan(since="2026-10-01"), 5_999_999, "USD", False),
        (volume_plan(since="2026-10-01").replace(BUDGET, ""), 10**13, "USD", False),
        (SPRINT_PLAN, 10**13, "points", False),
        (SPRINT_PLAN, 0, "USD", True),
        (SPRINT_PLAN.replace("components:", "budget: {amount: 5000}\ncomponents:"), 5000, "points", True),
        (SPRINT_PLAN.replace("components:", "budget: {amount: 5001}\ncomponents:"), 5000, "points", False),
    ],
)  # fmt: skip
def test_every_way_of_publishing_holds_to_the_limit_of_who_approves(
    cast: Cast, text: str, limit: int, unit: str, passes: bool
):
    bound(cast.second_manager, Kind.PROGRAM, limit, unit)
    bound(cast.channel_manager, Kind.PROGRAM, 0, unit)
    before = versions()
    by, approver = viewer_of(cast.channel_manager), viewer_of(cast.second_manager)
    try:
        with clock.frozen(TODAY), transaction():
            publish_version(text, by=by, approved_by=approver)
    except AboveLimit:
        session.rollback()
    assert versions() == before + passes
