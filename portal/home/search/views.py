"""Searching everything the viewer may see, as a palette or as a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from flask import Response, request

from portal.home.search.acts import find_acts, find_pages
from portal.home.search.story import find_claim, story_of
from portal.security.current import viewer
from portal.security.doors import signed_in
from portal.web.htmx import is_htmx, partial_or_page
from portal.web.rooms import room_blueprint
from portal.web.slots import Hit, search_all

bp = room_blueprint(__name__)
LONGEST = 100
ORDER = ("Claims", "Orders", "Partners", "People", "Products", "Programs", "Statements", "Sales", "Rewards", "Accounts",
         "Audit", "Acts", "Pages")  # fmt: skip


def grouped(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """The hits by group: things first, then acts, then pages."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.group, []).append(hit)
    known = {name: place for place, name in enumerate(ORDER)}
    return dict(sorted(groups.items(), key=lambda item: known.get(item[0], known["Accounts"])))


@bp.get("/search")
@signed_in
def search() -> Response:
    """Things, then acts, then pages; without script the same hits as a page."""
    me = viewer()
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST]
    things = search_all(me, text) if text else []
    hits = chain(things, find_acts(me, text), find_pages(me, text))
    claim = find_claim(me, text)
    return partial_or_page(
        "home/search/_hits.html", "home/search/search.html", groups=grouped(hits), q=text, claim=claim,
        story=story_of(claim) if claim is not None and not is_htmx() else [],
    )  # fmt: skip
