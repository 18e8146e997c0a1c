"""Programs: what they pay and to whom; drafts, and publishing with a second person."""

from __future__ import annotations

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import paginate
from portal.engine.errors import PlanError
from portal.programs.definitions import overview, queries
from portal.programs.definitions.drafts import Draft, get_draft, publish_draft, write_draft
from portal.programs.definitions.forms import PublishDraftForm, WriteDraftForm
from portal.programs.definitions.words import KINDS, plan_words
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/definitions/"


@bp.get("/programs")
@requires("program:read")
def list_programs() -> Response:
    """Every program with rule, total and budget; for partners how the programs open to them pay."""
    me = viewer()
    if me.is_partner:
        rows = [(row, plan_words(row.plan, budget=False)) for row in overview.programs_for(me) if row.plan is not None]
        return page(f"{FOLDER}how_it_pays.html", rows=rows, kinds=KINDS)
    state = read_list_state(filters=("kind",))
    found = paginate(session(), overview.list_programs(me, q=state.q, kind=state.filters["kind"]), page=state.page)
    return page(f"{FOLDER}list_programs.html", found=found, rows=overview.rows_of(found.rows), state=state, kinds=KINDS)


@bp.get("/programs/<code>")
@requires("program:read")
def show_program(code: str) -> Response:
    """One program: the rule in plain words; for the vendor also versions, periods, totals and drafts."""
    me = viewer()
    program = queries.get_program(me, code)
    row = overview.rows_of([program])[0]
    words = plan_words(row.plan, budget=me.is_vendor) if row.plan is not None else []
    if me.is_partner:
        return page(f"{FOLDER}show_how_it_pays.html", row=row, words=words, kinds=KINDS)
    versions, drafts = list(reversed(program.versions)), queries.list_drafts(program)
    people = {v.drafted_by_id for v in versions} | {v.approved_by_id for v in versions}
    names = queries.names_of(people | {draft.drafted_by_id for draft in drafts})
    return page(
        f"{FOLDER}show_program.html", row=row, program=program, words=words, versions=versions, drafts=drafts,
        names=names, periods=overview.periods_of(program), kinds=KINDS,
    )  # fmt: skip


@bp.get("/programs/<code>/versions/<int:number>")
@requires("program:review")
def show_version(code: str, number: int) -> Response:
    """One published version: its words and its text."""
    program = queries.get_program(viewer(), code)
    version = next((one for one in program.versions if one.number == number), None)
    if version is None:
        raise NotFound
    names = queries.names_of({version.drafted_by_id, version.approved_by_id})
    words = plan_words(queries.plan_of(version))
    return page(f"{FOLDER}show_version.html", program=program, version=version, names=names, words=words)


@bp.route("/programs/drafts/new", methods=["GET", "POST"])
@requires("program:draft")
def add_draft() -> Response:
    """Write a plan; another manager publishes it."""
    form, me = WriteDraftForm(), viewer()
    if not form.is_submitted() and request.args.get("program"):
        versions = queries.get_program(me, request.args["program"]).versions
        form.text.data = versions[-1].source_text if versions else ""
    issues = _save(form) if form.accept() else []
    if isinstance(issues, Response):
        return issues
    return page(f"{FOLDER}write_draft.html", form.status, form=form, issues=issues, draft=None)


@bp.route("/programs/drafts/<number>/edit", methods=["GET", "POST"])
@requires("program:draft")
def edit_draft(number: str) -> Response:
    """Change a draft; only its author may."""
    me = viewer()
    draft = get_draft(me, number)
    form = WriteDraftForm(data={"title": draft.row.title, "text": draft.row.source_text})
    issues = _save(form) if form.accept() else []
    if isinstance(issues, Response):
        return issues
    return page(f"{FOLDER}write_draft.html", form.status, form=form, issues=issues, draft=draft)


def _save(form: WriteDraftForm) -> Response | list[str]:
    """Store what was typed and go to the draft, or the sentences that refuse it."""
    try:
        with transaction():
            draft = write_draft(form.text.data or "", title=form.title.data or "", by=viewer())
            number = draft.id
    except PlanError as error:
        return [str(issue) for issue in error.issues]
    except PortalError as error:
        form.refuse(error)
        return []
    tell("Draft saved. Another channel manager can publish it.")
    return redirect_to(url_for("programs.definitions.show_draft", number=number))


@bp.get("/programs/drafts/<number>")
@requires("program:review")
def show_draft(number: str) -> Response:
    """A draft in plain words beside the version in force, with the form that publishes it."""
    return _draft_page(get_draft(viewer(), number), PublishDraftForm())


def _draft_page(draft: Draft, form: PublishDraftForm) -> Response:
    row = overview.rows_of([draft.program])[0]
    return page(
        f"{FOLDER}show_draft.html", form.status, draft=draft, form=form, words=plan_words(draft.plan), row=row,
        now=plan_words(row.plan) if row.plan is not None else [], others=queries.other_approvers(viewer()),
    )  # fmt: skip


@bp.post("/programs/drafts/<number>/publish")
@requires("program:publish")
def publish(number: str) -> Response:
    """Publish a draft that somebody else wrote."""
    me = viewer()
    draft = get_draft(me, number)
    form = PublishDraftForm()
    if not form.accept():
        return _draft_page(draft, form)
    try:
        with transaction():
            draft = get_draft(me, number)
            version = publish_draft(draft, approved_by=me, inside_period=form.inside_period.data)
            code, sentence = draft.program.code, f"Version {version.number} is published."
    except PortalError as error:
        form.refuse(error)
        return _answer(_draft_page(get_draft(me, number), form), error.status)
    tell(sentence)
    return redirect_to(url_for("programs.definitions.show_program", code=code))


def _answer(response: Response, status: int) -> Response:
    response.status_code = status
    return response
