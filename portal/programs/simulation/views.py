"""What-if: a plan tried on past sales, worked on by the worker and kept."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, url_for
from sqlalchemy import func

from portal.core import clock, heartbeat
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, PortalError
from portal.core.paging import paged, paginate
from portal.programs.definitions import queries as definitions
from portal.programs.definitions.drafts import get_draft, write_draft
from portal.programs.definitions.models import Program
from portal.programs.definitions.variants import parse_plan
from portal.programs.runs.explanations import major
from portal.programs.simulation import queries, services
from portal.programs.simulation.forms import AddSimulationForm, MendDraftForm, ReconcileForm
from portal.programs.simulation.jobs import STAGES
from portal.programs.simulation.lint.registry import lint
from portal.programs.simulation.models import PaidFile, SimulationRow, SimulationRun, SimulationState
from portal.programs.simulation.reconciling import services as comparisons
from portal.programs.simulation.reconciling.comparing import major_figures, period_words, sentences
from portal.programs.simulation.reconciling.payments import read_payments
from portal.programs.simulation.spans import Span, last_closed
from portal.programs.simulation.summary import ASSUMPTION
from portal.sales.imports.services import digest_of
from portal.sales.imports.uploads import store_upload
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import partial_or_page, redirect_to, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/simulation/"
SORTS = {"name": SimulationRow.name, "own": SimulationRow.own, "current": SimulationRow.current,
         "change": SimulationRow.change, "size": func.abs(SimulationRow.change)}  # fmt: skip
SEVERITY_KINDS = {"error": "stop", "warning": "warn", "info": "info"}
RUNNING = (SimulationState.QUEUED, SimulationState.RUNNING)


@bp.get("/simulations")
@requires("simulation:read")
def list_simulations() -> Response:
    """Every what-if, newest first."""
    state = read_list_state(filters=("state", "program"))
    query = queries.list_simulations(viewer(), q=state.q, **state.filters)
    found = paginate(session(), query, page=state.page, scalars=False)
    names = definitions.names_of({run.by_person_id for run, _ in found.rows if run.by_person_id})
    return page(f"{FOLDER}list_simulations.html", found=found, state=state, names=names)


@bp.route("/programs/<code>/simulations/new", methods=["GET", "POST"])
@requires("simulation:run")
def add_simulation(code: str) -> Response:
    """Choose a draft or version of a program, the days, and what it is compared with."""
    program = definitions.get_program(viewer(), code)
    form = AddSimulationForm(data=_suggested(program)) if request.method == "GET" else AddSimulationForm()
    form.what.choices = _plans_of(program)
    form.against.choices = _rivals_of(program)
    if form.accept():
        try:
            with transaction():
                number = _start(program, form).id
            return redirect_to(url_for("programs.simulation.show_simulation", number=number))
        except PortalError as error:
            form.refuse(error)
    return page(f"{FOLDER}add_simulation.html", form.status, form=form, program=program, assumption=ASSUMPTION)


def _plans_of(program: Program) -> list[tuple[str, str]]:
    drafts = [(f"draft-{draft.id}", f"Draft: {draft.title}") for draft in definitions.list_drafts(program)]
    newest = reversed(definitions.list_versions(program))
    return [*drafts, *((f"version-{one.number}", f"Version {one.number}") for one in newest)]


def _rivals_of(program: Program) -> list[tuple[str, str]]:
    others = [one for one in session.scalars(definitions.search_programs(viewer(), "")) if one.state != "draft"]
    own = [("", "what this program really paid")] if program.state != "draft" else [("", "nothing")]
    return [*own, *((one.code, one.name) for one in others if one.id != program.id)]


def _suggested(program: Program) -> dict[str, object]:
    """The newest draft over the last closed period."""
    asked = request.args.get("what", "")
    plans = [value for value, _ in _plans_of(program)]
    what = asked if asked in plans else (plans[0] if plans else "")
    if not what:
        raise InvalidInput("This program has neither a draft nor a version to try.")
    span = last_closed(parse_plan(_text_of(program, what)[0]), clock.today())
    return {"what": what, "since": span.since, "until": span.until}


def _text_of(program: Program, what: str) -> tuple[str, str]:
    """The plan text of a choice, and how it is called."""
    kind, _, number = what.partition("-")
    if kind == "draft":
        draft = next(one for one in definitions.list_drafts(program) if str(one.id) == number)
        return draft.source_text, draft.title
    version = next(one for one in definitions.list_versions(program) if str(one.number) == number)
    return version.source_text, f"Version {version.number}"


def _start(program: Program, form: AddSimulationForm) -> SimulationRun:
    text, title = _text_of(program, form.what.data)
    kind, _, number = form.what.data.partition("-")
    since, until = form.since.data or clock.today(), form.until.data or clock.today()
    if until > clock.today() + dt.timedelta(days=1):
        raise InvalidInput("A what-if looks back. End the window today or earlier.", field="until")
    span = Span(since, until)
    return services.start_simulation(
        program, text, title, span, by=viewer(), against=form.against.data or None,
        draft_id=int(number) if kind == "draft" else None, version=int(number) if kind == "version" else None,
    )  # fmt: skip


@bp.get("/simulations/<int:number>")
@requires("simulation:read")
def show_simulation(number: int) -> Response:
    """What a plan would have cost, who wins and loses, where they stand; or how far the work is."""
    run = queries.get_simulation(viewer(), number)
    program = session.get_one(Program, run.program_id)
    state = read_list_state(sorts=tuple(SORTS), default_sort="-size", filters=("only",))
    query = queries.list_rows(run, q=state.q, only=state.filters["only"])
    column = SORTS[state.sort]
    found = paginate(
        session(), query.order_by(column.desc() if state.descending else column.asc(), SimulationRow.id),
        page=state.page,
    )  # fmt: skip
    return page(
        f"{FOLDER}show_simulation.html", run=run, program=program, told=queries.result_of(run), found=found,
        state=state, assumption=ASSUMPTION, plan=parse_plan(run.source_text), **_progress(run),
    )  # fmt: skip


def _progress(run: SimulationRun) -> dict[str, Any]:
    step = STAGES.index(run.stage) if run.stage in STAGES else 0
    return {"running": run.state in RUNNING, "step": step, "steps": len(STAGES), "awake": heartbeat.lives("worker")}


@bp.get("/simulations/<int:number>/progress")
@requires("simulation:read")
def show_progress(number: int) -> Response:
    """For polling: 204 while nothing has changed, the bar while it runs, the page at the end."""
    run = queries.get_simulation(viewer(), number)
    if run.state not in RUNNING:
        return redirect_to(url_for("programs.simulation.show_simulation", number=number))
    told = _progress(run)
    if request.args.get("seen") == f"{run.state}-{run.stage}-{told['awake']}":
        return unchanged()
    return page(f"{FOLDER}_progress.html", run=run, **told)


@bp.post("/simulations/<int:number>/cancel")
@requires("simulation:run")
def cancel_simulation(number: int) -> Response:
    """Stop a what-if."""
    with transaction():
        services.cancel_simulation(queries.get_simulation(viewer(), number), by=viewer())
    tell("Canceled. Nothing was stored.")
    return redirect_to(url_for("programs.simulation.show_simulation", number=number))


@bp.get("/programs/drafts/<number>/findings")
@requires("program:review")
def lint_draft(number: str) -> Response:
    """What to look at before a draft is published; a fragment of the draft's page, or a page of its own."""
    draft = get_draft(viewer(), number)
    text = draft.row.source_text
    return partial_or_page(
        f"{FOLDER}_findings.html", f"{FOLDER}lint_draft.html", draft=draft, findings=lint(text), kinds=SEVERITY_KINDS,
    )  # fmt: skip


