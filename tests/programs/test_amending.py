"""A running SPIF is amended in one form: a later end, more products, more budget, in words, and sent at once."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.engine.plan import parse_plan
from portal.programs.definitions.models import ProgramDraft
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup, ProgramPeriod
from portal.programs.simulation.jobs import run_waiting_simulations
from tests.conventions.markup import faults
from tests.people import Cast
from tests.programs.shop_year import HELMETS, TODAY, VOLUME, open_channel
from tests.programs.test_approval import post
from tests.programs.test_studio import As, draft_of, get

ADDRESS = f"/programs/{HELMETS}/amend"


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The small channel with its three plans."""
    return open_channel().cast


def test_the_end_products_and_budget_are_changed_in_one_act_and_wait_for_the_second_person(cast: Cast, as_: As):
    tess, sam = as_(cast.channel_manager), as_(cast.second_manager)
    assert "Nothing yet" in get(tess, ADDRESS)
    typed = {"last_day": "2026-12-15", "skus": "WB-H098", "budget": "175,000", "note": "Goes well"}
    looked = post(tess, ADDRESS, do="look", **typed)
    assert looked.status_code == 200
    assert "to 15 December 2026." in looked.text
    assert "Products: WB-H098 added." in looked.text
    assert "the products you add pay from that day too" in looked.text
    assert 'value="175,000"' in looked.text
    assert faults(looked.text) == []
    assert session.scalars(select(ProgramDraft)).all() == []
    sent = post(tess, ADDRESS, do="send", **typed)
    assert sent.status_code == 303
    assert draft_of().state == "asked"
    plan = parse_plan(draft_of().source_text)
    assert (str(plan.budget.amount), plan.qualify.skus[-1]) == ("175000", "WB-H098")
    waiting = get(sam, sent.headers["Location"])
    assert "Amendment of 16 November 2026" in waiting
    assert "is being calculated" in waiting
    assert post(tess, f"{sent.headers['Location']}/publish", inside_period="").status_code == 403
    assert post(sam, f"{sent.headers['Location']}/publish", inside_period="").status_code == 303
    assert "Version 2" in get(tess, f"/programs/{HELMETS}")


def test_an_added_product_pays_from_the_first_day_of_the_campaign(app: Flask, as_: As):
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("FB-1-1", "HL-U509", 2), ("FB-1-2", "WB-H098", 3))
    tess, sam = as_(channel.cast.channel_manager), as_(channel.cast.second_manager)
    sent = post(tess, ADDRESS, do="send", skus="WB-H098")
    assert post(sam, f"{sent.headers['Location']}/publish", inside_period="").status_code == 303
    with clock.frozen(TODAY):
        run_full()
    session.rollback()
    query = select(EarnedGroup.earned).where(EarnedGroup.participant_id == channel.cast.seller.id)
    assert session.scalars(query).all() == [200]


def test_a_later_end_is_the_end_of_the_running_period_wherever_it_is_read(app: Flask, as_: As):
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("FB-1-1", "HL-U509", 2))
    tess, sam = as_(channel.cast.channel_manager), as_(channel.cast.second_manager)
    sent = post(tess, ADDRESS, do="send", last_day="2026-12-15")
    assert post(sam, f"{sent.headers['Location']}/publish", inside_period="").status_code == 303
    with clock.frozen(TODAY):
        run_full()
    session.rollback()
    after = dt.date(2026, 12, 16)
    assert session.scalars(select(EarnedGroup.period_end).distinct()).all() == [after]
    assert session.scalars(select(ProgramPeriod.period_end)).all() == [after]
    with clock.frozen(TODAY):
        assert "until 15 December 2026" in as_(channel.cast.seller).get(f"/my-programs/{HELMETS}").text


def test_whoever_approves_sees_what_it_would_have_cost_so_far(app: Flask, as_: As):
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("FB-1-1", "HL-U509", 2), ("FB-1-2", "WB-H098", 3))
    tess, sam = as_(channel.cast.channel_manager), as_(channel.cast.second_manager)
    draft = post(tess, ADDRESS, do="send", skus="WB-H098").headers["Location"]
    with clock.frozen(TODAY):
        assert run_waiting_simulations() == 1
    shown = get(sam, draft)
    assert "Predicted cost" in shown
    assert "instead of 80" in shown
    assert "19 October 2026" in shown
    assert post(tess, f"{draft}/take-back").status_code == 303
    assert post(tess, f"{draft}/ask", treatment="selling_expense", note="").status_code == 303
    with clock.frozen(TODAY):
        assert run_waiting_simulations() == 0


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing changes yet"),
        ({"last_day": "2026-01-01"}, "The last day lies in the past"),
        ({"last_day": "soon"}, "This is no day."),
        ({"last_day": "9999-12-31"}, "This day cannot be the last one"),
        ({"skus": "NOPE-1, HL-U509"}, "No product is called NOPE-1"),
        ({"budget": "a lot"}, "is not a plain number"),
        ({"budget": "-5"}, "is out of range"),
        ({"budget": "1.5"}, "whole numbers"),
    ],
)
def test_what_cannot_be_amended_is_refused_at_its_field_and_kept(cast: Cast, as_: As, typed, sentence):
    answer = post(as_(cast.channel_manager), ADDRESS, do="send", note="What I typed", **typed)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert "What I typed" in answer.text
    assert faults(answer.text) == []
    assert session.scalars(select(ProgramDraft)).all() == []


@pytest.mark.one_database
def test_a_program_by_category_takes_no_single_product_and_keeps_its_locked_quarters(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    answer = post(tess, f"/programs/{VOLUME}/amend", do="send", skus="WB-H098")
    assert answer.status_code == 422
    assert "counts whole categories" in answer.text
    assert post(tess, f"/programs/{VOLUME}/amend", do="send", budget="65000").status_code == 303
    assert parse_plan(draft_of().source_text).starts.isoformat() == "2026-10-01"
    assert as_(cast.finance).get(ADDRESS).status_code == 403
    assert tess.get("/programs/nothing/amend").status_code == 404
