"""Imports in the browser: upload, look at what was found, confirm, watch, done."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import paginate
from portal.sales.errors import FileRefused, ImportNotReady
from portal.sales.imports import queries, services
from portal.sales.imports.forms import UploadImportForm
from portal.sales.imports.jobs import check_import, notes_of, post_import
from portal.sales.imports.layouts import columns_of, example_rows
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.preview import first_rows
from portal.sales.imports.row_kinds import KINDS
from portal.sales.imports.rules import RUNNING
from portal.sales.imports.services import Request
from portal.sales.imports.uploads import store_upload
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv, send_stored_file
from portal.web.flashes import tell
from portal.web.htmx import redirect_to, trigger, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
INLINE_BYTES = 800_000
SORTS = {
    "created_at": ImportJob.id,
    "filename": ImportJob.filename,
    "source": ImportJob.source,
    "state": ImportJob.state,
}
KIND_NAMES = {
    "sales": "Sales", "partners": "Partners", "products": "Products", "fx": "Exchange rates",
    "activities": "Activities", "targets": "Targets", "certificates": "Certificates",
    "end_customers": "End customers",
}  # fmt: skip


@bp.get("/imports")
@requires("import:read")
def list_imports() -> Response:
    """Every file that was brought in, newest first."""
    state = read_list_state(sorts=tuple(SORTS), default_sort="-created_at", filters=("kind", "state"))
    query = queries.visible_imports(viewer())
    for name in ("kind", "state"):
        if state.filters[name]:
            query = query.where(getattr(ImportJob, name) == state.filters[name])
    if state.q:
        query = query.where(ImportJob.filename.icontains(state.q, autoescape=True))
    column = SORTS[state.sort]
    found = paginate(session(), query.order_by(column.desc() if state.descending else column.asc()), page=state.page)
    return page("sales/imports/list_imports.html", state=state, found=found, kind_names=KIND_NAMES)


@bp.route("/imports/upload", methods=["GET", "POST"])
@requires("import:run")
def upload_import() -> Response:
    """Choose a file; it is checked at once when it is small, by the worker when it is not."""
    asked = {"kind": request.args.get("kind", "sales"), "source": request.args.get("source", "")[:64]}
    form = UploadImportForm(**asked) if request.method == "GET" else UploadImportForm()
    known = sorted({"sales", *KINDS}, key=list(KIND_NAMES).index)
    form.kind.choices = [(kind, KIND_NAMES[kind]) for kind in known]
    if form.accept():
        try:
            job_id = _take_in(form)
            return redirect_to(url_for("sales.imports.show_import", import_id=job_id))
        except PortalError as error:
            form.refuse(error)
    chosen_first = sorted(known, key=lambda kind: kind != form.kind.data)
    return page(
        "sales/imports/upload_import.html", status=form.status, form=form, sources=queries.list_sources(),
        layouts=[(kind, KIND_NAMES[kind], columns_of(kind)) for kind in chosen_first],
    )  # fmt: skip


@bp.get("/imports/examples/<kind>.csv")
@requires("import:run")
def download_example(kind: str) -> Response:
    """A small file of this kind, right as it stands, to fill with rows of one's own."""
    return send_csv(f"{kind}-example.csv", *example_rows(kind))


def _take_in(form: UploadImportForm) -> int:
    """Store the file and its import; a file that cannot be read leaves nothing behind."""
    folder: Path = current_app.extensions["settings"].data_dir / "imports"
    name = Path(form.file.data.filename or "").name or "file.csv"
    path = store_upload(form.file.data.stream, name, folder)
    wanted = Request(
        form.kind.data, path, name, folder, source=form.source.data, flow=form.flow.data, mode=_mode(form),
        since=form.range_from.data, until=form.range_until.data,
    )  # fmt: skip
    try:
        with transaction():
            job = services.create_import(wanted, by=viewer())
    except PortalError:
        path.unlink(missing_ok=True)
        raise
    if path.stat().st_size <= INLINE_BYTES:
        _check_now(job.id)
    return job.id


def _check_now(job_id: int) -> None:
    try:
        check_import(job_id)
    except FileRefused:
        with transaction():
            services.forget_import(job_id)
        raise
    except ImportNotReady:
        pass  # the worker was faster and is checking it


def _mode(form: UploadImportForm) -> str:
    return form.mode.data if form.kind.data == "sales" else "add"


@bp.get("/imports/<int:import_id>")
@requires("import:read")
def show_import(import_id: int) -> Response:
    """What is in the file, what was found, and the two decisions: import it or not."""
    job = queries.get_import(viewer(), import_id)
    rows = first_rows(job) if job.state == ImportState.CHECKED else None
    return page(
        "sales/imports/show_import.html", job=job, notes=notes_of(job), errors=queries.list_errors(job), preview=rows,
        running=job.state in RUNNING or job.state == ImportState.UPLOADED, kind_names=KIND_NAMES,
    )  # fmt: skip


@bp.get("/imports/<int:import_id>/progress")
@requires("import:read")
def import_progress(import_id: int) -> Response:
    """For polling: 204 while nothing has changed, the bar while it runs, a reload of the page at the end."""
    job = queries.get_import(viewer(), import_id)
    if job.state not in RUNNING and job.state != ImportState.UPLOADED:
        return redirect_to(url_for("sales.imports.show_import", import_id=import_id))
    if request.args.get("seen") == f"{job.state}-{job.done_rows}":
        return unchanged()
    return trigger(page("sales/imports/_progress.html", job=job), "import-progress")


@bp.post("/imports/<int:import_id>/confirm")
@requires("import:run")
def confirm_import(import_id: int) -> Response:
    """Let the checked rows count; many rows are posted by the worker."""
    job = queries.get_import(viewer(), import_id)
    small = job.kind in KINDS or job.total < 20_000
    if small:
        job = post_import(import_id, by=viewer())
        tell(_told(job))
    else:
        with transaction():
            services.begin_post(queries.get_import(viewer(), import_id), working=False)
    return redirect_to(url_for("sales.imports.show_import", import_id=import_id))


def _told(job: ImportJob) -> str:
    parts = [f"{job.new} new"] + [
        f"{getattr(job, name)} {name}" for name in ("changed", "reversed") if getattr(job, name)
    ]
    return f"{job.filename} is in: {', '.join(parts)}. What follows from it is calculated now."


@bp.post("/imports/<int:import_id>/cancel")
@requires("import:run")
def cancel_import(import_id: int) -> Response:
    """Stop an import; nothing of it stays."""
    with transaction():
        services.cancel_import(queries.get_import(viewer(), import_id), by=viewer())
    tell("Canceled. Nothing of the file was kept.")
    return redirect_to(url_for("sales.imports.show_import", import_id=import_id))


@bp.get("/imports/<int:import_id>/errors.csv")
@requires("import:read")
def download_errors(import_id: int) -> Response:
    """Every complaint about the file, to mend it by."""
    job = queries.get_import(viewer(), import_id)
    path = services.errors_path(job)
    if not path.exists():
        raise NotFound
    name = f"{Path(job.filename).name}.errors.csv"
    return send_stored_file(path, name=name, content_type="text/csv")
