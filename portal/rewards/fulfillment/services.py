"""Approving, handing over and delivering orders, never by the person who ordered."""

from __future__ import annotations

from portal.audit import services as audit
from portal.core.db import session
from portal.core.events import emit
from portal.ledger import services as ledger
from portal.rewards.catalog.models import Reward
from portal.rewards.errors import OwnOrder
from portal.rewards.events import OrderDelivered, OrderFulfilled
from portal.rewards.redemption import services as redemption
from portal.rewards.redemption.models import OrderState, RewardOrder
from portal.rewards.redemption.queries import lock_order, why_above
from portal.security.limits.errors import AboveLimit
from portal.security.viewer import Viewer


def approve_order(order: RewardOrder, *, by: Viewer) -> RewardOrder:
    """Say that the order will be handed over."""
    order = _locked(order, by)
    _approve(order, by)
    return order


def fulfill_order(order: RewardOrder, *, by: Viewer, note: str = "") -> RewardOrder:
    """Hand the reward over: the points are spent now. An order that only waits is approved by the same act."""
    order = _locked(order, by)
    if order.state == OrderState.PLACED:
        _approve(order, by)
    _step(order, OrderState.FULFILLED, by, note)
    ledger.capture(order.hold_key, reason=f"Order {order.number} was handed over.", actor_person_id=by.person_id)
    emit(OrderFulfilled(note=note.strip(), **redemption.fact_of(order, _reward(order))))
    return order


def deliver_order(order: RewardOrder, *, by: Viewer) -> RewardOrder:
    """Note that the reward reached the person."""
    order = _locked(order, by)
    _step(order, OrderState.DELIVERED, by)
    emit(OrderDelivered(**redemption.fact_of(order, _reward(order))))
    return order


def refuse_order(order: RewardOrder, *, by: Viewer, reason: str) -> RewardOrder:
    """Cancel an order that cannot be handed over, with a reason the person reads."""
    check_not_own(order, by)
    return redemption.cancel_order(order, by=by, reason=reason, by_us=True)


def check_not_own(order: RewardOrder, by: Viewer) -> None:
    """Nobody handles an own order."""
    if order.person_id == by.person_id:
        raise OwnOrder


def _locked(order: RewardOrder, by: Viewer) -> RewardOrder:
    check_not_own(order, by)
    return lock_order(order.id)


def _approve(order: RewardOrder, by: Viewer) -> None:
    if refusal := why_above([order], by)[order.id]:
        raise AboveLimit(refusal)
    _step(order, OrderState.APPROVED, by)


def _reward(order: RewardOrder) -> Reward:
    return session.get_one(Reward, order.reward_id)


def _step(order: RewardOrder, state: OrderState, by: Viewer, note: str = "") -> None:
    before = order.state
    redemption.move_on(order, state)
    redemption.note_step(order, state, by, note.strip() or None)
    audit.record(
        f"order.{state.value}", kind="order", id=order.id, label=order.number, before={"state": before},
        after={"state": state.value}, reason=note.strip() or None, actor=by, partner_id=order.partner_id,
    )  # fmt: skip
