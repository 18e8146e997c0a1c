"""The catalog, one reward, and what staff change about it."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, url_for

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.money import to_major
from portal.core.paging import paginate
from portal.rewards.catalog import queries, services
from portal.rewards.catalog.forms import ActForm, AddRewardForm, ChangeRewardForm, StockRewardForm, typed_from
from portal.rewards.catalog.models import Reward, RewardType
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
TYPES = [(kind.value, kind.label) for kind in RewardType]
PAGE_SIZE = 24


@bp.get("/rewards")
@requires("reward:read")
def list_rewards() -> Response:
    """The catalog with what the viewer can afford and what unlocks the rest."""
    state = read_list_state(
        sorts=("points", "name", "newest"), default_sort="points", filters=("type", "price", "afford", "state")
    )
    purse = queries.purse_of(viewer())
    wanted = queries.RewardFilter(q=state.q, **state.filters)
    query = queries.search_rewards(viewer(), wanted, purse, sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, size=PAGE_SIZE)
    offers = {reward.id: purse.offer(reward) for reward in found.rows}
    return page("rewards/catalog/list_rewards.html", state=state, found=found, offers=offers, purse=purse, types=TYPES)


@bp.get("/rewards/<code>")
@requires("reward:read")
def show_reward(code: str) -> Response:
    """One reward: what it takes, what is left, and the act."""
    return page("rewards/catalog/show_reward.html", **reward_page(queries.get_reward(viewer(), code)))


def reward_page(reward: Reward, refusal: PortalError | None = None) -> dict[str, Any]:
    """What the page of a reward shows; every showing has a key of its own, so that it orders once."""
    me = viewer()
    purse = queries.purse_of(me)
    prices = queries.list_prices(reward.id) if me.can("reward:change") else []
    return {
        "reward": reward,
        "offer": purse.offer(reward),
        "purse": purse,
        "prices": prices,
        "form_key": secrets.token_urlsafe(24),
        "refusal": refusal,
        "stock_form": StockRewardForm(formdata=None),
        "type_label": RewardType(reward.type).label,
    }


@bp.get("/rewards/closest")
@requires("reward:order")
def show_closest() -> Response:
    """The reward the viewer is closest to, for the home page; 204 when there is none."""
    purse = queries.purse_of(viewer())
    reward = queries.find_closest(viewer(), purse)
    if reward is None:
        return unchanged()
    return page("rewards/catalog/_closest.html", reward=reward, offer=purse.offer(reward), purse=purse)


@bp.route("/rewards/new", methods=["GET", "POST"])
@requires("reward:change")
def add_reward() -> Response:
    """Offer a new reward."""
    form = AddRewardForm(data={"currency": "USD"})
    if form.accept():
        try:
            with transaction():
                reward = services.add_reward(
                    (form.code.data or "").strip(), form.values(), stock=form.stock.data, by=viewer()
                )
            tell(f"{reward.name} is in the catalog.")
            return redirect_to(url_for("rewards.catalog.show_reward", code=reward.code))
        except PortalError as error:
            form.refuse(error)
    return page("rewards/catalog/add_reward.html", form.status, form=form)


@bp.route("/rewards/<code>/change", methods=["GET", "POST"])
@requires("reward:change")
def change_reward(code: str) -> Response:
    """Change a reward; orders keep the price they were placed at."""
    reward = queries.get_reward(viewer(), code)
    form = ChangeRewardForm(data=typed_from(reward, to_major(reward.value, reward.currency)))
    if form.accept():
        try:
            with transaction():
                changed = services.change_reward(queries.get_reward(viewer(), code), form.values(), by=viewer())
            tell("The reward is changed." if changed else "Nothing was different, so nothing changed.")
            return redirect_to(url_for("rewards.catalog.show_reward", code=code))
        except PortalError as error:
            form.refuse(error)
    return page("rewards/catalog/change_reward.html", form.status, form=form, reward=reward)


@bp.post("/rewards/<code>/stock")
@requires("reward:change")
def stock_reward(code: str) -> Response:
    """Put pieces on the shelf, or take them off."""
    form = StockRewardForm()
    if form.accept():
        with transaction():
            left = services.stock_reward(queries.get_reward(viewer(), code), change=form.change.data, by=viewer())
        tell("There is always one more now." if left is None else f"There are {left:,} on the shelf now.")
    else:
        queries.get_reward(viewer(), code)
        tell("Write a whole number of pieces, such as 5 or -2, or nothing for always one more.", "stop")
    return redirect_to(url_for("rewards.catalog.show_reward", code=code))


@bp.post("/rewards/<code>/retire")
@requires("reward:change")
def retire_reward(code: str) -> Response:
    """Offer it no longer."""
    if ActForm().accept():
        with transaction():
            services.retire_reward(queries.get_reward(viewer(), code), by=viewer())
        tell("The reward is no longer offered. Orders that were placed are still handed over.")
    return redirect_to(url_for("rewards.catalog.show_reward", code=code))


@bp.post("/rewards/<code>/restore")
@requires("reward:change")
def restore_reward(code: str) -> Response:
    """Offer it again."""
    if ActForm().accept():
        with transaction():
            services.restore_reward(queries.get_reward(viewer(), code), by=viewer())
        tell("The reward is offered again.")
    return redirect_to(url_for("rewards.catalog.show_reward", code=code))
