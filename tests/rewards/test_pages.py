"""The pages of rewards, as each role meets them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import transaction
from portal.partners.people.models import Person
from portal.security.viewer import Role
from tests.conventions.markup import faults
from tests.people import Cast, add_cast, add_member, add_shop
from tests.rewards import shelf
from tests.rewards.counting import counted_statements

As = Callable[[Person], FlaskClient]


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The cast, with three rewards on the shelf and 2,020 points for the seller."""
    with app.app_context():
        made = add_cast()
        shelf.add()
        shelf.add("bell", points=250, stock=None, name="Brass bell", type="merchandise", art="bell")
        shelf.add("race", points=900, stock=2, name="Race weekend", min_tier="platinum", art="flag")
        shelf.give(made.seller, 2020)
    return made


def press(client: FlaskClient, code: str) -> str:
    """Order through the page as a person does; where that leads."""
    text = client.get(f"/rewards/{code}").text
    fields = dict(re.findall(r'<input type="hidden" name="(key|points)" value="([^"]+)"', text))
    answer = client.post(f"/rewards/{code}/order", data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_catalog_says_what_is_affordable_and_what_unlocks_the_rest(cast: Cast, as_: As) -> None:
    page = as_(cast.seller).get("/rewards").text
    assert "You have 2,020 stars to spend" in page
    assert "Opens at platinum" in page
    assert faults(page) == []
    affordable = as_(cast.seller).get("/rewards?afford=yes").text
    assert "Brass bell" in affordable
    assert "Race weekend" not in affordable


def test_filters_search_and_order_the_catalog(cast: Cast, as_: As) -> None:
    client = as_(cast.seller)
    assert "Guided ride day" not in client.get("/rewards?type=merchandise").text
    assert "Guided ride day" not in client.get("/rewards?price=500").text
    assert "Guided ride day" in client.get("/rewards?q=ride").text
    dearest = client.get("/rewards?sort=-points").text
    assert dearest.index("Guided ride day") < dearest.index("Brass bell")
    assert "No reward fits this search" in client.get("/rewards?q=yacht").text


def test_a_reward_is_ordered_cancelled_and_ordered_again(cast: Cast, as_: As) -> None:
    client = as_(cast.seller)
    assert "2,020 before, 20 after" in client.get("/rewards/ride-day").text
    where = press(client, "ride-day")
    assert shelf.stock_of() == 2
    page = client.get(where).text
    assert faults(page) == []
    assert "Cancel the order" in page
    assert client.post(f"{where}/cancel").status_code == 303
    assert "2,020 before, 20 after" in client.get("/rewards/ride-day").text
    assert shelf.stock_of() == 3
    press(client, "ride-day")
    listed = client.get("/orders").text
    assert faults(listed) == []
    assert "Canceled" in listed


def test_a_refusal_shows_the_reward_again_with_its_sentence(cast: Cast, as_: As) -> None:
    press(as_(cast.seller), "ride-day")
    data = {"key": "a-key-of-somebody-01", "points": "2000"}
    answer = as_(cast.seller).post("/rewards/ride-day/order", data=data)
    assert answer.status_code == 409
    assert "so 1,980 are missing" in answer.text
    assert faults(answer.text) == []


def test_a_strangers_order_does_not_exist(cast: Cast, as_: As) -> None:
    where = press(as_(cast.seller), "bell")
    assert as_(cast.rival_seller).get(where).status_code == 404
    assert as_(cast.partner_admin).get(where).status_code == 404
    assert as_(cast.rival_seller).post(f"{where}/cancel").status_code == 404


def test_staff_send_and_deliver_from_the_queue(cast: Cast, as_: As) -> None:
    where = press(as_(cast.seller), "bell")
    client = as_(cast.second_manager)
    queue = client.get("/fulfillment").text
    assert faults(queue) == []
    assert "Brass bell" in queue
    assert client.get("/fulfillment/count").text.strip() == "1"
    assert client.post(f"{where}/fulfill", data={"note": "Parcel 4711"}).status_code == 303
    assert "Parcel 4711" in as_(cast.seller).get(where).text
    assert client.post(f"{where}/fulfill").status_code == 409
    assert client.post(f"{where}/deliver").status_code == 303
    assert "Nothing waits" in client.get("/fulfillment").text
    assert "Brass bell" in client.get("/fulfillment?state=delivered").text


def test_a_refusal_by_staff_needs_a_reason_which_the_person_reads(cast: Cast, as_: As) -> None:
    where = press(as_(cast.seller), "bell")
    client = as_(cast.channel_manager)
    client.post(f"{where}/refuse", data={"reason": ""})
    assert shelf.purse(cast.seller).held == 250
    client.post(f"{where}/refuse", data={"reason": "The supplier has none."})
    assert shelf.purse(cast.seller).available == 2020
    assert "The supplier has none." in as_(cast.seller).get(where).text


def test_only_managers_handle_orders_and_only_staff_change_rewards(cast: Cast, as_: As) -> None:
    where = press(as_(cast.seller), "bell")
    for person in (cast.seller, cast.finance, cast.auditor):
        assert as_(person).post(f"{where}/fulfill").status_code == 403
    assert as_(cast.seller).get("/rewards/new").status_code == 403
    assert as_(cast.finance).get("/fulfillment").status_code == 200


def test_a_price_change_is_kept_with_who_made_it(cast: Cast, as_: As) -> None:
    client = as_(cast.channel_manager)
    data = {
        "name": "Guided ride day", "type": "experience", "points": "2200", "value": "88.00", "currency": "USD",
        "min_tier": "", "art": "trail", "description": "A day on the trails.",
    }  # fmt: skip
    assert client.post("/rewards/ride-day/change", data=data).status_code == 303
    page = client.get("/rewards/ride-day").text
    assert faults(page) == []
    assert "2,200" in page
    assert "Tess Moran" in page
    assert "88.00" in page
    assert client.post("/rewards/ride-day/change", data=data | {"value": "lots"}).status_code == 422


def test_an_empty_shelf_tells_staff_to_fill_it_and_sellers_to_wait(app: Flask, as_: As) -> None:
    with transaction():
        staff = add_member("tess@vendor.example", "Tess Moran", Role.CHANNEL_MANAGER)
        seller = add_member("sol@shop.example", "Sol Reyes", Role.SELLER, add_shop())
    page = as_(staff).get("/rewards").text
    assert "What sellers may choose from stands here once you add it." in page
    assert "Rewards appear here when your channel team adds them." in as_(seller).get("/rewards").text


def test_staff_add_stock_and_retire(cast: Cast, as_: As) -> None:
    client = as_(cast.admin)
    data = {
        "code": "tree", "name": "Ten trees", "type": "donation", "points": "200", "value": "10", "currency": "usd",
        "min_tier": "silver", "art": "tree", "description": "", "stock": "4",
    }  # fmt: skip
    assert client.post("/rewards/new", data=data).status_code == 303
    assert client.post("/rewards/new", data=data).status_code == 422
    client.post("/rewards/tree/stock", data={"change": "-3"})
    assert shelf.stock_of("tree") == 1
    assert client.post("/rewards/tree/stock", data={"change": "-3"}).status_code == 422
    assert shelf.stock_of("tree") == 1
    client.post("/rewards/tree/retire")
    assert as_(cast.seller).get("/rewards/tree").status_code == 404
    client.post("/rewards/tree/restore")
    assert as_(cast.seller).get("/rewards/tree").status_code == 200


def test_home_shows_the_reward_that_is_closest(cast: Cast, as_: As) -> None:
    tile = as_(cast.seller).get("/rewards/closest").text
    assert "Yours for the asking" in tile
    press(as_(cast.seller), "bell")
    assert "230 stars away" in as_(cast.seller).get("/rewards/closest").text


@pytest.mark.parametrize("address", ["/rewards", "/rewards/ride-day", "/orders", "/rewards/closest"])
def test_a_page_asks_few_questions_however_long_it_is(cast: Cast, as_: As, address: str) -> None:
    for number in range(30):
        shelf.add(f"thing-{number}", points=10)
    press(as_(cast.seller), "bell")
    with counted_statements() as sent:
        assert as_(cast.seller).get(address).status_code == 200
    assert len(sent) <= 12
