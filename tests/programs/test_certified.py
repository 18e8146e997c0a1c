"""Certificates seen: what a shop and its people hold, what it opens, and who of the participants lacks it."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from portal.core import clock
from portal.core.db import transaction
from portal.engine.periods import Version
from portal.partners.certificates.queries import holdings_on
from portal.partners.certificates.services import add_certificate, withdraw_certificate
from portal.partners.people.services import add_person
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.audience import announcement
from portal.programs.definitions.queries import find_program, plan_of
from portal.programs.definitions.services import publish_version
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, Channel, open_channel
from tests.programs.test_participation import As, read

FITTERS = """
code: {code}
name: {name}
kind: {kind}
effective: {{from: 2026-01-01}}
period: quarter
pay: {{in: {unit}}}
participant: {participant}
eligibility: {{partner_types: [reseller], territories: [Northwest], certificates: [Helmet fitter, Master]}}
qualify: {{categories: [Accessories]}}
components:
  - {{code: c, method: {method}}}
"""


def _channel() -> Channel:
    """A sellers' and a shop's program that ask for certificates, and two more sellers."""
    channel = open_channel()
    with clock.frozen(TODAY), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        sellers = FITTERS.format(code="fitters", name="Fitters first", kind="spif", unit="points", participant="seller",
                                 method="per_unit, amount: 10")  # fmt: skip
        shops = FITTERS.format(code="masters", name="Master shops", kind="bonus", unit="USD", participant="partner",
                               method="percent, percent: 2")  # fmt: skip
        for text in (sellers, shops):
            publish_version(text, by=by, approved_by=approver)
        for name in ("Bo", "Cy"):
            add_person(f"{name.lower()}@shop.example", name, "seller", channel.cast.shop)
    return channel


def _certify(channel: Channel, *, until: dt.date | None = None) -> None:
    with clock.frozen(TODAY), transaction():
        add_certificate(channel.cast.shop, channel.cast.seller, "Helmet fitter", valid_from=dt.date(2026, 1, 1),
                        valid_until=until)  # fmt: skip


def test_the_admin_reads_how_many_sellers_have_it_and_who_lacks_it(app: Flask, as_: As) -> None:
    channel = _channel()
    admin = as_(channel.cast.partner_admin)
    page = read(admin, "/my-programs/masters")
    assert "Needs the certificate Helmet fitter or Master. Your shop does not have it, so nothing counts." in page
    assert "Certificate missing" in page
    _certify(channel, until=dt.date(2026, 12, 2))
    assert "Who sells needs the certificate Helmet fitter or Master; 1 of 3 sellers have it." in read(
        admin, "/my-programs/fitters"
    )
    page = read(admin, "/my-certificates")
    for told in ("Fitters first", "1 of 3 sellers have it", "Still without it: Bo, Cy.", "Ends soon",
                 "until 1 December 2026", channel.cast.seller.name):  # fmt: skip
        assert told in page, told


def test_a_seller_reads_the_own_ones_only(app: Flask, as_: As) -> None:
    channel = _channel()
    seller = as_(channel.cast.seller)
    assert "You do not have it, so nothing counts." in read(seller, "/my-certificates")
    with clock.frozen(TODAY), transaction():
        other = add_person("di@shop.example", "Di", "seller", channel.cast.shop)
        add_certificate(channel.cast.shop, other, "Master", valid_from=dt.date(2026, 1, 1))
    _certify(channel)
    page = read(seller, "/my-certificates")
    assert "You have it." in page
    assert "Di" not in page.split("On record")[1].split("What they open")[0]
    assert read(as_(channel.cast.channel_manager), "/my-certificates", 303)


def test_an_empty_page_says_how_certificates_get_there(app: Flask, as_: As) -> None:
    page = read(as_(open_channel().cast.partner_admin), "/my-certificates")
    assert "No certificate of your company is on record." in page
    assert "No program that is open to you asks for a certificate." in page


def test_the_manager_sees_who_lacks_it(app: Flask, as_: As) -> None:
    channel = _channel()
    manager = as_(channel.cast.channel_manager)
    assert "0 of 3 sellers" in read(manager, "/programs/fitters/participants?show=lacking")
    _certify(channel)
    assert "Friendly Bike Shop" not in read(manager, "/programs/fitters/participants?show=lacking").split("<table")[-1]
    assert "1 of 3 sellers" in read(manager, "/programs/fitters/participants")
    assert "Missing" in read(manager, "/programs/masters/participants")
    with clock.frozen(TODAY):
        file = manager.get("/programs/masters/participants.csv").get_data(as_text=True)
    assert file.splitlines()[0].endswith(",certificate")
    assert file.splitlines()[1].endswith(",missing")


def test_sellers_are_told_who_can_earn_by_it_and_admins_what_it_needs(app: Flask) -> None:
    channel = _channel()
    with clock.frozen(TODAY), transaction():
        answer_spifs(channel.cast.shop, "allowed", valid_from=dt.date(2026, 1, 2))
    _certify(channel)
    with clock.frozen(TODAY), transaction():
        program = find_program("fitters")
        assert program is not None
        told = announcement(Version(1, plan_of(program.versions[0])))
    assert "It needs the certificate Helmet fitter or Master." in told.sentence
    assert set(told.person_ids) == {channel.cast.partner_admin.id, channel.cast.seller.id}


def test_of_several_rows_for_a_day_the_newest_holds_and_the_latest_end_counts(app: Flask) -> None:
    channel = open_channel()
    shop = channel.cast.shop
    with clock.frozen(TODAY), transaction():
        first = add_certificate(shop, None, "Master", valid_from=dt.date(2026, 1, 1), valid_until=dt.date(2027, 1, 1))
        add_certificate(shop, None, "Master", valid_from=dt.date(2026, 2, 1))
    with transaction():
        assert holdings_on(dt.date(2026, 3, 1)).partners == {shop.id: {"Master": None}}
        assert holdings_on(dt.date(2026, 1, 15), [shop.id]).partners == {shop.id: {"Master": dt.date(2027, 1, 1)}}
        assert holdings_on(dt.date(2026, 1, 15), [0]).partners == {}
        withdraw_certificate(shop, first, day=dt.date(2026, 1, 10))
        assert holdings_on(dt.date(2026, 1, 15)).partners == {}
