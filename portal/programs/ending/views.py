"""The closing report, before and after a program is closed."""

from __future__ import annotations

import datetime as dt
import json

from flask import Response, url_for
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import get_program, names_of
from portal.programs.ending import services
from portal.programs.ending.report import Report, make_report
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.forms import PortalForm, plain_text
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


class CloseProgramForm(PortalForm):
    """What was learned."""

    reason = TextAreaField(
        "What was learned", [DataRequired("Write what was learned, in a sentence."), Length(max=2000), plain_text],
        description="Against its goal, for whoever plans the next one.",
    )  # fmt: skip


@bp.get("/programs/<code>/closing")
@requires("program:review")
def show_closing(code: str) -> Response:
    """What the program paid, to how many, against budget and goal, and which sales did not count."""
    return _closing_page(get_program(viewer(), code), CloseProgramForm(formdata=None))


@bp.post("/programs/<code>/close")
@requires("program:close")
def close_program(code: str) -> Response:
    """Close the program for good."""
    form, program = CloseProgramForm(), get_program(viewer(), code)
    if not form.accept():
        return _closing_page(program, form, 422)
    try:
        with transaction():
            services.close_program(get_program(viewer(), code), by=viewer(), reason=form.reason.data or "")
    except PortalError as error:
        form.refuse(error)
        return _closing_page(get_program(viewer(), code), form, error.status)
    tell("The program is closed. Its report stays as it is.")
    return redirect_to(url_for("programs.ending.show_closing", code=code))


def _closing_page(program: Program, form: CloseProgramForm, status: int = 200) -> Response:
    closing = services.find_closing(program)
    hindrance = services.hindrance(program)
    shown = bool(program.versions)
    report = json.loads(closing.report) if closing is not None else make_report(program) if shown else None
    names = names_of({closing.closed_by_id}) if closing is not None else {}
    return page(
        "programs/ending/show_closing.html", status, program=program, form=form, closing=closing, report=report,
        hindrance="" if closing is not None else hindrance, names=names, days=_days(report or {}),
    )  # fmt: skip


def _days(report: Report) -> dict[str, dt.date]:
    """The days of a report by the text they are kept as."""
    told = [report.get("from"), report.get("until"), *(one["from"] for one in report.get("periods", []))]
    return {day: dt.date.fromisoformat(day) for day in told if day}
