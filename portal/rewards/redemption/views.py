"""Ordering a reward, following an order, taking it back."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.paging import paginate
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.rewards.catalog.models import Reward
from portal.rewards.catalog.queries import get_reward, purse_of
from portal.rewards.catalog.views import reward_page
from portal.rewards.errors import stars
from portal.rewards.redemption import queries, services
from portal.rewards.redemption.forms import CancelOrderForm, OrderRewardForm
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.rules import STEP_WORDS, is_cancellable
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.post("/rewards/<code>/order")
@requires("reward:order")
def order_reward(code: str) -> Response:
    """Take the points and one piece at once; a refusal shows the reward again with its sentence."""
    form = OrderRewardForm()
    if not form.accept():
        get_reward(viewer(), code)
        tell("This form was not complete. Order from here.", "stop")
        return redirect_to(url_for("rewards.catalog.show_reward", code=code))
    try:
        with transaction():
            order = services.order_reward(
                get_reward(viewer(), code), by=viewer(), form_key=form.key.data or "", shown_points=form.points.data
            )
            number, points = order.number, order.points
    except PortalError as refusal:
        session.rollback()
        reward = get_reward(viewer(), code)
        return page("rewards/catalog/show_reward.html", refusal.status, **reward_page(reward, refusal))
    left = purse_of(viewer()).available
    tell(f"Ordered. {stars(points)} are held, {stars(left)} are left.", "earn")
    return redirect_to(url_for("rewards.redemption.show_order", number=number))


@bp.get("/orders")
@requires("reward:order")
def list_orders() -> Response:
    """The viewer's own orders."""
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="-placed", filters=("state",))
    wanted = queries.OrderFilter(q=state.q, state=state.filters["state"])
    query = queries.search_orders(viewer(), wanted, sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, scalars=False)
    rows = [queries.OrderRow(*row) for row in found.rows]
    counts = queries.count_orders(viewer())
    return page("rewards/redemption/list_orders.html", state=state, found=found, rows=rows, counts=counts)


@bp.get("/orders/<number>")
@requires("order:read")
def show_order(number: str) -> Response:
    """One order with its history and what may still be done."""
    return page("rewards/redemption/show_order.html", **order_page(queries.get_order(viewer(), number)))


def order_page(order: RewardOrder, refusal: PortalError | None = None) -> dict[str, Any]:
    """What the page of an order shows."""
    me = viewer()
    own = order.person_id == me.person_id
    steps = [
        {"at": step.at, "text": STEP_WORDS[step.step], "by": name or "the portal", "note": step.note}
        for step, name in queries.list_steps(order.id)
    ]
    return {
        "order": order,
        "reward": session.get_one(Reward, order.reward_id),
        "person": session.get_one(Person, order.person_id),
        "partner": session.get_one(Partner, order.partner_id),
        "steps": steps,
        "own": own,
        "may_cancel": own and is_cancellable(order.state) and me.can("order:cancel"),
        "may_fulfill": not own and me.can("order:fulfill"),
        "above": queries.why_above([order], me)[order.id],
        "refusal": refusal,
    }


@bp.post("/orders/<number>/cancel")
@requires("order:cancel")
def cancel_order(number: str) -> Response:
    """Take an own order back before it is handed over."""
    form = CancelOrderForm()
    order = queries.get_order(viewer(), number)
    if not form.accept():
        return redirect_to(url_for("rewards.redemption.show_order", number=number))
    try:
        with transaction():
            services.cancel_order(order, by=viewer(), reason=form.reason.data or "")
    except PortalError as refusal:
        session.rollback()
        found = queries.get_order(viewer(), number)
        return page("rewards/redemption/show_order.html", refusal.status, **order_page(found, refusal))
    tell(f"Canceled. {stars(order.points)} are yours again, {stars(purse_of(viewer()).available)} in all.")
    return redirect_to(url_for("rewards.redemption.show_order", number=number))
