"""The calendar of all programs, and the sheet of one."""

from __future__ import annotations

from flask import Response, current_app, request

from portal.config import Settings
from portal.core import clock
from portal.programs.calendar import queries
from portal.programs.calendar.sheets import draw_code, get_sheet, sheet_pdf
from portal.programs.definitions.words import KINDS
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.pages import page
from portal.web.papers import send_pdf
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
    sheet = get_sheet(viewer(), code)
    return page(f"{FOLDER}show_sheet.html", sheet=sheet, drawn=draw_code(sheet.address))


@bp.get("/programs/<code>/sheet.pdf")
@requires("program:read")
def download_sheet(code: str) -> Response:
    """The same sheet as a PDF, to print or to send."""
    settings: Settings = current_app.extensions["settings"]
    return send_pdf(f"{code}.pdf", sheet_pdf(get_sheet(viewer(), code), settings.brand))
