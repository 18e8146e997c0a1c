"""The home page of every role."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.models import JobRun
from portal.notifications.services import notify
from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from portal.web.slots import Tile
from tests.claims.world import World, file_claim
from tests.conventions.markup import faults
from tests.home.conftest import approve
from tests.people import viewer_of
from tests.support.statements import statements

pytestmark = pytest.mark.one_database
As = Callable[[Person | Viewer], FlaskClient]
MOST = 16
ROLES = ("seller", "partner_admin", "channel_manager", "finance", "auditor", "admin")


def seen_by(page: str) -> str:
    """The address the page will poll next."""
    found = re.search(r'hx-get="(/home/live[^"]*)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_sound_home_on_which_nothing_is_missing(site: World, as_: As, role: str) -> None:
    page = as_(getattr(site.cast, role)).get("/").text
    assert faults(page) == []
    assert "did not load" not in page


@pytest.mark.parametrize("role", ROLES)
def test_a_home_that_did_not_change_asks_little_of_the_database(site: World, as_: As, role: str) -> None:
    client = as_(getattr(site.cast, role))
    client.get("/")
    with statements() as sent:
        client.get("/")
    assert len(sent) <= 3, sent


@pytest.mark.parametrize("role", ["finance", "auditor", "admin"])
def test_a_home_drawn_anew_asks_at_most_sixteen_questions(site: World, as_: As, role: str) -> None:
    with statements() as sent:
        as_(getattr(site.cast, role)).get("/")
    assert len(sent) <= MOST, sent


def test_the_seller_reads_the_stars_and_the_one_act_on_the_first_paint(site: World, as_: As) -> None:
    page = as_(site.cast.seller).get("/").text
    assert re.search(r'class="balance"[^>]*>.*?160', page, re.DOTALL)
    assert "Claim a sale" in page
    assert "FB-1043" in page


def test_a_stranger_sees_nothing_of_the_sellers_claims(site: World, as_: As) -> None:
    page = as_(site.cast.rival_seller).get("/").text
    assert "FB-1043" not in page
    assert re.search(r'class="balance"[^>]*>.*?<span>0<', page, re.DOTALL)


def test_a_poll_says_nothing_when_nothing_changed(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    assert client.get(seen_by(client.get("/").text)).status_code == 204


def test_an_approval_lands_on_the_open_page_without_reload(site: World, as_: As) -> None:
    client = as_(site.cast.seller)
    poll = seen_by(client.get("/").text)
    approve(site, file_claim(site, invoice_no="FB-1044", lines={"HL-U509": 1}).id)
    answer = client.get(poll)
    assert answer.status_code == 200
    assert 'id="piece-night-your-stars" hx-swap-oob="true"' in answer.text
    assert ">200<" in answer.text
    assert 'id="piece-side-news"' not in answer.text
    assert client.get(seen_by(answer.text)).status_code == 204


def test_a_celebration_is_told_once_at_the_top(site: World, as_: As) -> None:
    seller = site.cast.seller
    with transaction():
        notify(seller.id, kind="badge", key="b:1", sentence="25 helmets. The badge is yours.", celebrate="helmet:25")
    client = as_(seller)
    page = client.get("/").text
    assert page.index("celebration-box") < page.index("Your stars")
    dismiss = re.search(r'action="(/notifications/\d+/dismiss)"', page)
    assert dismiss is not None
    client.post(dismiss[1])
    assert "celebration-box" not in client.get("/").text


def test_who_looks_as_a_seller_is_not_told_to_celebrate(site: World, as_: As) -> None:
    seller = site.cast.seller
    with transaction():
        notify(seller.id, kind="badge", key="b:1", sentence="25 helmets. Yours.", celebrate="helmet:25")
    looking = replace(viewer_of(seller), view_as_by=site.cast.channel_manager.id)
    assert "celebration-box" not in as_(looking).get("/").text


def test_a_tile_that_fails_is_named_and_the_page_stays(app: Flask, site: World, as_: As) -> None:
    def broken(_viewer: Viewer) -> str:
        raise ZeroDivisionError

    tile = Tile("Broken part", "notifications.list_notifications", frozenset({"seller"}), "main", 1, broken)
    app.extensions["slots"]["tiles"].append(tile)
    answer = as_(site.cast.seller).get("/")
    assert answer.status_code == 200
    assert "Broken part did not load." in answer.text
    assert "Your stars" in answer.text


def test_the_manager_reads_how_many_claims_wait(site: World, as_: As) -> None:
    page = as_(site.cast.channel_manager).get("/").text
    assert "Claims to decide" in page
    assert "safe to approve together" in page


def test_finance_reads_what_is_owed_and_that_the_month_foots(site: World, as_: As) -> None:
    page = as_(site.cast.finance).get("/").text
    assert "Foots" in page
    assert re.search(r"What we owe.*?160", page, re.DOTALL)


def test_the_auditor_reads_the_last_verified_entry(site: World, as_: As) -> None:
    page = as_(site.cast.auditor).get("/").text
    assert "Holds" in page
    assert re.search(r"Last verified entry: [\d,]+", page)
    assert "Published: Helmet sprint, version 1" in page


def test_the_admin_reads_who_may_log_in_and_where_mail_goes(site: World, as_: As) -> None:
    page = as_(site.cast.admin).get("/").text
    assert "Channel manager" in page
    assert "Mail goes to a folder" in page
    assert "No worker" in page


def test_a_real_installation_says_nothing_of_the_demos_jobs(site: World, as_: As) -> None:
    moment = clock.now()
    with transaction():
        for name in ("demo.feed", "books.verify"):
            session.add(JobRun(job=name, scheduled_for=moment, claimed_at=moment, lease_until=moment))
    page = as_(site.cast.admin).get("/").text
    assert "books.verify" in page
    assert "demo.feed" not in page