@bp.post("/programs/drafts/<number>/mend")
@requires("program:draft")
def mend_draft(number: str) -> Response:
    """Write the plan a finding proposes as a new draft; the one it was found in stays."""
    me = viewer()
    draft, form = get_draft(me, number), MendDraftForm()
    text = form.text.data if form.accept() else None
    if not text:
        raise InvalidInput("This finding proposes no text. Change the plan by hand.")
    title = f"{draft.row.title}, mended"[:190]
    taken = {one.title for one in definitions.list_drafts(draft.program)}
    title = next(one for turn in range(1, 100) if (one := f"{title}{f' {turn}' if turn > 1 else ''}") not in taken)
    with transaction():
        made = write_draft(text, title=title, by=me).id
    tell("Written as a new draft. Look it over before you ask for approval.")
    return redirect_to(url_for("programs.definitions.show_draft", number=made))


@bp.get("/simulations/<int:number>/partners.csv")
@requires("simulation:read")
def download_partners(number: int) -> Response:
    """Everybody the search and the filter show, as a file; amounts in major units."""
    run = queries.get_simulation(viewer(), number)
    state = read_list_state(filters=("only",))
    rows = session.scalars(queries.list_rows(run, q=state.q, only=state.filters["only"]).order_by(SimulationRow.code))
    header = ["participant", "name", "tier", "would_have_earned", "earned", "difference", "unit"]
    return send_csv(
        f"what-if-{run.id}.csv", header,
        ([row.code, row.name, row.tier, major(row.own, run.unit), major(row.current, run.unit),
          major(row.change, run.unit), run.unit] for row in rows),
    )  # fmt: skip


