"""Who sees whose earnings, and how many statements of SQL a list takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.people.models import Person
from portal.partners.spif.services import answer_spifs
from portal.partners.territories.models import ManagerTerritory
from portal.partners.territories.queries import find_territory
from portal.programs.definitions.slots import draw_budgets, find_programs
from portal.programs.statements.slots import draw_outlook, find_statements
from tests.people import viewer_of
from tests.programs.shop_year import HELMETS, SPRINT, TODAY, closed_quarter, open_channel
from tests.support.statements import statements

pytestmark = pytest.mark.one_database
As = Callable[[Person], FlaskClient]
SHOP, RIVAL = "AW00000290", "AW00000650"
MOST = 12


def test_a_manager_with_territories_sees_only_theirs(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    manager = channel.cast.second_manager
    with transaction():
        southwest = find_territory("Southwest")
        assert southwest is not None
        session.add(ManagerTerritory(person_id=manager.id, territory_id=southwest.id))
    client = as_(manager)
    assert client.get(f"/statements/{SHOP}").status_code == 404
    assert client.get(f"/statements/{channel.cast.seller.email}").status_code == 404
    assert client.get(f"/statements/{RIVAL}").status_code == 200
    with clock.frozen(TODAY):
        assert "Friendly Bike Shop" not in client.get("/statements").text


def test_a_spif_the_company_takes_stands_on_the_company(app: Flask, as_: As) -> None:
    channel = open_channel()
    cast = channel.cast
    with clock.frozen("2026-01-03T09:00"), transaction():
        answer_spifs(cast.rival_shop, "to_company", valid_from=dt.date(2026, 1, 3))
    line = channel.line(
        "T-1",
        "HL-U509",
        "2026-11-10",
        6_998,
        cast.rival_shop,
        quantity=2,
        flow="sell_out",
        seller_id=cast.rival_seller.id,
    )
    channel.arrive("2026-11-10T09:00", line, source="till")
    with clock.frozen(TODAY):
        company = as_(cast.rival_admin).get(f"/programs/{HELMETS}/earnings/{RIVAL}/{SPRINT}").text
        person = as_(cast.rival_seller).get(f"/programs/{HELMETS}/earnings/{cast.rival_seller.email}/{SPRINT}").text
        statement = as_(cast.rival_admin).get(f"/statements/{RIVAL}/2026-Q4")
    assert "Why 80 stars?" in company
    assert "2 Sport-100 helmets" in company
    assert "Why 0 stars?" in person
    assert "the shop takes SPIFs for its people itself" in person
    assert statement.status_code == 200
    assert "Helmet sprint" in statement.text


@pytest.mark.parametrize("address", ["/programs", "/statements", f"/statements/{SHOP}", f"/partners/{SHOP}/earnings"])
def test_a_list_takes_few_statements_of_sql(app: Flask, as_: As, address: str) -> None:
    client = as_(closed_quarter().cast.finance)
    with clock.frozen(TODAY), statements() as seen:
        assert client.get(address).status_code == 200
    assert len(seen) <= MOST, seen


def test_how_it_pays_takes_few_statements_of_sql(app: Flask, as_: As) -> None:
    client = as_(closed_quarter().cast.partner_admin)
    with clock.frozen(TODAY), statements() as seen:
        assert client.get("/programs").status_code == 200
    assert len(seen) <= MOST, seen


def test_what_other_pages_show_of_programs_is_scoped_too(app: Flask) -> None:
    cast = closed_quarter().cast
    with app.test_request_context(), clock.frozen(TODAY):
        shop, rival, manager = (viewer_of(p) for p in (cast.partner_admin, cast.rival_admin, cast.channel_manager))
        assert "455.00 more by the quarter" in (draw_outlook(shop) or "")
        assert draw_outlook(rival) is None
        assert "of 60,000.00 USD" in (draw_budgets(manager) or "")
        assert [hit.label for hit in find_statements(shop, "friendly")] == ["Statement of Friendly Bike Shop"]
        assert list(find_statements(rival, "friendly")) == []
        assert [hit.label for hit in find_programs(shop, "sprint")] == ["Helmet sprint"]
        assert list(find_programs(shop, " ")) == []
