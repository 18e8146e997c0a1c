"""The period desk: all periods, one period, calculating now, closing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import Page
from portal.ledger.naming import names_of as owner_names
from portal.ledger.queries import owners_by_id
from portal.partners.organizations.queries import names_of as partner_names
from portal.programs.closing import queries, services
from portal.programs.closing.checks import checklist, fingerprint
from portal.programs.closing.models import TaskState
from portal.programs.closing.queries import STATES, PeriodRow
from portal.programs.exceptions.queries import search_exceptions, why_above
from portal.programs.runs.participants import payees
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to, unchanged
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/closing/"
SIZE = 15
MOST_AMOUNTS = 200


@bp.get("/periods")
@requires("period:read")
def list_periods() -> Response:
    """All periods of all programs: open, in grace, due, locked, with figures and what arrived late."""
    state = read_list_state(filters=("state", "program"))
    every = queries.list_rows()
    kept = [row for row in every if _fits(row, state)]
    number = min(state.page, max(1, -(-len(kept) // SIZE)))
    rows = queries.with_figures(kept[(number - 1) * SIZE : number * SIZE])
    counts = {name: sum(row.state == name for row in every) for name in STATES}
    return page(
        f"{FOLDER}list_periods.html", found=Page(rows, number, SIZE, len(kept)), state=state, counts=counts,
        task=queries.find_task(), programs=sorted({(row.code, row.name) for row in every}, key=lambda one: one[1]),
    )  # fmt: skip


def _fits(row: PeriodRow, state: ListState) -> bool:
    if state.filters["state"] and row.state != state.filters["state"]:
        return False
    if state.filters["program"] and row.code != state.filters["program"]:
        return False
    return not state.q or state.q.lower() in f"{row.name} {row.code} {row.start}".lower()


@bp.get("/periods/<code>/<start>")
@requires("period:read")
def show_period(code: str, start: str) -> Response:
    """One period: figures, checklist, what arrived late, what was posted after the lock, exceptions."""
    row = queries.get_row(code, _day(start))
    prior = queries.prior_entries(row)
    late = queries.late_lines(row) if row.late else []
    exceptions = session.execute(search_exceptions(viewer(), program_id=row.program_id, period=row.start)).all()
    return page(
        f"{FOLDER}show_period.html", row=row, checks=checklist(row), prior=prior, late=late, exceptions=exceptions,
        names=owner_names(owners_by_id({one.owner_id for one in prior})), task=queries.find_task(code),
        shops=partner_names({line.partner_id for line in late}), locked_words=services.LOCKED,
        above=why_above(viewer(), [one for one, _ in exceptions]),
    )  # fmt: skip


@bp.get("/periods/<code>/<start>/close")
@requires("period:close")
def review_period(code: str, start: str) -> Response:
    """The second look: exactly what will be locked, with the checklist."""
    return _review(queries.get_row(code, _day(start)))


def _review(row: PeriodRow, status: int = 200, refusal: str = "") -> Response:
    amounts = queries.amounts_of(row)
    found = payees({(one.kind, one.number) for one in amounts[:MOST_AMOUNTS]})
    shown: list[dict[str, Any]] = [
        {"component": one.component, "earned": one.earned, "who": found[one.kind, one.number]}
        for one in amounts[:MOST_AMOUNTS]
        if (one.kind, one.number) in found
    ]
    parts: dict[str, int] = {}
    for one in amounts:
        parts[one.component] = parts.get(one.component, 0) + one.earned
    return page(
        f"{FOLDER}review_period.html", status, row=row, shown=shown, more=max(len(amounts) - MOST_AMOUNTS, 0),
        parts=parts, checks=checklist(row), seen=fingerprint(row, amounts), refusal=refusal,
    )  # fmt: skip


@bp.post("/periods/<code>/<start>/close")
@requires("period:close")
def close_period(code: str, start: str) -> Response:
    """Lock the period for good; what was looked at is what is locked."""
    row = queries.get_row(code, _day(start))
    session.rollback()
    try:
        with transaction():
            services.close_period(row, seen=request.form.get("seen", ""), by=viewer())
    except PortalError as error:
        session.rollback()
        return _review(queries.get_row(code, _day(start)), error.status, error.sentence)
    tell(f"{row.name}, period from {row.start.day} {row.start:%B %Y}, is locked.", "ok")
    return redirect_to(url_for("programs.closing.show_period", code=code, start=start))


@bp.post("/periods/calculate")
@requires("period:calculate")
def calculate_all() -> Response:
    """Let the worker calculate every program now."""
    with transaction():
        services.ask_calculation(None, by=viewer())
    return redirect_to(url_for("programs.closing.list_periods"))


@bp.post("/periods/<code>/<start>/calculate")
@requires("period:calculate")
def calculate_period(code: str, start: str) -> Response:
    """Let the worker calculate this program now."""
    queries.get_row(code, _day(start))
    session.rollback()
    with transaction():
        services.ask_calculation(code, by=viewer())
    return redirect_to(url_for("programs.closing.show_period", code=code, start=start))


@bp.get("/periods/tasks/<int:task_id>")
@requires("period:read")
def show_task(task_id: int) -> Response:
    """For polling: 204 while nothing has changed, the bar while it runs, the page anew at the end."""
    task = queries.get_task(task_id)
    if task.state in (TaskState.DONE, TaskState.FAILED):
        _tell_end(task.failure, task.posted)
        start, code = request.args.get("start", ""), task.program_code
        if code and start:
            return redirect_to(url_for("programs.closing.show_period", code=code, start=start))
        return redirect_to(url_for("programs.closing.list_periods"))
    if request.args.get("seen") == f"{task.state}-{task.done}":
        return unchanged()
    return page(f"{FOLDER}_task.html", task=task)


def _tell_end(failure: str | None, posted: int) -> None:
    if failure:
        tell(failure, "stop")
        return
    tell(f"Calculated. {posted:,} {'difference' if posted == 1 else 'differences'} posted.", "ok")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error
