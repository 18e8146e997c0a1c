"""What a new installation says on its home until a sale can pay somebody."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import session, transaction
from portal.home.first_steps import STEPS, draw_first_steps
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import Role
from tests.claims.world import World
from tests.people import add_member, log_in, viewer_of

pytestmark = pytest.mark.one_database


@pytest.fixture
def manager(app: Flask) -> Person:
    """The only person of a portal in which nothing else is."""
    with transaction():
        return add_member("tess@vendor.example", "Tess Moran", Role.CHANNEL_MANAGER)


def test_an_empty_portal_tells_its_manager_what_comes_first(client: FlaskClient, manager: Person) -> None:
    log_in(client, manager)
    text = client.get("/").get_data(as_text=True)
    assert "First steps" in text
    assert f"0 of {len(STEPS)} are there" in text
    assert "/imports/upload?kind=partners" in text
    assert "/programs/templates" in text


def test_a_step_that_was_done_is_ticked_and_the_next_is_offered(client: FlaskClient, manager: Person) -> None:
    log_in(client, manager)
    client.get("/")
    data = {"kind": "partners", "source": "", "file": (io.BytesIO(b"code,name,currency\nNC,North,USD\n"), "p.csv")}
    place = client.post("/imports/upload", data=data).location
    client.post(f"{place}/confirm")
    text = client.get("/").get_data(as_text=True)
    assert f"1 of {len(STEPS)} are there" in text
    assert '<a class="button button--primary" href="/imports/upload?kind=products">Import products</a>' in text


def test_who_cannot_do_a_step_is_not_sent_to_it(client: FlaskClient, manager: Person) -> None:
    with client.application.test_request_context():
        told = draw_first_steps(viewer_of(manager))
    assert told is not None
    assert told.count("/people/invite") == 1  # for partners' people; a second manager is the admin's to invite


def test_once_everything_is_there_nothing_is_said(client: FlaskClient, site: World) -> None:
    with client.application.test_request_context():
        assert draw_first_steps(viewer_of(site.cast.channel_manager)) is None
        with transaction():
            session.get_one(Person, site.cast.second_manager.id).state = PersonState.ENDED
        assert "5 of 6 are there" in str(draw_first_steps(viewer_of(site.cast.channel_manager)))
