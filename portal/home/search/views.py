"""Searching everything the viewer may see, as a palette or as a page."""

from __future__ import annotations

from itertools import chain

from flask import Response, request

from portal.home.search.acts import find_acts, find_pages
from portal.security.current import viewer
from portal.security.doors import signed_in
from portal.web.htmx import partial_or_page
from portal.web.rooms import room_blueprint
from portal.web.slots import Hit, search_all

bp = room_blueprint(__name__)
LONGEST = 100


@bp.get("/search")
@signed_in
def search() -> Response:
    """Things, then acts, then pages; without script the same hits as a page."""
    me = viewer()
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST]
    things = search_all(me, text) if text else []
    groups: dict[str, list[Hit]] = {}
    for hit in chain(things, find_acts(me, text), find_pages(me, text)):
        groups.setdefault(hit.group, []).append(hit)
    return partial_or_page("home/search/_hits.html", "home/search/search.html", groups=groups, q=text)
