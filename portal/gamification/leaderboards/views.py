"""The board, the rows around the viewer for home, and the choice of being named."""

from __future__ import annotations

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.paging import clamp_page
from portal.gamification.badges.queries import goals_in
from portal.gamification.campaigns import units_sold
from portal.gamification.leaderboards import pages, queries, services
from portal.gamification.leaderboards.forms import SetConsentForm
from portal.gamification.levels.sprint import way_of
from portal.partners.territories.queries import list_territories
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import Role
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/leaderboard")
@requires("board:read")
def show_board() -> Response:
    """Who sold most: around the viewer, in the shop, in a territory, everywhere."""
    me, asked = viewer(), request.args.get("territory", "")
    territories = list_territories() if me.is_vendor else []
    chosen = next((one for one in territories if one.name == asked), None)
    found = pages.board_page(
        me, clock.today(), code=request.args.get("board", ""), scope=request.args.get("scope", ""),
        territory=chosen, page=clamp_page(request.args.get("page")),
    )  # fmt: skip
    campaign, way = found.campaign, None
    if campaign is not None and me.role is Role.SELLER and campaign.is_running(clock.today()):
        way = way_of(campaign, units_sold(me.person_id or 0, campaign), goals_in(campaign))
    return page(
        "gamification/leaderboards/show_board.html",
        way=way, found=found, today=clock.today(),
        territories=[("", "All"), *((one.name, one.name) for one in territories)],
        shows_name=queries.shows_name(me.person_id) if me.is_partner else False,
        first_step=pages.first_step_words(found.board), chosen=chosen.name if chosen else "",
    )  # fmt: skip


@bp.get("/leaderboard/around")
@requires("board:read")
def show_around() -> Response:
    """The viewer's neighbors on the running board, for the home page."""
    found = pages.board_page(viewer(), clock.today())
    return page("gamification/leaderboards/_around.html", found=found, first_step=pages.first_step_words(found.board))


@bp.post("/leaderboard/name")
@requires("board:consent")
def set_consent() -> Response:
    """Let other shops see the own name, or no longer."""
    form = SetConsentForm()
    me = viewer()
    if form.accept() and me.person_id is not None:
        with transaction():
            services.set_consent(me.person_id, form.show.data == "yes", by=me)
        shown = form.show.data == "yes"
        tell("Other shops see your name now." if shown else "Other shops no longer see your name.")
    return redirect_to(url_for("gamification.leaderboards.show_board"))
