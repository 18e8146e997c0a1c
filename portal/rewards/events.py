"""What happens to orders. Every fact carries what a mail about it says."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class RewardOrdered(Fact):
    """A person ordered a reward; its points are held."""

    order_id: int
    number: str
    reward: str
    points: int
    points_left: int
    person_id: int
    partner_id: int
    name: str
    email: str


@dataclass(frozen=True)
class OrderCancelled(Fact):
    """An order was cancelled and its points went back; `by_us` when staff did it, with the reason."""

    order_id: int
    number: str
    reward: str
    points: int
    person_id: int
    partner_id: int
    name: str
    email: str
    by_us: bool
    reason: str


@dataclass(frozen=True)
class OrderFulfilled(Fact):
    """An order was handed over or sent; its points are spent."""

    order_id: int
    number: str
    reward: str
    points: int
    person_id: int
    partner_id: int
    name: str
    email: str
    note: str


@dataclass(frozen=True)
class OrderDelivered(Fact):
    """An order reached the person."""

    order_id: int
    number: str
    reward: str
    points: int
    person_id: int
    partner_id: int
    name: str
    email: str
