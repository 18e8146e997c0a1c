"""Who takes part and who accepted the terms; the receipts."""

from __future__ import annotations

from flask import Response, url_for

from portal.core.db import transaction
from portal.core.paging import paged
from portal.programs.definitions.queries import get_program
from portal.programs.enrollments import queries, services
from portal.programs.enrollments.participants import ParticipantRow, participants_of
from portal.programs.rollouts.reminding import find_reminder
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/enrollments/"


@bp.get("/programs/<code>/participants")
@requires("enrollment:read")
def show_participants(code: str) -> Response:
    """Who takes part in a program, percent accepted, and who has not accepted its terms yet."""
    program = get_program(viewer(), code)
    who = participants_of(viewer(), program)
    state = read_list_state(filters=("show",))
    rows = who.invited if state.filters["show"] == "invited" else who.rows
    kept = [row for row in rows if _fits(row, state)]
    return page(
        f"{FOLDER}show_participants.html", program=program, who=who, state=state, found=paged(kept, page=state.page),
        reminder=queries.last_reminder(program, who.terms) if who.terms else None,
        told=find_reminder(program, who.terms) if who.terms else None,
    )  # fmt: skip


def _fits(row: ParticipantRow, state: ListState) -> bool:
    wanted, asked = state.filters["show"], state.q.lower()
    if asked and asked not in row.name.lower() and asked not in row.code.lower():
        return False
    shown = {"accepted": row.receipt is not None, "waiting": row.receipt is None, "lacking": row.lacks}
    return shown.get(wanted, True)


@bp.get("/programs/<code>/participants.csv")
@requires("enrollment:read")
def download_participants(code: str) -> Response:
    """The same list as a file."""
    who = participants_of(viewer(), get_program(viewer(), code))
    header = ["partner", "name", "takes_part", "since", "accepted_at", "accepted_by", "terms_sha256", "certificate"]
    rows = [
        [row.code, row.name, "yes" if row.joined else "no", row.since or "",
         row.receipt.accepted_at.isoformat(timespec="seconds") if row.receipt else "",
         row.receipt.by_name if row.receipt else "", row.receipt.terms_digest if row.receipt else "", row.certificate]
        for row in (*who.rows, *who.invited)
    ]  # fmt: skip
    return send_csv(f"participants-{code}.csv", header, rows)


@bp.post("/programs/<code>/participants/remind")
@requires("enrollment:remind")
def remind_partners(code: str) -> Response:
    """Mail everybody who has not accepted the terms yet."""
    me = viewer()
    with transaction():
        program = get_program(me, code)
        reminder = services.remind_partners(program, participants_of(me, program), by=me)
        number = reminder.recipients
    tell(f"A reminder is on its way to {number:,} {'person' if number == 1 else 'people'}.", "ok")
    return redirect_to(url_for("programs.enrollments.show_participants", code=code, show="waiting"))


@bp.get("/receipts/<int:receipt_id>")
@requires("receipt:read")
def show_receipt(receipt_id: int) -> Response:
    """A receipt for printing: who accepted which text, for whom and when."""
    return page(f"{FOLDER}show_receipt.html", receipt=queries.get_receipt(viewer(), receipt_id))
