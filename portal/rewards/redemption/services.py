"""Ordering and cancelling: points and stock move together, or not at all.

Locks are taken in one order: the reward, the order, the accounts. A form's key makes a second press the same order.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.events import emit
from portal.core.money import POINTS
from portal.ledger import services as ledger
from portal.ledger.errors import NotEnough
from portal.partners.people.models import Person
from portal.rewards.catalog.models import Reward, RewardState
from portal.rewards.catalog.queries import lock_reward, purse_of
from portal.rewards.catalog.rules import is_open_to
from portal.rewards.catalog.services import put_back_one, take_one
from portal.rewards.errors import NotEnoughStars, OrderMoved, PriceChanged, Retired, SoldOut, TierTooLow
from portal.rewards.events import OrderCancelled, RewardOrdered
from portal.rewards.redemption.models import OrderState, RewardOrder, RewardOrderStep
from portal.rewards.redemption.queries import find_order_by_key, lock_order
from portal.rewards.redemption.rules import MIN_DAYS_GIVEN_BACK, STATE_WORDS, checked_key, may_become
from portal.security.viewer import Viewer

FIRST_NUMBER = 2000


def order_reward(reward: Reward, *, by: Viewer, form_key: str, shown_points: int | None = None) -> RewardOrder:
    """Order a reward for the viewer; the same `form_key` returns the first order. `shown_points` guards the price."""
    if by.person_id is None or by.owner_id is None or by.partner_id is None:
        raise Forbidden("Rewards are for the people of partners.")
    key = f"{by.person_id}:{checked_key(form_key)}"
    reward = lock_reward(reward.id)
    first = find_order_by_key(key)
    if first is not None:
        return _same(first, reward)
    tier = purse_of(by).tier
    if reward.state != RewardState.ACTIVE:
        raise Retired(reward.name)
    if not is_open_to(reward.min_tier, tier):
        raise TierTooLow(reward.name, reward.min_tier or "", tier)
    if shown_points is not None and shown_points != reward.points:
        raise PriceChanged(shown_points, reward.points)
    limited = reward.stock is not None
    if not take_one(reward):
        raise SoldOut(reward.name)
    order = _place(reward, by, key, took_stock=limited)
    left = _hold(order, by)
    note_step(order, OrderState.PLACED, by)
    facts = fact_of(order, reward)
    emit(RewardOrdered(points_left=left, **facts))
    _record("order.placed", order, by, after={"reward": reward.code, "points": order.points, "left": left})
    return order


def _same(first: RewardOrder, reward: Reward) -> RewardOrder:
    if first.reward_id != reward.id:
        raise Conflict("This form has already placed another order. Open the reward again and order from there.")
    return first


def _place(reward: Reward, by: Viewer, key: str, *, took_stock: bool) -> RewardOrder:
    moment = clock.now()
    order = RewardOrder(
        number=secrets.token_hex(16), reward_id=reward.id, person_id=by.person_id, partner_id=by.partner_id,
        owner_id=by.owner_id, points=reward.points, value=reward.value, currency=reward.currency, form_key=key,
        took_stock=took_stock, state=OrderState.PLACED, placed_at=moment, changed_at=moment,
    )  # fmt: skip
    session.add(order)
    try:
        session.flush()
    except IntegrityError as twin:
        raise Conflict("This form was sent twice at once and one order was placed. Look at your orders.") from twin
    order.number = f"R-{FIRST_NUMBER + order.id}"
    session.flush()
    return order


def _hold(order: RewardOrder, by: Viewer) -> int:
    """Hold the points; returns what is left available."""
    try:
        ledger.hold(
            order.owner_id, POINTS, order.points, order.hold_key, order.number,
            reason=f"Held for order {order.number}.", actor_person_id=by.person_id,
        )  # fmt: skip
    except NotEnough as refusal:
        raise NotEnoughStars(purse_of(by).available, order.points) from refusal
    return purse_of(by).available


def cancel_order(order: RewardOrder, *, by: Viewer, reason: str = "", by_us: bool = False) -> RewardOrder:
    """Give points and stock back exactly; points given back by us live at least thirty days more.

    The person may cancel until the order is handed over; staff (`by_us`) must say why.
    """
    if by_us and not reason.strip():
        raise InvalidInput("Say why; the person reads it.", field="reason")
    if not by_us and order.person_id != by.person_id:
        raise Forbidden("Only the person who ordered can cancel it here.")
    reward = lock_reward(order.reward_id)
    order = lock_order(order.id)
    move_on(order, OrderState.CANCELLED)
    order.reason = reason.strip() or None
    if order.took_stock:
        put_back_one(reward)
    ledger.release(
        order.hold_key, MIN_DAYS_GIVEN_BACK if by_us else 0,
        reason=f"Order {order.number} was canceled.", actor_person_id=by.person_id,
    )  # fmt: skip
    note_step(order, OrderState.CANCELLED, by, order.reason)
    emit(OrderCancelled(by_us=by_us, reason=order.reason or "", **fact_of(order, reward)))
    _record("order.cancelled", order, by, reason=order.reason, after={"points": order.points, "by_us": by_us})
    return order


def move_on(order: RewardOrder, state: OrderState) -> None:
    """Take the next state of a locked order, or refuse in words."""
    if not may_become(order.state, state):
        now = STATE_WORDS[order.state].lower()
        raise OrderMoved(f"Order {order.number} is {now}, so this can no longer be done. Nothing was changed.")
    order.state, order.changed_at = state, clock.now()
    session.flush()


def note_step(order: RewardOrder, step: OrderState, by: Viewer, note: str | None = None) -> None:
    """Write one entry of the order's history."""
    session.add(
        RewardOrderStep(order_id=order.id, step=step, at=clock.now(), by_person_id=by.person_id, note=note or None)
    )
    session.flush()


def fact_of(order: RewardOrder, reward: Reward) -> dict[str, Any]:
    """What every fact about an order says."""
    person = session.get_one(Person, order.person_id)
    return {
        "order_id": order.id, "number": order.number, "reward": reward.name, "points": order.points,
        "person_id": order.person_id, "partner_id": order.partner_id, "name": person.name, "email": person.email,
    }  # fmt: skip


def _record(act: str, order: RewardOrder, by: Viewer, *, after: dict[str, Any], reason: str | None = None) -> None:
    audit.record(
        act, kind="order", id=order.id, label=order.number, after=after, reason=reason, actor=by,
        partner_id=order.partner_id,
    )  # fmt: skip
