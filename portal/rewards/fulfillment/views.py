"""The queue of orders, and what staff do with one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, url_for

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.paging import paginate
from portal.rewards.catalog.models import RewardType
from portal.rewards.fulfillment import services
from portal.rewards.fulfillment.forms import FulfillOrderForm, RefuseOrderForm
from portal.rewards.redemption import queries
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.views import order_page
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.forms import PortalForm
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
TYPES = [(kind.value, kind.label) for kind in RewardType]


@bp.get("/fulfillment")
@requires("order:review")
def list_waiting() -> Response:
    """Orders of the viewer's partners; without a filter those that wait, oldest first."""
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="placed", filters=("state", "type"))
    chosen = state.filters["state"] or "waiting"
    wanted = queries.OrderFilter(q=state.q, state="" if chosen == "all" else chosen, type=state.filters["type"])
    query = queries.search_orders(viewer(), wanted, sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, scalars=False)
    rows = [queries.OrderRow(*row) for row in found.rows]
    return page(
        "rewards/fulfillment/list_waiting.html", state=state, found=found, rows=rows, chosen=chosen, types=TYPES,
        counts=queries.count_orders(viewer()), may_act=viewer().can("order:fulfill"),
        above=queries.why_above([row.order for row in rows], viewer()),
    )  # fmt: skip


@bp.get("/fulfillment/count")
@requires("order:review")
def count_waiting() -> Response:
    """How many orders wait, for the rail."""
    return page("rewards/fulfillment/_count.html", number=queries.count_waiting(viewer()))


@bp.post("/orders/<number>/approve")
@requires("order:fulfill")
def approve_order(number: str) -> Response:
    """Say that it will be handed over."""
    return _act(number, FulfillOrderForm(), lambda order: services.approve_order(order, by=viewer()), "Approved.")


@bp.post("/orders/<number>/fulfill")
@requires("order:fulfill")
def fulfill_order(number: str) -> Response:
    """Hand it over: the points are spent."""
    form = FulfillOrderForm()
    note = form.note.data or ""
    return _act(number, form, lambda order: services.fulfill_order(order, by=viewer(), note=note), "Marked as sent.")


@bp.post("/orders/<number>/deliver")
@requires("order:fulfill")
def deliver_order(number: str) -> Response:
    """Note that it arrived."""
    return _act(number, FulfillOrderForm(), lambda order: services.deliver_order(order, by=viewer()), "Delivered.")


@bp.post("/orders/<number>/refuse")
@requires("order:fulfill")
def refuse_order(number: str) -> Response:
    """Cancel it with a reason; points and stock go back."""
    form = RefuseOrderForm()
    reason = form.reason.data or ""
    return _act(
        number, form, lambda order: services.refuse_order(order, by=viewer(), reason=reason),
        "Canceled. The stars went back to the person.",
    )  # fmt: skip


def _act(number: str, form: PortalForm, work: Callable[[RewardOrder], object], said: str) -> Response:
    order = queries.get_order(viewer(), number)
    if not form.accept():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        tell(sentences[0] if sentences else "This form was not complete.", "stop")
        return redirect_to(url_for("rewards.redemption.show_order", number=number))
    try:
        with transaction():
            work(order)
    except PortalError as refusal:
        if refusal.status == 403:
            raise
        session.rollback()
        found = queries.get_order(viewer(), number)
        return page("rewards/redemption/show_order.html", refusal.status, **order_page(found, refusal))
    tell(f"Order {number}: {said}")
    return redirect_to(url_for("rewards.redemption.show_order", number=number))
