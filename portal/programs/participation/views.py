"""My programs: the list, one program, joining, leaving, accepting terms, and the published text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import get_program, plan_of
from portal.programs.definitions.words import plan_words
from portal.programs.enrollments import services
from portal.programs.enrollments.rules import terms_in
from portal.programs.participation.certified import held_by, lacking
from portal.programs.participation.forms import AcceptForm, JoinForm, LeaveForm
from portal.programs.participation.pages import branches, program_page
from portal.programs.participation.queries import TABS, get_my_program, list_my_programs, whose
from portal.programs.statements.participants import Participant, own_participant
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.forms import PortalForm
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/participation/"
Act = Callable[[Program, Partner], str]


@bp.get("/my-programs")
@requires("program:read")
def show_my_programs() -> Response:
    """What each program pays, where I stand, what is missing to the next step and what that is worth."""
    who = whose(viewer(), request.args.get("for", ""))
    if who is None:
        return redirect_to(url_for("programs.definitions.list_programs"))
    every = list_my_programs(viewer(), who)
    counts = {tab: sum(one.row.state == tab for one in every) for tab in TABS}
    tab = request.args.get("show", "") if request.args.get("show", "") in TABS else TABS[0]
    shown = [one for one in every if one.row.state == tab]
    return page(
        f"{FOLDER}show_my_programs.html", who=who, shown=shown, counts=counts, tab=tab,
        branches=branches(viewer(), who), own=_own(who),
    )  # fmt: skip


@bp.get("/my-certificates")
@requires("program:read")
def show_my_certificates() -> Response:
    """The certificates of a company and its people, and which programs ask for one."""
    who = whose(viewer(), request.args.get("for", ""))
    if who is None:
        return redirect_to(url_for("partners.organizations.list_partners"))
    mine = [one for one in list_my_programs(viewer(), who, outlook=False) if one.need and one.row.state in TABS[:2]]
    missing = {one.row.program.code: lacking(who, one.need) for one in mine if one.need is not None}
    return page(
        f"{FOLDER}show_my_certificates.html", who=who, mine=mine, missing=missing, held=held_by(viewer(), who),
        branches=branches(viewer(), who), own=_own(who),
    )  # fmt: skip


@bp.get("/my-programs/<code>")
@requires("program:read")
def show_my_program(code: str) -> Response:
    """One program: the rule, my bands, the periods so far, terms and documents."""
    who = whose(viewer(), request.args.get("for", ""))
    if who is None:
        return redirect_to(url_for("programs.definitions.show_program", code=code))
    return page(f"{FOLDER}show_my_program.html", own=_own(who), **program_page(viewer(), who, code))


@bp.get("/my-programs/<code>/documents/<int:number>")
@requires("program:read")
def show_document(code: str, number: int) -> Response:
    """The published text of one version, for printing: the rule in words and the terms."""
    who = whose(viewer(), request.args.get("for", ""))
    if who is None:
        return redirect_to(url_for("programs.definitions.show_version", code=code, number=number))
    mine = get_my_program(viewer(), who, code)
    version = next((one for one in get_program(viewer(), code).versions if one.number == number), None)
    if version is None:
        raise NotFound
    terms = terms_in(version.document, version.number, version.effective_from)
    words = plan_words(plan_of(version), budget=False)
    return page(f"{FOLDER}show_document.html", mine=mine, version=version, words=words, terms=terms, own=_own(who))


@bp.post("/my-programs/<code>/join")
@requires("program:join")
def join_program(code: str) -> Response:
    """Take part from a day on, accepting the terms where there are some."""
    form = JoinForm()

    def act(program: Program, partner: Partner) -> str:
        accepted = form.accepted.data or None
        if accepted and not form.agree.data:
            raise InvalidInput("Tick the box to accept the terms; without them nothing counts.", field="agree")
        services.join_program(program, partner, day=_day(form), accepted=accepted, by=viewer())
        return f"You take part in {program.name}."

    return _acted(code, form, "join", act)


@bp.post("/my-programs/<code>/leave")
@requires("program:join")
def leave_program(code: str) -> Response:
    """Take part no longer from a day on."""
    form = LeaveForm(prefix="leave-")

    def act(program: Program, partner: Partner) -> str:
        services.leave_program(program, partner, day=_day(form), by=viewer())
        return f"Recorded. What is sold before that day still counts in {program.name}."

    return _acted(code, form, "leave", act)


@bp.post("/my-programs/<code>/accept")
@requires("terms:accept")
def accept_terms(code: str) -> Response:
    """Accept the terms that were shown, for the company."""
    form = AcceptForm()

    def act(program: Program, partner: Partner) -> str:
        if not form.agree.data:
            raise InvalidInput("Tick the box to accept the terms.", field="agree")
        receipt = services.accept_terms(program, partner, accepted=form.accepted.data or "", by=viewer())
        return f"Accepted. Receipt {receipt.id} is kept with your documents."

    return _acted(code, form, "accept", act)


def _acted(code: str, form: PortalForm, name: str, act: Act) -> Response:
    """Do it for the company looked at; a refusal brings the page back with what was typed."""
    who, status = _who(), 422
    get_my_program(viewer(), who, code)
    if form.accept():
        try:
            with transaction():
                program = get_program(viewer(), code)
                sentence = act(program, get_partner(viewer(), who.code))
            tell(sentence, "ok")
            return redirect_to(url_for("programs.participation.show_my_program", code=code, **_own(who)))
        except PortalError as error:
            session.rollback()
            form.refuse(error)
            status = error.status
    shown = program_page(viewer(), who, code)
    if isinstance(form, AcceptForm):
        form.accepted.data = shown["terms"].digest if shown["terms"] else ""
    return page(f"{FOLDER}show_my_program.html", status, own=_own(who), **(shown | {name: form}))


def _day(form: JoinForm | LeaveForm) -> dt.date:
    return cast(dt.date, form.day.data)


def _who() -> Participant:
    who = whose(viewer(), request.values.get("for", ""))
    if who is None:
        raise NotFound
    return who


def _own(who: Participant) -> dict[str, Any]:
    """What the address must carry so that the next page speaks of the same company."""
    own = own_participant(viewer())
    return {} if own is not None and own.code == who.code else {"for": who.code}
