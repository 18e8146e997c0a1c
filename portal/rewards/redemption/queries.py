"""Reading orders, always within what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import POINTS
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.people.models import Person
from portal.rewards.catalog.models import Reward
from portal.rewards.redemption.models import OrderState, RewardOrder, RewardOrderStep
from portal.rewards.redemption.rules import WAITING
from portal.security.limits.queries import Desk, seen_by
from portal.security.limits.rules import Kind
from portal.security.viewer import Viewer


def visible_orders(viewer: Viewer) -> Select[RewardOrder]:
    """The own orders; for the vendor's people those of the partners in scope."""
    query = select(RewardOrder)
    if not viewer.is_vendor:
        return query.where(RewardOrder.person_id == viewer.person_id)
    scope = partner_scope(viewer, RewardOrder.partner_id)
    return query if scope is None else query.where(scope)


def get_order(viewer: Viewer, number: str) -> RewardOrder:
    """A visible order by its number; a stranger's does not exist."""
    found = session.scalar(visible_orders(viewer).where(RewardOrder.number == number))
    if found is None:
        raise NotFound
    return found


def lock_order(order_id: int) -> RewardOrder:
    """The order, fresh and locked until the transaction ends; taken after its reward, before any account."""
    query = select(RewardOrder).where(RewardOrder.id == order_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def find_order_by_key(form_key: str) -> RewardOrder | None:
    """The order a form already placed; for the service, never for a page."""
    return session.scalar(select(RewardOrder).where(RewardOrder.form_key == form_key))


@dataclass(frozen=True)
class OrderRow:
    """An order as lists show it."""

    order: RewardOrder
    reward: Reward
    person: str
    partner: str
    partner_code: str


@dataclass(frozen=True)
class OrderFilter:
    """What a list of orders is narrowed to; state `waiting` is everything not handed over yet."""

    q: str = ""
    state: str = ""
    type: str = ""


SORTABLE: dict[str, Any] = {
    "placed": RewardOrder.id,
    "points": RewardOrder.points,
    "reward": Reward.name,
    "person": Person.name,
    "partner": Partner.name,
}


def search_orders(
    viewer: Viewer, wanted: OrderFilter, *, sort: str = "placed", descending: bool = True
) -> Select[RewardOrder, Reward, str, str, str]:
    """Visible orders with reward, person and company, filtered and sorted; rows make an `OrderRow`."""
    query = (
        visible_orders(viewer)
        .join(Reward, Reward.id == RewardOrder.reward_id)
        .join(Person, Person.id == RewardOrder.person_id)
        .join(Partner, Partner.id == RewardOrder.partner_id)
        .add_columns(Reward, Person.name, Partner.name, Partner.code)
    )
    if wanted.q:
        columns = (RewardOrder.number, Reward.name, Person.name, Partner.name)
        query = query.where(or_(*(column.icontains(wanted.q, autoescape=True) for column in columns)))
    if wanted.state == "waiting":
        query = query.where(RewardOrder.state.in_(WAITING))
    elif wanted.state:
        query = query.where(RewardOrder.state == wanted.state)
    if wanted.type:
        query = query.where(Reward.type == wanted.type)
    column = SORTABLE.get(sort, RewardOrder.id)
    return query.order_by(column.desc() if descending else column.asc(), RewardOrder.id.desc())


def count_orders(viewer: Viewer) -> dict[str, int]:
    """How many visible orders stand where; "" is all of them, "waiting" those not handed over yet."""
    scope = visible_orders(viewer).with_only_columns(RewardOrder.state, func.count()).group_by(RewardOrder.state)
    counts = {state: int(number) for state, number in session.execute(scope)}
    waiting = sum(counts.get(state, 0) for state in WAITING)
    return counts | {"": sum(counts.values()), "waiting": waiting}


def count_waiting(viewer: Viewer) -> int:
    """How many visible orders of other people wait to be handed over."""
    query = visible_orders(viewer).where(RewardOrder.state.in_(WAITING), RewardOrder.person_id != viewer.person_id)
    return session.scalar(query.with_only_columns(func.count())) or 0


def list_steps(order_id: int) -> Sequence[Any]:
    """The history of an order, oldest first: rows (RewardOrderStep, name of who did it)."""
    query = select(RewardOrderStep, Person.name).outerjoin(Person, Person.id == RewardOrderStep.by_person_id)
    return session.execute(query.where(RewardOrderStep.order_id == order_id).order_by(RewardOrderStep.id)).all()


def why_above(orders: Sequence[RewardOrder], viewer: Viewer) -> dict[int, str | None]:
    """Why the viewer's limit does not reach to approve these orders: their stars and their cost count."""
    desk = Desk(viewer, Kind.ORDER)
    seen = seen_by(visible_orders, RewardOrder.id, [order.id for order in orders])
    return {
        order.id: desk.why_above(
            {POINTS: order.points, order.currency: order.value}, but=[order.person_id], sees=seen(order.id)
        )
        if order.state == OrderState.PLACED
        else None
        for order in orders
    }
