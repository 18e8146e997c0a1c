"""The calendar of all programs, and the sheet of one."""

from __future__ import annotations

import segno
from flask import Response, current_app, request, url_for
from markupsafe import Markup

from portal.config import Settings
from portal.core import clock
from portal.core.errors import NotFound
from portal.programs.calendar import queries
from portal.programs.definitions import overview
from portal.programs.definitions.queries import get_program
from portal.programs.definitions.words import KINDS, plan_words
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/calendar/"


@bp.get("/programs/calendar")
@requires("program:review")
def show_calendar() -> Response:
    """All programs of a year on one page."""
    asked, today = request.args.get("year", ""), clock.today()
    known = asked.isascii() and asked.isdigit() and 1900 <= int(asked[:5]) < 3000
    year = int(asked) if known else today.year
    return page(
        f"{FOLDER}show_calendar.html", year=year, bars=queries.bars_of(viewer(), year), months=queries.MONTHS,
        today=queries.place_of(today, year), length=queries.length_of(year), kinds=KINDS,
    )  # fmt: skip


@bp.get("/programs/<code>/sheet")
@requires("program:read")
def show_sheet(code: str) -> Response:
    """One program on one sheet of paper, with a code to scan that opens the claim form."""
    program = get_program(viewer(), code)
    row = overview.rows_of([program])[0]
    if row.plan is None:
        raise NotFound
    overview.check_shown(viewer(), row)
    address = _scanned(row)
    return page(
        f"{FOLDER}show_sheet.html", program=program, row=row, words=plan_words(row.plan, budget=False), kinds=KINDS,
        address=address, drawn=draw_code(address), claims=row.plan.participant == "seller",
    )  # fmt: skip


def _scanned(row: overview.ProgramRow) -> str:
    """Where the code leads: sellers to a claim of this program, partners to how it pays."""
    settings: Settings = current_app.extensions["settings"]
    if row.plan is not None and row.plan.participant == "seller":
        return f"{settings.portal_url}{url_for('claims.submission.new_claim', program=row.program.code)}"
    return f"{settings.portal_url}{url_for('programs.definitions.show_program', code=row.program.code)}"


def draw_code(address: str) -> Markup:
    """A QR code as a drawing, dark on white in either theme."""
    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(scale=4, border=2, dark="#111", light="#fff", omitsize=True))  # noqa: S704  segno's own drawing, no text of anybody
