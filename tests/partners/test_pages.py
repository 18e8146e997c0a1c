"""Every page of the room opens for those who may, and only for them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import transaction
from portal.partners.onboarding.services import apply_for_partnership
from tests.people import Cast, add_cast, log_in

pytestmark = pytest.mark.one_database


@pytest.fixture
def cast(app: Flask) -> Cast:
    made = add_cast()
    with transaction():
        apply_for_partnership(
            company="Alpine Bikes", type="reseller", country="US", currency="USD", contact_name="Al Pine",
            contact_email="al@alpine.example",
        )  # fmt: skip
    return made


SHOP = "/partners/AW00000290"
MANAGER_PAGES = [
    "/partners", "/partners?q=bike&sort=-tier&tier=gold&territory=1&state=active", "/partners?page=9&territory=x",
    SHOP, "/partners/new", f"{SHOP}/change", f"{SHOP}/tier", f"{SHOP}/supply", "/partners/export.csv",
    "/partners/change-many?code=AW00000290", "/partners/change-many", "/people",
    "/people?q=sol&role=seller&sort=-last_login", "/people/invite", "/people/role-requests", "/applications",
    "/applications/1", "/applications/count", "/territories",
    "/account", "/account/password", "/people/7", "/people/2",
]  # fmt: skip


@pytest.mark.parametrize("path", MANAGER_PAGES)
def test_a_manager_opens_every_page_of_the_room(client: FlaskClient, cast: Cast, path: str) -> None:
    log_in(client, cast.channel_manager)
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-2000:]


@pytest.mark.parametrize("path", ["/partners", SHOP, "/people", f"{SHOP}/spif-answer", "/account", "/people/invite"])
def test_a_partner_admin_opens_the_own_pages(client: FlaskClient, cast: Cast, path: str) -> None:
    log_in(client, cast.partner_admin)
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-2000:]
    assert "Permanent Finish" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/people/access-review.csv", "/people/2/territories"])
def test_an_admin_opens_the_pages_of_access(client: FlaskClient, cast: Cast, path: str) -> None:
    log_in(client, cast.admin)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/apply", "/forgot-password"])
def test_everybody_opens_the_public_pages(client: FlaskClient, cast: Cast, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).count("<h1") == 1


STRANGERS = [
    ("GET", "/partners/AW00000650"), ("GET", "/partners/AW00000650/spif-answer"),
    ("POST", "/partners/AW00000650/spif-answer"), ("GET", "/people/{rival}"), ("POST", "/people/{rival}/role"),
    ("POST", "/people/{rival}/end-employment"), ("POST", "/people/{rival}/invite-again"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), STRANGERS)
def test_a_strangers_page_is_not_found_just_like_one_that_does_not_exist(
    client: FlaskClient, cast: Cast, method: str, path: str
) -> None:
    log_in(client, cast.partner_admin)
    foreign = client.open(path.format(rival=cast.rival_seller.id), method=method)
    missing = client.open(path.format(rival=4711).replace("AW00000650", "NOBODY"), method=method)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.data == missing.data


@pytest.mark.parametrize("path", ["/partners", "/people", "/applications", "/territories", "/people/role-requests"])
def test_a_seller_may_not_open_the_desks(client: FlaskClient, cast: Cast, path: str) -> None:
    log_in(client, cast.seller)
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/partners", "/account", "/people"])
def test_who_is_not_logged_in_is_shown_the_door(client: FlaskClient, cast: Cast, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")
