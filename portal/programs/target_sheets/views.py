"""The target sheet of a program: propose, export, bring back with differences, send; and acknowledging."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.core.paging import paged
from portal.engine.frames import TARGET_SCALE
from portal.programs.definitions.phrases import major_words
from portal.programs.definitions.queries import get_program
from portal.programs.participation.queries import get_my_program, whose
from portal.programs.target_sheets import queries, services
from portal.programs.target_sheets.queries import Place, SheetRow
from portal.programs.target_sheets.rules import Proposal, read_proposal
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
bp.add_app_template_filter(major_words, "in_major")
FOLDER = "programs/target_sheets/"
LARGEST = 900_000


@bp.get("/programs/<code>/targets")
@requires("target:read")
def show_sheet(code: str) -> Response:
    """The sheet: last year, the proposal, the target, who has acknowledged it, the total against the goal."""
    program = get_program(viewer(), code)
    if not queries.attainment_places(program):
        return page(f"{FOLDER}no_sheet.html", program=program)
    place = _place(code)
    return page(f"{FOLDER}show_sheet.html", **_sheet(place))


def _place(code: str) -> Place:
    program = get_program(viewer(), code)
    if not queries.attainment_places(program):
        raise Conflict("Nothing in this program is paid against a target.")
    return queries.get_place(program, request.values.get("component", ""), request.values.get("period", ""))


def _proposal() -> tuple[Proposal, dict[str, str]]:
    return read_proposal(*(request.args.get(name, "").strip()[:30] for name in ("growth", "step", "goal")))


def _sheet(place: Place, **more: Any) -> dict[str, Any]:
    proposal, problems = _proposal()
    rows = queries.sheet_rows(viewer(), place, proposal)
    state = read_list_state(filters=("state", "component", "period", "growth", "step", "goal"))
    kept = [row for row in rows if _fits(row, state.q, state.filters["state"])]
    totals = {
        "history": sum((row.history for row in rows), Decimal(0)),
        "proposed": sum((row.proposed or Decimal(0) for row in rows), Decimal(0)),
        "target": sum((row.target or Decimal(0) for row in rows), Decimal(0)),
    }
    counts = {name: sum(row.state == name for row in rows) for name in ("none", "unsent", "sent", "accepted")}
    return {
        "place": place, "proposal": proposal, "problems": problems, "state": state, "totals": totals,
        "counts": counts, "found": paged(kept, page=state.page),
        "places": queries.attainment_places(place.program), "refusal": "", "here": _here(place),
    } | more  # fmt: skip


def _fits(row: SheetRow, q: str, state: str) -> bool:
    return (not state or row.state == state) and q.lower() in f"{row.name} {row.code}".lower()


def _here(place: Place) -> dict[str, Any]:
    kept = {name: request.args[name] for name in ("growth", "step", "goal") if request.args.get(name)}
    return {"component": place.component.code, "period": place.period_start.isoformat()} | kept


@bp.get("/programs/<code>/targets.csv")
@requires("target:read")
def download_sheet(code: str) -> Response:
    """The sheet for editing: the target, or the proposal where none is set."""
    if not queries.attainment_places(get_program(viewer(), code)):
        return redirect_to(url_for("programs.target_sheets.show_sheet", code=code))
    place = _place(code)
    header = ["participant", "measure", "period_start", "target", "name", "last_year", "proposed", "set_now"]
    rows = [
        [row.code, place.component.measured, place.period_start.isoformat(),
         _plain(row.target if row.target is not None else row.proposed), row.name, _plain(row.history),
         _plain(row.proposed), _plain(row.target)]
        for row in queries.sheet_rows(viewer(), place, _proposal()[0])
    ]  # fmt: skip
    return send_csv(f"targets-{code}-{place.period_start.isoformat()}.csv", header, rows)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


@bp.post("/programs/<code>/targets/preview")
@requires("target:set")
def preview_sheet(code: str) -> Response:
    """What an edited file would change, before anything is written."""
    place = _place(code)
    try:
        text = _uploaded()
        rows = queries.sheet_rows(viewer(), place, Proposal())
        found = services.differences(place, rows, text, by=viewer())
    except InvalidInput as error:
        return page(f"{FOLDER}show_sheet.html", error.status, **_sheet(place, refusal=error.sentence))
    typed = {one.participant: one.after for one in found if one.outcome != "error"}
    total = sum((typed.get(row.code) or row.target or Decimal(0) for row in rows), Decimal(0))
    before = sum((row.target or Decimal(0) for row in rows), Decimal(0))
    kinds = ("error", "changed", "new", "same")
    return page(
        f"{FOLDER}preview_sheet.html", place=place, found=sorted(found, key=lambda one: kinds.index(one.outcome)),
        counts={kind: sum(one.outcome == kind for one in found) for kind in kinds}, text=text, total=total,
        before=before, goal=_proposal()[0].goal, here=_here(place), names={row.code: row.name for row in rows},
    )  # fmt: skip


def _uploaded() -> str:
    file = request.files.get("file")
    content = file.stream.read(LARGEST + 1) if file else b""
    if not content or len(content) > LARGEST:
        sentence = "Choose the edited sheet, a CSV file." if not content else "This file is too large for a sheet."
        raise InvalidInput(sentence, field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text. Save it as CSV in UTF-8.", field="file") from error
    if "\x00" in text:
        raise InvalidInput("The file is no CSV file.", field="file")
    return text


@bp.post("/programs/<code>/targets/set")
@requires("target:set")
def set_targets(code: str) -> Response:
    """Write the targets that were looked at."""
    place = _place(code)
    try:
        rows = queries.sheet_rows(viewer(), place, Proposal())
        session.rollback()
        with transaction():
            changed = services.set_targets(place, rows, request.form.get("text", ""), by=viewer())
    except PortalError as error:
        session.rollback()
        return page(f"{FOLDER}show_sheet.html", error.status, **_sheet(_place(code), refusal=error.sentence))
    tell(f"{changed:,} {'target' if changed == 1 else 'targets'} set. Send them to be acknowledged.", "ok")
    return redirect_to(url_for("programs.target_sheets.show_sheet", code=code, **_here(place)))


@bp.post("/programs/<code>/targets/send")
@requires("target:set")
def send_targets(code: str) -> Response:
    """Send every target that was not sent yet to its participant."""
    with transaction():
        place = _place(code)
        count = services.send_targets(place, queries.sheet_rows(viewer(), place, Proposal()), by=viewer())
        here = _here(place)
    tell(
        f"{count:,} {'target was' if count == 1 else 'targets were'} sent. They are acknowledged on My programs.", "ok"
    )
    return redirect_to(url_for("programs.target_sheets.show_sheet", code=code, **here))


@bp.get("/my-programs/<code>/targets")
@requires("program:read")
def show_my_targets(code: str) -> Response:
    """The targets a participant was sent, with those that wait to be acknowledged."""
    who = whose(viewer(), request.args.get("for", ""))
    if who is None:
        return redirect_to(url_for("programs.definitions.show_program", code=code))
    mine = get_my_program(viewer(), who, code)
    plan = mine.row.plan
    places = {
        one.code: Place(mine.row.program, plan, one, plan.starts, who.kind)
        for one in (plan.components if plan is not None else ())
        if plan is not None
    }
    notices = [
        (one, f"{Decimal(one.target) / TARGET_SCALE:,f}", places.get(one.component))
        for one in queries.notices_for(mine.row.program.id, who.kind, who.id)
    ]
    return page(f"{FOLDER}show_my_targets.html", mine=mine, who=who, notices=notices)


@bp.post("/my-programs/<code>/targets/<int:notice_id>/acknowledge")
@requires("target:acknowledge")
def acknowledge_target(code: str, notice_id: int) -> Response:
    """Acknowledge a target that was sent."""
    asked = request.values.get("for", "")
    who = whose(viewer(), asked)
    if who is None:
        raise NotFound
    with transaction():
        mine = get_my_program(viewer(), who, code)
        services.acknowledge(mine.row.program.id, code, who, notice_id, by=viewer())
    tell("Acknowledged. Thank you.", "ok")
    kept = {"for": asked} if asked else {}
    return redirect_to(url_for("programs.target_sheets.show_my_targets", code=code, **kept))  # type: ignore[arg-type]
