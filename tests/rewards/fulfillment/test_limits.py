"""Limits on orders: their stars and their cost to us; what somebody else approved may be handed over by anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from portal.core.money import POINTS
from portal.partners.people.models import Person
from portal.rewards.redemption.models import RewardOrder
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer
from tests.partners.limiting import bound
from tests.people import Cast, add_cast
from tests.rewards import shelf

As = Callable[[Person | Viewer], FlaskClient]


@pytest.fixture
def cast(app: Flask, db: scoped_session[Session]) -> Cast:
    return add_cast()


@pytest.fixture
def order(cast: Cast) -> RewardOrder:
    shelf.add()
    shelf.give(cast.seller, 2020)
    return shelf.order(cast.seller)


@pytest.mark.parametrize(
    ("limit", "unit", "says"),
    [
        (1999, POINTS, "This order spends 2,000 stars; your limit for orders is 1,999 stars."),
        (7999, "USD", "This order costs us 80.00 USD; your limit for orders is 79.99 USD."),
    ],
)  # fmt: skip
def test_an_order_above_the_limit_is_neither_approved_nor_sent(
    cast: Cast, order: RewardOrder, as_: As, limit: int, unit: str, says: str
):
    bound(cast.second_manager, Kind.ORDER, limit, unit)
    sam, tess = as_(cast.second_manager), as_(cast.channel_manager)
    page = sam.get(f"/orders/{order.number}").text
    assert f"{says} Tess Moran can decide it." in page
    assert f"/orders/{order.number}/fulfill" not in page
    assert "Above your limit" in sam.get("/fulfillment").text
    for verb in ("approve", "fulfill"):
        refused = sam.post(f"/orders/{order.number}/{verb}")
        assert refused.status_code == 403
        assert says in refused.text
    assert shelf.fresh_order(order.number).state == "placed"
    assert tess.post(f"/orders/{order.number}/approve").status_code == 303
    assert sam.post(f"/orders/{order.number}/fulfill").status_code == 303, "it was approved by somebody else"
    assert shelf.purse(cast.seller).paid == 2000


def test_an_order_of_exactly_the_limit_is_sent(cast: Cast, order: RewardOrder, as_: As):
    bound(cast.second_manager, Kind.ORDER, 2000, POINTS)
    bound(cast.second_manager, Kind.ORDER, 8000)
    assert as_(cast.second_manager).post(f"/orders/{order.number}/fulfill").status_code == 303
