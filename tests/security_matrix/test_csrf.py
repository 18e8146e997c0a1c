"""P-15: nothing is done for a form that this portal did not give to this very session a short while ago."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.security_matrix.digests import Watch
from tests.security_matrix.places import addresses
from tests.security_matrix.world import Channel

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
WRITERS = ("seller", "partner_admin", "channel_manager", "finance", "admin")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(autouse=True)
def _with_tokens(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True


def token_of(client: FlaskClient, page: str = "/forgot-password") -> str:
    """The token that this client's session is given."""
    found = TOKEN.search(client.get(page).text)
    assert found is not None
    return found[1]


def refused(app: Flask, be: Be, channel: Channel, token: Callable[[FlaskClient], str | None]) -> list[object]:
    """Every POST that was not answered with 400 to somebody who may send it."""
    wrong: list[object] = []
    for address in addresses(app, channel, "POST"):
        name = next(name for name in WRITERS if address.open_to(channel, name))
        client = be(name)
        sent = token(client)
        answer = client.post(address.own, data={"csrf_token": sent} if sent is not None else {})
        if answer.status_code != 400 or "came from elsewhere" not in answer.text:
            wrong.append((address.endpoint, answer.status_code))
    return wrong


def test_every_form_without_a_token_is_refused(app: Flask, be: Be, channel: Channel, database_url: str) -> None:
    watch = Watch(database_url, leave_out=frozenset())
    assert refused(app, be, channel, lambda _client: None) == []
    assert watch.changed() == []


def test_every_form_with_the_token_of_another_session_is_refused(
    app: Flask, be: Be, channel: Channel, database_url: str
) -> None:
    stolen, watch = token_of(be("")), Watch(database_url, leave_out=frozenset())

    def foreign(client: FlaskClient) -> str:
        token_of(client)
        return stolen

    assert refused(app, be, channel, foreign) == []
    assert watch.changed() == []


def test_a_token_grows_old(app: Flask, be: Be) -> None:
    client = be("")
    token = token_of(client)
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert client.post("/forgot-password", data={"csrf_token": token, "email": "a@b.example"}).status_code == 400


def test_the_own_token_is_taken(be: Be) -> None:
    client = be("")
    data = {"csrf_token": token_of(client), "email": "nobody@demo.example"}
    assert client.post("/forgot-password", data=data).status_code == 200


def test_over_tls_a_form_from_another_site_is_refused_even_with_the_token(app: Flask, be: Be) -> None:
    app.config["WTF_CSRF_SSL_STRICT"] = True
    client, site = be(""), "https://portal.example"
    found = TOKEN.search(client.get("/forgot-password", base_url=site).text)
    assert found is not None
    data = {"csrf_token": found[1], "email": "nobody@demo.example"}
    for referrer, status in (("https://evil.example/", 400), (f"{site}/forgot-password", 200)):
        headers = {"Referer": referrer}
        assert client.post("/forgot-password", data=data, base_url=site, headers=headers).status_code == status