@bp.get("/reconciliations")
@requires("reconciliation:read")
def list_paid_files() -> Response:
    """Every file of payments that was held against the engine, newest first, and the form for the next."""
    return _paid_files(ReconcileForm())


def _paid_files(form: ReconcileForm) -> Response:
    state = read_list_state()
    query = queries.visible_paid_files(viewer())
    if state.q:
        query = query.where(PaidFile.filename.icontains(state.q, autoescape=True))
    found = paginate(session(), query.order_by(PaidFile.id.desc()), page=state.page)
    return page(f"{FOLDER}list_paid_files.html", form.status, form=form, found=found, state=state)


@bp.post("/reconciliations")
@requires("reconciliation:run")
def add_paid_file() -> Response:
    """Read a file of what was really paid; the worker holds it against what the engine owes."""
    form = ReconcileForm()
    if not form.accept():
        return _paid_files(form)
    folder: Path = current_app.extensions["settings"].data_dir / "reconciliations"
    name, path = Path(form.file.data.filename or "payments.csv").name, None
    try:
        path = store_upload(form.file.data.stream, name, folder)
        payments, errors = read_payments(path, definitions.engine_programs())
        digest = digest_of(path)
    except PortalError as error:
        form.refuse(error)
        return _paid_files(form)
    finally:
        if path is not None:
            path.unlink(missing_ok=True)
    with transaction():
        number = comparisons.start_comparison(name, digest, payments, errors, by=viewer()).id
    return redirect_to(url_for("programs.simulation.show_paid_file", number=number))


@bp.get("/reconciliations/<int:number>")
@requires("reconciliation:read")
def show_paid_file(number: int) -> Response:
    """What a file came to: equal, explained, not explained, and every difference with its cause."""
    kept = queries.get_paid_file(viewer(), number)
    told = json.loads(kept.result) if kept.result else {"periods": [], "differences": [], "errors": []}
    state = read_list_state(filters=("cause",))
    rows = [one for one in told["differences"] if state.filters["cause"] in ("", one["cause"])]
    rows = [one for one in rows if state.q.lower() in f"{one['name']} {one['partner']}".lower()]
    causes = sorted({one["cause"] for one in told["differences"]})
    names = definitions.names_of_programs({one["program"] for one in told["periods"]})
    return page(
        f"{FOLDER}show_paid_file.html", kept=kept, told=told, found=paged(rows, page=state.page), causes=causes,
        state=state, names=names, period_words=period_words, sentences=list(sentences(told, names)),
        running=kept.state in RUNNING, awake=heartbeat.lives("worker"),
    )  # fmt: skip


@bp.get("/reconciliations/<int:number>/progress")
@requires("reconciliation:read")
def compare_progress(number: int) -> Response:
    """For polling: 204 while nothing has changed, the bar while it runs, the page at the end."""
    kept = queries.get_paid_file(viewer(), number)
    if kept.state not in RUNNING:
        return redirect_to(url_for("programs.simulation.show_paid_file", number=number))
    awake = heartbeat.lives("worker")
    if request.args.get("seen") == f"{kept.state}-{kept.steps_done}-{awake}":
        return unchanged()
    return page(f"{FOLDER}_comparing.html", kept=kept, awake=awake)


@bp.post("/reconciliations/<int:number>/cancel")
@requires("reconciliation:run")
def cancel_comparison(number: int) -> Response:
    """Stop a comparison."""
    with transaction():
        comparisons.cancel_comparison(queries.get_paid_file(viewer(), number), by=viewer())
    tell("Canceled. Nothing was stored.")
    return redirect_to(url_for("programs.simulation.show_paid_file", number=number))


@bp.get("/reconciliations/<int:number>/differences.csv")
@requires("reconciliation:read")
def download_differences(number: int) -> Response:
    """Every difference of a file with its cause; amounts in major units."""
    kept = queries.get_paid_file(viewer(), number)
    header = ["partner", "name", "program", "period", "paid", "owed", "difference", "unit", "cause", "said"]
    rows = major_figures(json.loads(kept.result))["differences"] if kept.result else []
    return send_csv(f"differences-{kept.id}.csv", header, ([row[name] for name in header] for row in rows))
