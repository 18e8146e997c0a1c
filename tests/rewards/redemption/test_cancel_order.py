"""Cancelling: everything goes back exactly where it came from."""

import datetime as dt

import pytest

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.events import OutboxRow
from portal.ledger.queries import living_lots
from portal.ledger.services import expire_due, verify
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person
from portal.rewards.catalog.services import stock_reward
from portal.rewards.fulfillment.services import fulfill_order, refuse_order
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.services import cancel_order
from tests.people import Cast
from tests.rewards import shelf


def cancel(order: RewardOrder, person: Person) -> None:
    """Cancelled by that person."""
    with transaction():
        cancel_order(order, by=make_viewer(person))


def lots(person: Person) -> list[tuple[int, int, dt.date | None]]:
    """What is left of each lot, and until when."""
    session.rollback()
    return [(lot.available, lot.held, lot.expires_on) for lot in living_lots(person.owner_id, "points")]


def test_the_person_gets_points_and_the_shelf_its_piece_back(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2020)
    order = shelf.order(cast.seller)
    cancel(order, cast.seller)
    assert (shelf.purse(cast.seller).available, shelf.purse(cast.seller).held) == (2020, 0)
    assert shelf.stock_of() == 3
    assert shelf.fresh_order(order.number).state == "cancelled"
    assert session.query(OutboxRow).filter_by(fact="OrderCancelled").count() == 1
    assert verify() == []


def test_the_very_lots_come_back_with_their_own_dates(cast: Cast) -> None:
    shelf.add(points=150)
    soon, later = clock.today() + dt.timedelta(days=40), clock.today() + dt.timedelta(days=400)
    shelf.give(cast.seller, 100, expires_on=soon, key="a")
    shelf.give(cast.seller, 100, expires_on=later, key="b")
    before = lots(cast.seller)
    order = shelf.order(cast.seller)
    assert lots(cast.seller) == [(0, 100, soon), (50, 50, later)]
    cancel(order, cast.seller)
    assert lots(cast.seller) == before


def test_points_given_back_by_us_live_at_least_thirty_days(cast: Cast) -> None:
    shelf.add(points=100)
    shelf.give(cast.seller, 100, expires_on=clock.today() + dt.timedelta(days=5))
    order = shelf.order(cast.seller)
    with clock.frozen(clock.now() + dt.timedelta(days=10)), transaction():
        refuse_order(order, by=make_viewer(cast.channel_manager), reason="Sold out at the supplier.")
        expire_due(clock.today())
    with clock.frozen(clock.now() + dt.timedelta(days=10)):
        [(available, _, expires_on)] = lots(cast.seller)
        assert (available, expires_on) == (100, clock.today() + dt.timedelta(days=30))


def test_an_order_is_cancelled_once(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2000)
    order = shelf.order(cast.seller)
    cancel(order, cast.seller)
    with pytest.raises(Conflict, match="is canceled, so this can no longer be done"):
        cancel(shelf.fresh_order(order.number), cast.seller)
    assert shelf.stock_of() == 3
    assert shelf.purse(cast.seller).available == 2000


def test_what_was_sent_cannot_be_cancelled(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2000)
    order = shelf.order(cast.seller)
    with transaction():
        fulfill_order(order, by=make_viewer(cast.second_manager))
    with pytest.raises(Conflict, match="is sent"):
        cancel(shelf.fresh_order(order.number), cast.seller)
    assert shelf.purse(cast.seller).paid == 2000


def test_nobody_cancels_the_order_of_another(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2000)
    order = shelf.order(cast.seller)
    with pytest.raises(Forbidden):
        cancel(order, cast.partner_admin)


def test_staff_say_why(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2000)
    order = shelf.order(cast.seller)
    with pytest.raises(InvalidInput, match="Say why"), transaction():
        refuse_order(order, by=make_viewer(cast.channel_manager), reason=" ")


def test_an_order_that_took_no_piece_puts_none_back(cast: Cast) -> None:
    reward = shelf.add(points=100, stock=None)
    shelf.give(cast.seller, 100)
    order = shelf.order(cast.seller)
    with transaction():
        stock_reward(reward, change=5, by=make_viewer(cast.channel_manager))
    cancel(order, cast.seller)
    assert shelf.stock_of() == 5
