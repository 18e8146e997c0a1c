"""Exceptions: ask, approve with four eyes, reject with a note, and the list of all."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Response, request, url_for

from portal.core import clock
from portal.core.clock import from_day_number
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.core.paging import paginate
from portal.engine.periods import day_number, windows_of
from portal.ledger.services import typed_amount
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs, get_program
from portal.programs.exceptions import queries, services
from portal.programs.exceptions.forms import AskExceptionForm, RejectExceptionForm
from portal.programs.exceptions.models import ProgramException
from portal.programs.statements.participants import get_participant
from portal.programs.statements.queries import program_names
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/exceptions/"
MOST_PERIODS = 12


@bp.get("/exceptions")
@requires("exception:read")
def list_exceptions() -> Response:
    """All exceptions, what waits for a second person first."""
    return _list_page()


def _list_page(status: int = 200, rejecting: int | None = None, form: RejectExceptionForm | None = None) -> Response:
    state = read_list_state(filters=("state",))
    query = queries.search_exceptions(viewer(), q=state.q, state=state.filters["state"])
    found = paginate(session(), query, page=state.page, scalars=False)
    return page(
        f"{FOLDER}list_exceptions.html", status, state=state, found=found, rejecting=rejecting,
        above=queries.why_above(viewer(), [row for row, _ in found.rows]),
        form=form or RejectExceptionForm(formdata=None),
    )  # fmt: skip


@bp.route("/exceptions/ask", methods=["GET", "POST"])
@requires("exception:ask")
def ask_exception() -> Response:
    """Ask for an exception that another person approves."""
    asked = f"{request.args.get('program', '')}/{request.args.get('period', '')}"
    given = {"participant": request.args.get("participant", ""), "dated": clock.today(), "period": asked}
    form = AskExceptionForm(data=given)
    form.period.choices = _periods()
    if form.accept():
        try:
            with transaction():
                _ask(form)
            tell("Sent for approval. It is posted when another person approves it.")
            return redirect_to(url_for("programs.exceptions.list_exceptions"))
        except PortalError as error:
            form.refuse(error)
    return page(f"{FOLDER}ask_exception.html", form.status, form=form)


def _periods() -> dict[str, list[tuple[str, str]]]:
    """The newest periods of every program that have begun, by the program's name."""
    today, found = day_number(clock.today()), {}
    programs = engine_programs()
    names = program_names({one.code for one in programs})
    for one in sorted(programs, key=lambda one: names.get(one.code, one.code)):
        starts = sorted({window.period_start for window in windows_of(one, today)}, reverse=True)
        days, name = [from_day_number(start) for start in starts[:MOST_PERIODS]], names.get(one.code, one.code)
        told = [(f"{one.code}/{day.isoformat()}", f"{name}, from {day.day} {day:%B %Y}") for day in days]
        if told:
            found[name] = told
    return found


def _ask(form: AskExceptionForm) -> ProgramException:
    try:
        who = get_participant(viewer(), (form.participant.data or "").strip())
    except NotFound as error:
        error.sentence = "Nobody has this code or e-mail, or it is not in your territories."
        error.field = "participant"
        raise
    code, _, day = str(form.period.data).partition("/")
    program = get_program(viewer(), code)
    wanted = services.Wanted(
        typed_amount(form.amount.data or "", program.unit), cast(dt.date, form.dated.data), form.reason.data or ""
    )
    return services.ask_exception(program, dt.date.fromisoformat(day), who, wanted, by=viewer())


@bp.post("/exceptions/<int:exception_id>/approve")
@requires("exception:decide")
def approve_exception(exception_id: int) -> Response:
    """Post an exception that somebody else asked for."""
    with transaction():
        row = queries.lock_exception(viewer(), exception_id)
        services.approve_exception(row, session.get_one(Program, row.program_id), by=viewer())
    tell("Exception posted. It stands on the statement with its reason.", "ok")
    return redirect_to(url_for("programs.exceptions.list_exceptions"))


@bp.post("/exceptions/<int:exception_id>/reject")
@requires("exception:decide")
def reject_exception(exception_id: int) -> Response:
    """Reject an exception that somebody else asked for, with a note."""
    form = RejectExceptionForm()
    if form.accept():
        try:
            with transaction():
                row = queries.lock_exception(viewer(), exception_id)
                program = session.get_one(Program, row.program_id)
                services.reject_exception(row, program, note=form.note.data or "", by=viewer())
            tell("Exception rejected. Nothing was posted.", "info")
            return redirect_to(url_for("programs.exceptions.list_exceptions"))
        except InvalidInput as error:
            form.refuse(error)
    queries.get_exception(viewer(), exception_id)
    return _list_page(422, rejecting=exception_id, form=form)


@bp.get("/exceptions/count")
@requires("exception:read")
def count_waiting() -> Response:
    """How many wait for a second person, for the rail."""
    return page(f"{FOLDER}_count.html", number=queries.count_waiting(viewer()))
