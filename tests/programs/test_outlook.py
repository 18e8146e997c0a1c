"""What is still attainable is found by the engine: exactly so much earns exactly that, one less earns less."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.partners.spif.services import answer_spifs
from portal.programs.runs.explanations import explain
from portal.programs.statements.outlook import NextStep, next_steps
from tests.people import viewer_of
from tests.programs.shop_year import HELMETS, Q4, SPRINT, TODAY, VOLUME, Channel, closed_quarter, open_channel

Db = scoped_session[Session]


def _step(channel: Channel, person: str, code: str) -> NextStep:
    with clock.frozen(TODAY):
        return next(s for s in next_steps(viewer_of(getattr(channel.cast, person))) if s.program_code == code)


def test_the_shop_reads_what_the_next_band_takes_and_brings(db: Db) -> None:
    step = _step(closed_quarter(), "partner_admin", VOLUME)
    assert step.sentence == "455.00 more by the quarter's end earns 18.20 and opens the 5 % band."
    assert (step.earned, step.have, step.target, step.until) == (12_730, 404_500, 450_000, dt.date(2026, 12, 31))


@pytest.mark.parametrize(("less", "earns"), [(0, 1_820), (1, 1_819)])
def test_exactly_so_much_more_earns_exactly_that(db: Db, less: int, earns: int) -> None:
    channel = closed_quarter()
    step = _step(channel, "partner_admin", VOLUME)
    channel.arrive("2026-11-17T09:00", channel.line("SO7-1", "LJ-0192", "2026-11-17", step.missing - 25 * less))
    shop = channel.cast.shop
    assert explain(VOLUME, "partner", shop.id, shop.code, Q4).earned - step.earned == earns


def test_at_the_top_the_value_of_one_more_is_named(db: Db) -> None:
    channel = closed_quarter()
    channel.arrive("2026-11-10T09:00", channel.line("SO8-1", "LJ-0192", "2026-11-10", 100_000))
    step = _step(channel, "partner_admin", VOLUME)
    assert (step.sentence, step.opens) == ("1.00 more by the quarter's end earns 0.05.", None)


@pytest.mark.parametrize(("units", "stars"), [(1, 40), (0, 0)])
def test_the_seller_reads_what_one_more_helmet_brings(db: Db, units: int, stars: int) -> None:
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("T-1-1", "HL-U509", 2))
    step = _step(channel, "seller", HELMETS)
    assert step.sentence == "1 more Sport-100 helmet by 29 November earns 40 stars."
    if units:
        channel.sold_out("2026-11-17T09:00", ("T-2-1", "HL-U509-R", units))
    seller = channel.cast.seller
    assert explain(HELMETS, "person", seller.id, seller.email, SPRINT).earned - step.earned == stars


def test_nothing_is_promised_where_the_shop_forbids_it(db: Db) -> None:
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("T-1-1", "HL-U509", 2))
    with clock.frozen("2026-11-11T09:00"), transaction():
        answer_spifs(channel.cast.shop, "forbidden", valid_from=dt.date(2026, 11, 11))
    with clock.frozen(TODAY):
        assert next_steps(viewer_of(channel.cast.seller)) == []


def test_a_shop_outside_the_program_reads_nothing_of_it(db: Db) -> None:
    channel = closed_quarter()
    with clock.frozen(TODAY):
        assert next_steps(viewer_of(channel.cast.rival_admin)) == []
        assert next_steps(viewer_of(channel.cast.finance)) == []


def test_who_has_sold_nothing_yet_reads_what_the_first_one_brings(db: Db) -> None:
    step = _step(open_channel(), "seller", HELMETS)
    assert step.sentence == "1 more Sport-100 helmet by 29 November earns 40 stars."
    assert (step.earned, step.have, step.earns) == (0, 0, 40)
