"""P-23: no cell of a file that leaves the portal is a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import session, transaction
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.sales.products.models import Product
from tests.security_matrix.places import addresses
from tests.security_matrix.world import Channel

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
FORMULAS = [
    '=HYPERLINK("https://evil.example";"click")', "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1+1", "\r=1+1",
    "a\r=1+1", "a\n=1+1", '"=1+1', " =1", "=1",
]  # fmt: skip
READERS = ("admin", "channel_manager", "finance", "seller")


def _number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def test_no_export_holds_a_live_formula(app: Flask, be: Be, channel: Channel) -> None:
    names = itertools.cycle(FORMULAS)
    with transaction():
        rows = [*session.query(Partner), *session.query(Person), *session.query(Product)]
        for row in rows:
            row.name = next(names)
        session.query(Partner).update({"segment": "\r=1+1"})
    files = 0
    for address in addresses(app, channel, "GET"):
        reader = next((one for one in READERS if address.open_to(channel, one)), None)
        if reader is None or not address.endpoint.rsplit(".")[-1].startswith(("export", "download_lines")):
            continue
        answer = be(reader).get(address.own)
        assert answer.status_code == 200, address.endpoint
        assert answer.headers["Content-Disposition"].startswith("attachment")
        cells = [cell for row in csv.reader(io.StringIO(answer.text, newline="")) for cell in row]
        assert [cell for cell in cells if cell.lstrip(" ").startswith(LIVE) and not _number(cell)] == []
        files += 1
    assert files >= 5
