"""Programs: what they pay and to whom; drafts, and publishing with a second person."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import paged
from portal.engine.errors import PlanError
from portal.programs.definitions import approval, overview, queries
from portal.programs.definitions.budgets import use_of
from portal.programs.definitions.differences import differences
from portal.programs.definitions.draft_page import draft_context
from portal.programs.definitions.drafts import find_published, get_draft, write_draft
from portal.programs.definitions.forms import AskApprovalForm, PublishDraftForm, SendBackForm, WriteDraftForm
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.variants import base_moved_on
from portal.programs.definitions.words import KINDS, plan_words
from portal.programs.definitions.writing import discard_draft as put_away
from portal.programs.rollouts.queries import told_versions
from portal.programs.simulation.reached import reached_now
from portal.programs.simulation.services import try_draft
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.forms import PortalForm
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/definitions/"
HERE = "programs.definitions."


@bp.get("/programs")
@requires("program:read")
def list_programs() -> Response:
    """Every program with rule, total and budget; for partners how the programs open to them pay."""
    me = viewer()
    if me.is_partner:
        rows = [(row, plan_words(row.plan, budget=False)) for row in overview.programs_for(me) if row.plan is not None]
        return page(f"{FOLDER}how_it_pays.html", rows=rows, kinds=KINDS)
    state = read_list_state(filters=("kind", "state", "owner"))
    found = paged(overview.list_rows(me, overview.Wanted(state.q, **state.filters)), page=state.page)
    owners = overview.list_owners()
    return page(
        f"{FOLDER}list_programs.html", found=found, rows=found.rows, state=state, kinds=KINDS, owners=owners,
        names=dict(owners), states=overview.STATES,
    )  # fmt: skip


@bp.get("/programs/<code>")
@requires("program:read")
def show_program(code: str) -> Response:
    """One program: the rule in plain words; for the vendor also versions, periods, totals and drafts."""
    me = viewer()
    program = queries.get_program(me, code)
    row = overview.rows_of([program])[0]
    words = plan_words(row.plan, budget=me.is_vendor) if row.plan is not None else []
    if me.is_partner:
        overview.check_shown(me, row)
        return page(f"{FOLDER}show_how_it_pays.html", row=row, words=words, kinds=KINDS)
    versions, drafts = list(reversed(program.versions)), queries.list_drafts(program)
    people = {v.drafted_by_id for v in versions} | {v.approved_by_id for v in versions}
    names = queries.names_of(people | {draft.drafted_by_id for draft in drafts})
    return page(
        f"{FOLDER}show_program.html", row=row, program=program, words=words, versions=versions, drafts=drafts,
        names=names, periods=overview.periods_of(program), kinds=KINDS, use=use_of(program, row.budget),
        moved_on=base_moved_on(code), told=told_versions(program),
        reached=reached_now(program, row.version),
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
    told = number in told_versions(program)
    return page(f"{FOLDER}show_version.html", program=program, version=version, names=names, words=words, told=told)


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
    return page(f"{FOLDER}write_draft.html", form.status, form=form, issues=issues)


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
    tell("Draft saved. Ask for approval when it is ready.")
    return redirect_to(url_for("programs.definitions.show_draft", number=number))


@bp.get("/programs/drafts/<number>")
@requires("program:review")
def show_draft(number: str) -> Response:
    """A draft as it waits: what changes, the rule, the exact text, and the forms of whoever decides next."""
    became = find_published(viewer(), number)
    if became is not None:
        return redirect_to(url_for(f"{HERE}show_version", code=became[0], number=became[1]))
    return _draft_page(number)


def _draft_page(number: str, form: PortalForm | None = None, status: int = 200) -> Response:
    context = draft_context(get_draft(viewer(), number), viewer(), form)
    return page(f"{FOLDER}show_draft.html", status, **context)


@bp.post("/programs/drafts/<number>/ask")
@requires("program:draft")
def ask_approval(number: str) -> Response:
    """Put a draft before a second manager."""
    form = AskApprovalForm()
    return _decided(number, form, lambda: _ask(number, form))


def _ask(number: str, form: AskApprovalForm) -> str:
    draft = get_draft(viewer(), number, lock=True)
    approval.ask_approval(draft, by=viewer(), treatment=form.treatment.data or "", note=form.note.data or "")
    try_draft(draft.program, draft.row, by=viewer())
    others = [person.name for person in approval.approvers_of(draft)]
    return f"Sent for approval. {others[0]} can approve it." if others else "Sent for approval."


@bp.post("/programs/drafts/<number>/take-back")
@requires("program:draft")
def take_back(number: str) -> Response:
    """Withdraw the question, to change the draft."""
    return _decided(number, PortalForm(), lambda: _take_back(number))


def _take_back(number: str) -> str:
    approval.take_back(get_draft(viewer(), number, lock=True), by=viewer())
    return "Taken back. The draft can be changed again."


@bp.post("/programs/drafts/<number>/send-back")
@requires("program:publish")
def send_back(number: str) -> Response:
    """Give a draft back to its writer with a note."""
    form = SendBackForm()
    return _decided(number, form, lambda: _send_back(number, form))


def _send_back(number: str, form: SendBackForm) -> str:
    draft = get_draft(viewer(), number, lock=True)
    approval.send_back(draft, by=viewer(), note=form.note.data or "")
    return f"Sent back. {draft.author.name} reads your note."


@bp.post("/programs/drafts/<number>/publish")
@requires("program:publish")
def publish(number: str) -> Response:
    """Publish a draft that somebody else wrote and asked for."""
    form = PublishDraftForm()
    program = get_draft(viewer(), number).program.code
    return _decided(number, form, lambda: _publish(number, form), url_for(f"{HERE}show_program", code=program))


def _publish(number: str, form: PublishDraftForm) -> str:
    revision = form.revision.data or ""
    seen = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else -1
    draft = get_draft(viewer(), number, lock=True)
    version = approval.publish_draft(
        draft, approved_by=viewer(), inside_period=form.inside_period.data, revision=seen if revision else None
    )
    begun = version.effective_from <= clock.today()
    return f"Version {version.number} is {'in force' if begun else 'scheduled'}. Those whom it pays are told."


@bp.post("/programs/drafts/<number>/discard")
@requires("program:draft")
def discard_draft(number: str) -> Response:
    """Put a draft away."""
    return _decided(number, PortalForm(), lambda: _discard(number), url_for(f"{HERE}list_programs"))


def _discard(number: str) -> str:
    put_away(get_draft(viewer(), number, lock=True), by=viewer())
    return "The draft is discarded."


def _decided(number: str, form: PortalForm, act: Callable[[], str], onward: str | None = None) -> Response:
    """Do one act on a draft and go on, or show the draft again with why not."""
    get_draft(viewer(), number)
    if not form.accept():
        return _draft_page(number, form, 422)
    try:
        with transaction():
            told = act()
    except PortalError as error:
        form.refuse(error)
        return _draft_page(number, form, error.status)
    tell(told)
    return redirect_to(onward or url_for(f"{HERE}show_draft", number=number))


@bp.get("/programs/<code>/compare")
@requires("program:review")
def compare_versions(code: str) -> Response:
    """Two versions side by side, with every difference in words."""
    program = queries.get_program(viewer(), code)
    if not program.versions:
        raise NotFound
    newer = _version(program, request.args.get("to", ""), program.versions[-1])
    older = _version(program, request.args.get("from", ""), program.versions[max(newer.number - 2, 0)])
    plans = queries.plan_of(older), queries.plan_of(newer)
    return page(
        f"{FOLDER}compare_versions.html", program=program, older=older, newer=newer,
        changes=differences(*plans), words=[plan_words(plan) for plan in plans],
    )  # fmt: skip


def _version(program: Program, number: str, otherwise: ProgramVersion) -> ProgramVersion:
    return next((one for one in program.versions if str(one.number) == number), otherwise)
