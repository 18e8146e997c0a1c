"""A home that is drawn once and shown again carries nothing of another moment, browser or person."""

from __future__ import annotations

import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.home import kept
from portal.partners.people.models import Person
from tests.claims.world import World, file_claim
from tests.home.conftest import approve

pytestmark = pytest.mark.one_database
As = Callable[[Person], FlaskClient]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def stars(page: str) -> str:
    found = re.search(r'id="balance".*?<span>(\d+)<', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_an_unchanged_home_is_the_same_page_and_drawn_once(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    first = client.get("/").text
    with patch.object(kept, "render_template", side_effect=AssertionError("drawn again")):
        second = client.get("/").text
    assert TOKEN.sub("", second) == TOKEN.sub("", first)


def test_every_browser_gets_the_token_of_its_own_session(app: Flask, site: World, as_: As) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    seller = site.cast.seller
    one, other = as_(seller), as_(seller)
    tokens = [set(TOKEN.findall(client.get("/").text)) for client in (one, other)]
    assert all(tokens)
    assert not tokens[0] & tokens[1]
    for client, found in zip((one, other), tokens, strict=True):
        assert client.post("/log-out", data={"csrf_token": found.pop()}).status_code == 303


def test_a_message_is_told_once_and_not_kept_with_the_page(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    client.get("/")
    with client.session_transaction() as held:
        held["_flashes"] = [("ok", "Your claim is on its way.")]
    assert "Your claim is on its way." in client.get("/").text
    assert "Your claim is on its way." not in client.get("/").text


def test_the_theme_of_the_browser_is_never_that_of_another_visit(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    for theme in ("dark", "light"):
        client.set_cookie("theme", theme)
        assert f'data-theme="{theme}"' in client.get("/").text


def test_a_balance_is_new_on_the_first_page_after_an_approval(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    assert stars(client.get("/").text) == "160"
    approve(site, file_claim(site, invoice_no="FB-1044", lines={"HL-U509": 1}).id)
    assert stars(client.get("/").text) == "200"


def test_two_people_never_see_each_others_page(site: World, as_: As) -> None:
    seller, rival = as_(site.cast.seller), as_(site.cast.rival_seller)
    assert stars(seller.get("/").text) == "160"
    assert stars(rival.get("/").text) == "0"
    assert stars(seller.get("/").text) == "160"
