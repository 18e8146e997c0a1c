"""Ordering a reward: points and stock move together, or not at all."""

import secrets

import pytest

from portal.core.db import session, transaction
from portal.core.errors import Conflict, Forbidden
from portal.core.events import OutboxRow
from portal.ledger.services import verify
from portal.partners.access.queries import make_viewer
from portal.rewards.catalog.queries import get_reward
from portal.rewards.catalog.services import retire_reward
from portal.rewards.redemption.queries import list_steps
from portal.rewards.redemption.services import order_reward
from portal.security.viewer import SYSTEM
from tests.people import Cast
from tests.rewards import shelf


def test_an_order_holds_the_points_and_takes_one_piece(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 2020)
    order = shelf.order(cast.seller)
    assert (shelf.purse(cast.seller).available, shelf.purse(cast.seller).held) == (20, 2000)
    assert shelf.stock_of() == 2
    assert order.number.startswith("R-2")
    assert [step.step for step, _ in list_steps(order.id)] == ["placed"]
    assert session.query(OutboxRow).filter_by(fact="RewardOrdered").count() == 1
    assert verify() == []


def test_a_second_press_of_the_same_button_is_the_same_order(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 5000)
    first = shelf.order(cast.seller, key="one-and-the-same-key")
    second = shelf.order(cast.seller, key="one-and-the-same-key")
    assert first.id == second.id
    assert shelf.stock_of() == 2
    assert shelf.purse(cast.seller).held == 2000


def test_one_form_cannot_order_two_different_rewards(cast: Cast) -> None:
    shelf.add()
    shelf.add("bell", points=100)
    shelf.give(cast.seller, 5000)
    shelf.order(cast.seller, key="one-and-the-same-key")
    with pytest.raises(Conflict, match="already placed another order"):
        shelf.order(cast.seller, "bell", key="one-and-the-same-key")


def test_too_few_points_are_refused_with_what_is_missing_and_nothing_is_taken(cast: Cast) -> None:
    shelf.add()
    shelf.give(cast.seller, 1860)
    with pytest.raises(Conflict, match="2,000 stars and you have 1,860, so 140 are missing"):
        shelf.order(cast.seller)
    assert shelf.stock_of() == 3
    assert shelf.purse(cast.seller).held == 0


def test_the_last_piece_is_won_once(cast: Cast) -> None:
    shelf.add(stock=1)
    shelf.give(cast.seller, 2000)
    shelf.give(cast.rival_seller, 2000)
    shelf.order(cast.seller)
    with pytest.raises(Conflict, match="The last “Guided ride day” has just been ordered"):
        shelf.order(cast.rival_seller)
    assert shelf.stock_of() == 0
    assert shelf.purse(cast.rival_seller).available == 2000


def test_a_reward_without_a_limit_never_runs_out(cast: Cast) -> None:
    shelf.add(points=10, stock=None)
    shelf.give(cast.seller, 100)
    for _ in range(3):
        shelf.order(cast.seller)
    assert shelf.stock_of() is None
    assert shelf.purse(cast.seller).available == 70


def test_a_reward_of_a_higher_tier_says_where_it_opens(cast: Cast) -> None:
    shelf.add(min_tier="platinum")
    shelf.give(cast.seller, 5000)
    with pytest.raises(Forbidden, match=r"opens at platinum\. Your company is gold"):
        shelf.order(cast.seller)
    assert shelf.stock_of() == 3


def test_a_retired_reward_cannot_be_ordered(cast: Cast) -> None:
    reward = shelf.add()
    shelf.give(cast.seller, 5000)
    with transaction():
        retire_reward(reward, by=make_viewer(cast.channel_manager))
    with pytest.raises(Conflict, match="no longer offered"), transaction():
        order_reward(get_reward(SYSTEM, "ride-day"), by=make_viewer(cast.seller), form_key=secrets.token_hex(12))


def test_a_price_that_changed_since_it_was_shown_is_told_before_anything_is_taken(cast: Cast) -> None:
    shelf.add(points=2100)
    shelf.give(cast.seller, 5000)
    viewer = make_viewer(cast.seller)
    with pytest.raises(Conflict, match="now takes 2,100 stars, not 2,000"), transaction():
        order_reward(get_reward(viewer, "ride-day"), by=viewer, form_key=secrets.token_hex(12), shown_points=2000)
    assert shelf.purse(cast.seller).held == 0


def test_a_partner_admin_may_spend_own_points_and_the_vendor_has_none(cast: Cast) -> None:
    shelf.add(points=100)
    shelf.give(cast.partner_admin, 100)
    assert shelf.order(cast.partner_admin).person_id == cast.partner_admin.id
    with pytest.raises(Forbidden):
        shelf.order(cast.channel_manager)
