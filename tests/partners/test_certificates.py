"""Certificates of a shop and its people: recorded, ended, and what they do to a program that asks for one."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.certificates.models import Certificate
from portal.partners.certificates.services import add_certificate, withdraw_certificate
from portal.programs.runs.listeners import recalculate_values
from tests.people import add_cast, log_in
from tests.programs.channel import make_channel, publish, sell
from tests.programs.test_limits import TEN, plan, posted

PAGE = "/partners/AW00000290/certificates"


def test_a_manager_records_and_ends_certificates(app: Flask, client: FlaskClient) -> None:
    cast = add_cast()
    log_in(client, cast.channel_manager)
    assert "No certificate is on record" in client.get(PAGE).get_data(as_text=True)
    typed = {"owner": "", "name": "Master fitter", "valid_from": "2026-01-01", "valid_until": ""}
    assert client.post(PAGE, data=typed).status_code == 303
    seller = str(cast.seller.id)
    assert client.post(PAGE, data=typed | {"owner": seller, "name": "Seller school"}).status_code == 303
    assert client.post(PAGE, data=typed | {"name": " "}).status_code == 422
    assert client.post(PAGE, data=typed | {"owner": "999"}).status_code == 422
    early = client.post(PAGE, data=typed | {"valid_until": "2025-12-31"})
    assert early.status_code == 422
    assert "It ends before it begins" in early.get_data(as_text=True)
    told = client.get(PAGE).get_data(as_text=True)
    assert "Master fitter" in told
    assert cast.seller.name in told
    first = session.scalars(select(Certificate).order_by(Certificate.id)).first()
    assert first is not None
    ended = {"number": str(first.id), "valid_until": "2026-06-01"}
    assert client.post(f"{PAGE}/withdraw", data=ended | {"valid_until": "2025-06-01"}).status_code == 303
    assert "It did not hold yet on that day" in client.get(PAGE).get_data(as_text=True)
    assert client.post(f"{PAGE}/withdraw", data=ended).status_code == 303
    assert "1 June 2026" in client.get(PAGE).get_data(as_text=True)
    assert client.post(f"{PAGE}/withdraw", data=ended | {"number": "999"}).status_code == 404
    rows = session.execute(select(Certificate.name, Certificate.valid_until).order_by(Certificate.id)).all()
    assert [tuple(row) for row in rows] == [
        ("Master fitter", None), ("Seller school", None), ("Master fitter", dt.date(2026, 6, 1)),
    ]  # fmt: skip


def test_a_program_counts_while_the_certificate_is_held_and_follows_its_end(db: object) -> None:
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        publish(channel, plan("fitters", TEN, "eligibility: {certificates: [Fitter]}"))
        sell(channel, "BK-1", 1, 60_000, "2026-07-05")
        sell(channel, "BK-1", 1, 10_000, "2026-07-20")
        changed = {"partner_id": channel.shop.id, "valid_from": "2026-07-01"}
        with transaction():
            recalculate_values(changed)
        assert posted("fitters") == {}
        with transaction():
            row = add_certificate(channel.shop, None, "Fitter", valid_from=dt.date(2026, 7, 1))
            recalculate_values(changed)
        assert posted("fitters") == {("partner", channel.shop.id): 7_000}
        with transaction():
            withdraw_certificate(channel.shop, row, day=dt.date(2026, 7, 10))
            recalculate_values(changed)
        assert posted("fitters") == {("partner", channel.shop.id): 6_000}
