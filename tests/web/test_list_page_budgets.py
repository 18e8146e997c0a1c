"""However many rows a list shows, its page asks the database a dozen times at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.core import clock
from portal.core.db import transaction
from portal.partners.people.models import Person
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import Role
from tests.claims.world import NOW, World, file_claim, make_world
from tests.people import add_member, add_shop, log_in
from tests.rewards.shelf import add, give, order
from tests.support.list_pages import LIST_PAGES, ListPage
from tests.support.statements import statements

pytestmark = pytest.mark.one_database
MOST = 12


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[World]:
    """More of everything than a hidden query a row could get away with."""
    with clock.frozen(NOW):
        world = make_world(tmp_path / "files")
        _add_shops()
        _add_sales(world)
        for number in range(14):
            file_claim(world, invoice_no=f"FB-{number}", lines={"HL-U509": 1 + number})
        _add_orders(world)
        yield world


def _add_shops() -> None:
    with transaction():
        for number in range(14):
            shop = add_shop(f"S{number:02}", f"Shop {number:02}", territory=f"Region {number}")
            add_member(f"seller{number}@shop.example", f"Seller {number}", Role.SELLER, shop)


def _add_sales(world: World) -> None:
    helmet = world.products["HL-U509"].id
    for number in range(14):
        rows = [
            NewLine(f"L{number}-{part}", shop.id, helmet, 2, 6998, "USD", dt.date(2026, 11, 1), invoice_no=f"I{number}")
            for part, shop in enumerate((world.cast.shop, world.cast.rival_shop))
        ]
        with transaction():
            batch = open_batch(f"till-{number}", "import")
            add_lines(batch, rows)
            confirm_batch(batch)


def _add_orders(world: World) -> None:
    for number in range(14):
        add(f"reward-{number}", points=100 + number, stock=9)
    give(world.cast.seller, 50_000)
    for number in range(14):
        order(world.cast.seller, f"reward-{number}")


def _person(world: World, role: str) -> Person:
    found: Person = getattr(world.cast, role)
    return found


def test_a_list_page_asks_the_database_twelve_times_at_most(app: Flask, site: World) -> None:
    asked = {listed.endpoint: _asked(app, site, listed) for listed in LIST_PAGES}
    assert {endpoint: sent for endpoint, sent in asked.items() if len(sent) > MOST} == {}


def _asked(app: Flask, world: World, listed: ListPage) -> list[str]:
    """The statements of the page's second visit by somebody who really logged in."""
    client = app.test_client()
    log_in(client, _person(world, listed.role))
    with app.test_request_context():
        address = app.url_for(listed.endpoint)
    client.get(address)
    with statements() as sent:
        answer = client.get(address)
    assert answer.status_code in (200, 204), address
    return sent


def test_every_list_page_has_a_budget(app: Flask) -> None:
    lists = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.methods and "GET" in rule.methods and not rule.arguments
        if rule.endpoint.rpartition(".")[2].startswith("list_")
    }
    assert lists - {listed.endpoint for listed in LIST_PAGES} == set()
