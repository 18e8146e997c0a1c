"""P-27, P-28, P-29: sessions, links and tries, as somebody who wishes ill meets them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.app import create_app
from portal.config import Settings
from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.access.models import Purpose
from portal.partners.access.tokens import issue_token
from portal.partners.organizations.models import Partner
from portal.partners.people.employment import close_with_people
from portal.partners.people.services import change_role, end_employment
from portal.security.viewer import SYSTEM
from tests.people import PASSWORD
from tests.security_matrix.world import Channel, get_by_email

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
SITE = "https://portal.example"
NEW = "another horse battery staple"
SELLER, ADMIN = "seller@demo.example", "partner@demo.example"


@pytest.fixture
def tls(database_url: str, tmp_path: Path, channel: Channel) -> Iterator[Flask]:
    """The portal behind TLS; forms need no token here."""
    app = create_app(
        Settings(data_dir=tmp_path, database_url=database_url, secret_key=secrets.token_urlsafe(48), portal_url=SITE)
    )
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    session.remove()


def enter(client: FlaskClient, email: str = SELLER, password: str = PASSWORD, **environ: str) -> int:
    """Log in; the status of the answer."""
    data = {"email": email, "password": password}
    return client.post("/login", data=data, base_url=SITE, environ_base=environ).status_code


def thief_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with a copy of this one's cookie."""
    stolen = client.get_cookie("__Host-portal", domain="portal.example")
    assert stolen is not None
    thief = app.test_client()
    thief.set_cookie("__Host-portal", stolen.value, domain="portal.example", secure=True)
    assert thief.get("/account", base_url=SITE).status_code == 200
    return thief


def test_over_tls_the_cookie_is_bound_to_this_host_and_out_of_reach(tls: Flask) -> None:
    answer = tls.test_client().post("/login", data={"email": SELLER, "password": PASSWORD}, base_url=SITE)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-portal="))
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.startswith("Domain") for part in parts)


def test_a_cookie_from_before_the_log_in_is_not_the_one_after(tls: Flask) -> None:
    client = tls.test_client()
    client.get("/login", base_url=SITE)
    before = client.get_cookie("__Host-portal", domain="portal.example")
    enter(client)
    after = client.get_cookie("__Host-portal", domain="portal.example")
    assert after is not None
    assert before is None or before.value != after.value


def _log_out(client: FlaskClient) -> None:
    assert client.post("/log-out", base_url=SITE).status_code == 303


def _new_password(client: FlaskClient) -> None:
    data = {"current": PASSWORD, "password": NEW, "again": NEW}
    other = client.application.test_client()
    enter(other)
    assert other.post("/account/password", data=data, base_url=SITE).status_code == 303


def _left(_client: FlaskClient) -> None:
    with transaction():
        end_employment(get_by_email(SELLER), by=SYSTEM)


def _closed(_client: FlaskClient) -> None:
    with transaction():
        shop = session.scalars(select(Partner).where(Partner.code == "AW00000290")).one()
        close_with_people(shop, by=SYSTEM, reason="Out of business")


@pytest.mark.parametrize("ended_by", [_log_out, _new_password, _left, _closed])
def test_a_copied_cookie_dies_at_once(tls: Flask, ended_by: Callable[[FlaskClient], None]) -> None:
    client = tls.test_client()
    assert enter(client) == 303
    thief = thief_of(tls, client)
    ended_by(client)
    answer = thief.get("/account", base_url=SITE)
    assert (answer.status_code, answer.location[:6]) == (303, "/login")


def test_a_smaller_role_holds_from_the_next_request_on(tls: Flask) -> None:
    client = tls.test_client()
    enter(client, ADMIN)
    assert client.get("/people", base_url=SITE).status_code == 200
    with transaction():
        change_role(get_by_email(ADMIN), "seller", by=SYSTEM)
    assert client.get("/people", base_url=SITE).status_code in (303, 403)


@pytest.mark.parametrize(
    ("purpose", "address"), [(Purpose.INVITATION, "password-resets"), (Purpose.PASSWORD_RESET, "invitations")]
)
def test_a_link_opens_no_door_of_another_purpose(tls: Flask, purpose: Purpose, address: str) -> None:
    with transaction():
        token, _ = issue_token(get_by_email(SELLER).id, purpose)
    data = {"password": NEW, "again": NEW}
    answer = tls.test_client().post(f"/{address}/{token}", data=data, base_url=SITE)
    assert answer.status_code in (404, 410)
    assert enter(tls.test_client()) == 303


def test_a_link_works_once_and_not_after_a_newer_one(tls: Flask) -> None:
    data = {"password": NEW, "again": NEW}
    with transaction():
        older, _ = issue_token(get_by_email(SELLER).id, Purpose.PASSWORD_RESET)
        newer, _ = issue_token(get_by_email(SELLER).id, Purpose.PASSWORD_RESET)
    statuses = [
        tls.test_client().post(f"/password-resets/{token}", data=data, base_url=SITE).status_code
        for token in (older, newer, newer)
    ]
    assert statuses[1] == 303
    assert {statuses[0], statuses[2]} <= {404, 410}


def test_forged_addresses_buy_no_more_tries(tls: Flask) -> None:
    statuses = [
        tls.test_client()
        .post(
            "/login", data={"email": SELLER, "password": "wrong horse battery"}, base_url=SITE,
            headers={"X-Forwarded-For": f"10.1.2.{number}, 203.0.113.{number}"},
        )
        .status_code
        for number in range(14)
    ]  # fmt: skip
    assert statuses.count(422) == 10
    assert set(statuses[10:]) == {429}


def test_one_visitor_does_not_try_a_password_on_everybody(tls: Flask) -> None:
    client = tls.test_client()
    statuses = [enter(client, f"somebody{number}@demo.example") for number in range(62)]
    assert statuses.count(422) == 60
    assert statuses[60:] == [429, 429]


def test_a_known_browser_is_not_locked_out_by_a_stranger(tls: Flask) -> None:
    known, stranger = tls.test_client(), tls.test_client()
    assert enter(known) == 303
    _log_out(known)
    for number in range(12):
        enter(stranger, SELLER, "wrong horse battery", REMOTE_ADDR=f"203.0.113.{number}")
    assert enter(stranger) == 429
    assert enter(known) == 303


def test_a_known_browser_has_no_more_tries_than_anybody(tls: Flask) -> None:
    known = tls.test_client()
    enter(known)
    _log_out(known)
    statuses = [enter(known, SELLER, "wrong horse battery") for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_a_lock_ends_by_itself(tls: Flask) -> None:
    with clock.frozen("2026-11-19T12:00:00+00:00"):
        for _ in range(11):
            enter(tls.test_client(), SELLER, "wrong horse battery")
        assert enter(tls.test_client()) == 429
    with clock.frozen("2026-11-19T12:05:01+00:00"):
        assert enter(tls.test_client()) == 303
