"""Handing orders over: by somebody else, once, and the points are spent."""

import pytest

from portal.audit.models import AuditEntry
from portal.core.db import session, transaction
from portal.core.errors import Conflict, Forbidden
from portal.ledger.services import verify
from portal.partners.access.queries import make_viewer
from portal.rewards.fulfillment.services import approve_order, deliver_order, fulfill_order
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.queries import count_waiting, list_steps
from portal.security.viewer import Role, Viewer
from tests.people import Cast
from tests.rewards import shelf


@pytest.fixture
def order(cast: Cast) -> RewardOrder:
    """An order that waits."""
    shelf.add()
    shelf.give(cast.seller, 2020)
    return shelf.order(cast.seller)


def test_sending_it_spends_the_points_and_approves_on_the_way(cast: Cast, order: RewardOrder) -> None:
    manager = make_viewer(cast.second_manager)
    with transaction():
        fulfill_order(order, by=manager, note="Parcel 4711")
    purse = shelf.purse(cast.seller)
    assert (purse.available, purse.held, purse.paid) == (20, 0, 2000)
    assert [step.step for step, _ in list_steps(order.id)] == ["placed", "approved", "fulfilled"]
    acts = [entry.act for entry in session.query(AuditEntry).filter_by(kind="order").order_by(AuditEntry.id)]
    assert acts == ["order.placed", "order.approved", "order.fulfilled"]
    assert verify() == []


def test_it_is_sent_once(cast: Cast, order: RewardOrder) -> None:
    manager = make_viewer(cast.second_manager)
    with transaction():
        fulfill_order(order, by=manager)
    with pytest.raises(Conflict, match="is sent"), transaction():
        fulfill_order(shelf.fresh_order(order.number), by=manager)
    assert shelf.purse(cast.seller).paid == 2000


def test_approved_then_sent_then_delivered(cast: Cast, order: RewardOrder) -> None:
    manager = make_viewer(cast.channel_manager)
    assert count_waiting(manager) == 1
    for act in (approve_order, fulfill_order, deliver_order):
        with transaction():
            act(shelf.fresh_order(order.number), by=manager)
    assert shelf.fresh_order(order.number).state == "delivered"
    assert count_waiting(manager) == 0


def test_nothing_is_delivered_before_it_is_sent(cast: Cast, order: RewardOrder) -> None:
    with pytest.raises(Conflict, match="is waiting"), transaction():
        deliver_order(order, by=make_viewer(cast.channel_manager))


def test_nobody_hands_over_an_own_order(cast: Cast, order: RewardOrder) -> None:
    promoted = Viewer(person_id=cast.seller.id, role=Role.CHANNEL_MANAGER, name="Sol Reyes")
    with pytest.raises(Forbidden, match="your own order"), transaction():
        fulfill_order(order, by=promoted)
