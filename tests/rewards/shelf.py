"""A small shop of rewards for tests: one reward in one call, points in another, orders in a third."""

from __future__ import annotations

import datetime as dt
import secrets

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.queries import Balance, balances
from portal.ledger.services import post_earning_difference
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person
from portal.rewards.catalog.models import Reward
from portal.rewards.catalog.queries import get_reward
from portal.rewards.catalog.services import RewardValues, add_reward
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.queries import get_order
from portal.rewards.redemption.services import order_reward
from portal.security.viewer import SYSTEM


def add(code: str = "ride-day", points: int = 2000, stock: int | None = 3, **more: str | None) -> Reward:
    """A reward on the shelf."""
    given: dict[str, object] = {
        "name": "Guided ride day", "type": "experience", "art": "trail", "value": 8000, "currency": "USD"
    }  # fmt: skip
    with transaction():
        return add_reward(code, RewardValues(points=points, **(given | more)), stock=stock)  # type: ignore[arg-type]


def give(person: Person, points: int, *, expires_on: dt.date | None = None, key: str = "") -> None:
    """Available points for a person."""
    today = clock.today()
    with transaction():
        post_earning_difference(
            owner_id=person.owner_id, unit="points", amount=points, earning_key=f"sprint/{key}{person.id}",
            program_code="sprint", period_start=today, accounting_date=today, reason="22 helmets",
            idempotency_key=f"give-{key}-{person.id}", expires_on=expires_on, treatment="selling_expense",
        )  # fmt: skip


def purse(person: Person) -> Balance:
    """The person's points now."""
    session.rollback()
    return balances(person.owner_id).get("points", Balance())


def order(person: Person, code: str = "ride-day", key: str | None = None) -> RewardOrder:
    """An order placed by the person."""
    viewer = make_viewer(person)
    with transaction():
        return order_reward(get_reward(viewer, code), by=viewer, form_key=key or secrets.token_hex(12))


def fresh_order(number: str) -> RewardOrder:
    """The order as it stands in the database."""
    session.rollback()
    session.expire_all()
    return get_order(SYSTEM, number)


def stock_of(code: str = "ride-day") -> int | None:
    """What is on the shelf now."""
    session.rollback()
    session.expire_all()
    return get_reward(SYSTEM, code).stock
