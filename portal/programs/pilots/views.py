"""The pilot of a program: the two groups, and what the difference between them says."""

from __future__ import annotations

from flask import Response, request

from portal.core.errors import PortalError
from portal.core.paging import paged
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import get_program
from portal.programs.pilots import pages, queries
from portal.programs.pilots.queries import Draw, Side
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/pilots/"


@bp.get("/programs/<code>/pilot")
@requires("pilot:read")
def show_pilot(code: str) -> Response:
    """Pilot against control before and during the program, what it cost and what it brought."""
    program = get_program(viewer(), code)
    draw = _draw(program)
    if draw is None:
        return page(f"{FOLDER}no_pilot.html", program=program)
    typed = pages.Typed(*(request.args.get(name, "").strip()[:30] for name in ("costs", "star")))
    return page(f"{FOLDER}show_pilot.html", **pages.pilot_page(draw, queries.read_result(draw), typed))


@bp.get("/programs/<code>/pilot/partners")
@requires("pilot:read")
def show_groups(code: str) -> Response:
    """The partners of both groups."""
    program = get_program(viewer(), code)
    draw = _draw(program)
    if draw is None:
        return page(f"{FOLDER}no_pilot.html", program=program)
    state = read_list_state(filters=("side",))
    kept = [side for side in draw.sides if _fits(side, state)]
    counts = {side: len(draw.of(side)) for side in (queries.PILOT, queries.CONTROL)}
    found = paged(kept, page=state.page)
    return page(f"{FOLDER}show_groups.html", program=program, draw=draw, found=found, counts=counts, state=state)


@bp.get("/programs/<code>/pilot/partners.csv")
@requires("pilot:read")
def download_groups(code: str) -> Response:
    """The same list as a file."""
    draw = _draw(get_program(viewer(), code))
    header = ["partner", "name", "group", "company", "tier", "territory"]
    rows = [
        [side.code, side.name, side.side, side.company, side.tier, side.territory]
        for side in (draw.sides if draw else ())
    ]
    return send_csv(f"pilot-{code}.csv", header, rows)


def _draw(program: Program) -> Draw | None:
    try:
        return queries.get_draw(program)
    except PortalError:
        return None


def _fits(side: Side, state: ListState) -> bool:
    asked = state.q.casefold()
    named = not asked or asked in side.name.casefold() or asked in side.code.casefold()
    return named and state.filters["side"] in ("", side.side)
