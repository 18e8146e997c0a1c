"""My programs: what they pay, where one stands, what is missing; and who may look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.partners.people.models import Person
from tests.conventions.markup import faults
from tests.programs.shop_year import GROWTH, HELMETS, TODAY, VOLUME, Channel, closed_quarter, open_channel

As = Callable[[Person], FlaskClient]
SHOP = "AW00000290"
pytestmark = pytest.mark.one_database


def read(client: FlaskClient, address: str, status: int = 200) -> str:
    """A page of the portal, as one line of text."""
    with clock.frozen(TODAY):
        answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.text[-800:])
    if "<html" in answer.text:
        assert faults(answer.text) == [], address
    return " ".join(answer.text.split())


def _sold(channel: Channel) -> None:
    channel.sold_out("2026-11-10T09:00", ("T-1", "HL-U509", 4))


def test_the_admin_reads_what_each_program_pays_and_what_is_missing(app: Flask, as_: As) -> None:
    admin = as_(closed_quarter().cast.partner_admin)
    page = read(admin, "/my-programs")
    for told in ("Accessories and clothing volume rebate", "1 % up to 500.00", "455.00 more by the quarter",
                 "127.30", "Helmet sprint", "It pays your people, not the shop."):  # fmt: skip
        assert told in page, told
    assert 'aria-current="page"' in page


def test_one_program_shows_bands_periods_rule_and_documents(app: Flask, as_: As) -> None:
    admin = as_(closed_quarter().cast.partner_admin)
    page = read(admin, f"/my-programs/{VOLUME}")
    for told in ("You are here", "4,045.00", "455.00 more", "4,500.00 USD", "46.37", "Locked", "The published text"):
        assert told in page, told
    assert f"/programs/{VOLUME}/earnings/{SHOP}/2026-07-01" in page
    text = read(admin, f"/my-programs/{VOLUME}/documents/1")
    assert "Each step pays on its own part" in text
    assert "60,000" not in text


def test_a_growth_ladder_stands_on_the_year_before(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    channel.arrive("2026-11-07T09:00", channel.line("SO40000-1", "PD-R347", "2025-11-03", 200_000))
    page = read(as_(channel.cast.partner_admin), f"/my-programs/{GROWTH}")
    for told in ("110 %, 2,200.00", "120 %, 2,400.00", "You are here", "81.80"):
        assert told in page, told


def test_a_seller_sees_what_pays_sellers_and_the_own_stars(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    _sold(channel)
    seller = as_(channel.cast.seller)
    page = read(seller, "/my-programs")
    assert "Helmet sprint" in page
    assert "160" in page
    assert "volume rebate" not in page
    read(seller, f"/my-programs/{VOLUME}", 404)
    told = read(seller, f"/my-programs/{HELMETS}")
    assert "40 stars" in told
    assert "Sport-100 Helmet, Red" in told
    assert f"/programs/{HELMETS}/sheet.pdf" in told


def test_nothing_open_is_told_in_words(app: Flask, as_: As) -> None:
    cast = open_channel().cast
    page = read(as_(cast.distributor_admin), "/my-programs?show=upcoming")
    assert "No program is about to begin" in page
    assert "No program that was open to you has ended" in read(as_(cast.seller), "/my-programs?show=ended")
    assert "Running" in read(as_(cast.seller), "/my-programs?show=%00nonsense")


def test_an_ended_program_keeps_its_history(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    _sold(channel)
    seller = as_(channel.cast.seller)
    with clock.frozen("2026-12-15T09:00"):
        page = " ".join(seller.get("/my-programs?show=ended").text.split())
    assert "Helmet sprint" in page
    assert "160" in page


def test_strangers_find_no_program_of_the_shop(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    for stranger in (cast.rival_admin, cast.rival_seller, cast.distributor_admin):
        client = as_(stranger)
        read(client, f"/my-programs?for={SHOP}", 404)
        read(client, f"/my-programs/{VOLUME}?for={SHOP}", 404)
        read(client, f"/my-programs/{VOLUME}/documents/1?for={SHOP}", 404)
        read(client, f"/my-programs/{VOLUME}", 404)
    read(as_(cast.seller), f"/my-programs?for={SHOP}", 404)
    read(as_(cast.partner_admin), f"/my-programs/{VOLUME}/documents/9", 404)
    read(as_(cast.partner_admin), "/my-programs/no-such", 404)


def test_the_vendors_people_look_at_one_partner_or_go_to_their_own_list(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    with clock.frozen(TODAY):
        assert as_(cast.channel_manager).get("/my-programs").status_code == 303
    assert "455.00 more" in read(as_(cast.channel_manager), f"/my-programs?for={SHOP}")
