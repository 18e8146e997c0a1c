"""The studio in the browser: templates, the editor with form and text, copies, next versions, amendments."""

from __future__ import annotations

import re

from flask import Response, request, url_for
from markupsafe import Markup, escape

from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.programs.definitions import overview, queries
from portal.programs.definitions.drafts import get_draft, moved_since, text_differences
from portal.programs.definitions.errors import DraftMoved
from portal.programs.definitions.models import Program
from portal.programs.definitions.words import KINDS, component_words
from portal.programs.definitions.writing import issues_of, keep_text
from portal.programs.studio import start
from portal.programs.studio.amending import Amended, Amendment, amend, send_amendment
from portal.programs.studio.editing import read_edit
from portal.programs.studio.editor import Sitting, editor_context
from portal.programs.studio.forms import AmendProgramForm
from portal.programs.studio.gallery import list_templates
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import is_htmx, partial_or_page, redirect_to, trigger
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/studio/"
FIGURE = re.compile(r"(?<![\w&#-])\d[\d,]*(\.\d+)?( %| stars?\b| [A-Z]{3}\b)?(?![\w;-])")


@bp.app_template_filter("figures")
def mark_figures(sentence: str) -> Markup:
    """A sentence whose amounts, percents and counts stand out."""
    return Markup(FIGURE.sub(r"<mark>\g<0></mark>", str(escape(sentence))))  # noqa: S704  escaped just here


@bp.get("/programs/templates")
@requires("program:draft")
def choose_template() -> Response:
    """The gallery: what kinds of programs there are, each ready to begin with."""
    cards = [(one, component_words(one.plan.components[0], one.plan)) for one in list_templates()]
    return page(f"{FOLDER}choose_template.html", cards=cards, kinds=KINDS)


@bp.post("/programs/templates/<stem>/start")
@requires("program:draft")
def start_program(stem: str) -> Response:
    """A draft of a new program, written like a template."""
    with transaction():
        draft = start.start_from_template(stem, by=viewer())
        number = draft.id
    return _to_editor(number)


@bp.post("/programs/<code>/next")
@requires("program:draft")
def start_version(code: str) -> Response:
    """A draft of the next version."""
    program = queries.get_program(viewer(), code)
    with transaction():
        number = start.start_next_version(program, by=viewer()).id
    return _to_editor(number)


@bp.post("/programs/<code>/clone")
@requires("program:draft")
def clone_program(code: str) -> Response:
    """A draft of a new program that begins as a copy."""
    program = queries.get_program(viewer(), code)
    with transaction():
        number = start.clone_program(program, by=viewer()).id
    tell("A copy to work on. The program itself stays as it is.")
    return _to_editor(number)


def _to_editor(number: int) -> Response:
    return redirect_to(url_for("programs.studio.edit_draft", number=number))


@bp.route("/programs/drafts/<number>/edit", methods=["GET", "POST"])
@requires("program:draft")
def edit_draft(number: str) -> Response:
    """Form and text of one draft side by side; every change is kept and shown in what it would pay."""
    me = viewer()
    if request.method == "GET":
        draft = get_draft(me, number)
        return _editor(Sitting(draft, draft.text, issues_of(draft, draft.text)), 200)
    try:
        with transaction():
            draft = get_draft(me, number, lock=True)
            edit = read_edit(draft)
            issues = keep_text(draft, edit.text, by=me, revision=edit.revision)
    except PortalError as error:
        return _refused(number, error)
    broken = bool(issues or edit.errors)
    if not broken and not is_htmx() and not edit.button:
        tell("Saved.")
        return redirect_to(url_for("programs.studio.edit_draft", number=number))
    sitting = Sitting(get_draft(me, number), edit.text, issues, edit.typed, edit.find, errors=edit.errors)
    answer = _editor(sitting, 422 if broken and not edit.button else 200)
    return answer if broken else trigger(answer, "plan-saved")


def _refused(number: str, error: PortalError) -> Response:
    """The editor with what was typed, why it was not kept, and what somebody else changed meanwhile."""
    me = viewer()
    draft = get_draft(me, number)
    edit = read_edit(draft)
    sitting = Sitting(draft, edit.text, issues_of(draft, edit.text), edit.typed, refusal=error.sentence)
    if isinstance(error, DraftMoved):
        moved = moved_since(draft.row, edit.revision, me)
        sitting.changes = moved.changes if moved is not None else []
        sitting.mine = text_differences(draft.text, edit.text)
    return _editor(sitting, error.status)


def _editor(sitting: Sitting, status: int) -> Response:
    context = editor_context(sitting, viewer())
    return partial_or_page(f"{FOLDER}_studio.html", f"{FOLDER}edit_draft.html", status, **context)


@bp.route("/programs/<code>/amend", methods=["GET", "POST"])
@requires("program:draft")
def amend_program(code: str) -> Response:
    """Extend the end, add products, raise the budget: written, shown and sent in one act."""
    program, form = queries.get_program(viewer(), code), AmendProgramForm()
    if not form.accept():
        return _amend_page(program, form, form.status)
    asked = Amendment(form.last_day.data, form.skus.data or "", form.budget.data or "", form.note.data or "")
    try:
        if request.form.get("do") != "send":
            return _amend_page(program, form, 200, amend(program, asked))
        with transaction():
            number = send_amendment(queries.get_program(viewer(), code), asked, by=viewer()).id
    except PortalError as error:
        form.refuse(error)
        return _amend_page(queries.get_program(viewer(), code), form, error.status)
    tell("Sent for approval.")
    return redirect_to(url_for("programs.definitions.show_draft", number=number))


def _amend_page(program: Program, form: AmendProgramForm, status: int, made: Amended | None = None) -> Response:
    row = overview.rows_of([program])[0]
    context = {"program": program, "row": row, "form": form, "made": made, "others": queries.other_approvers(viewer())}
    return partial_or_page(f"{FOLDER}_amendment.html", f"{FOLDER}amend_program.html", status, **context)
