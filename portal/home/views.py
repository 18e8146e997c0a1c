"""The home page of every role, and the small address it polls."""

from __future__ import annotations

from flask import Response, request

from portal.core import clock
from portal.home.kept import kept_page
from portal.home.pieces import home_of
from portal.security.current import viewer
from portal.security.doors import signed_in
from portal.security.viewer import Role
from portal.web.htmx import unchanged
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
PAGES = {Role.SELLER: "home/show_seller_home.html", Role.PARTNER_ADMIN: "home/show_partner_home.html"}


@bp.get("/")
@signed_in
def show_home() -> Response:
    """What the viewer has, the one act, what needs attention."""
    me = viewer()
    return kept_page(PAGES.get(me.role, "home/show_vendor_home.html"), home_of(me), today=clock.today())


@bp.get("/home/live")
@signed_in
def show_live() -> Response:
    """The parts that changed since they were last seen, or 204."""
    seen = request.args.get("seen", "")
    home = home_of(viewer())
    if seen.partition("~")[0] == home.stamp:
        return unchanged()
    return page("home/_live.html", home=home, changed=home.changed_since(seen))
