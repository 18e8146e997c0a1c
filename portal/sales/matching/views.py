"""The matching desk in the browser."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, url_for

from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.sales.imports.jobs import check_import, post_import
from portal.sales.matching import queries, services
from portal.sales.matching.forms import MatchNameForm
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/names")
@requires("import:read")
def list_names() -> Response:
    """Names nobody knows, with the best guesses, and what was decided so far."""
    return _show(MatchNameForm(), 200)


def _show(form: MatchNameForm, status: int) -> Response:
    names = queries.list_waiting_names(viewer())
    return page(
        "sales/matching/list_names.html", status=status, names=names, aliases=queries.list_aliases(viewer()), form=form
    )


@bp.post("/names/match")
@requires("name:match")
def match_name() -> Response:
    """Decide what a name means and let the rows in that waited for it."""
    form = MatchNameForm()
    if not form.accept():
        return _show(form, 422)
    folder: Path = current_app.extensions["settings"].data_dir / "imports"
    try:
        with transaction():
            alias = services.match_name(
                form.source.data or "", form.noun.data, form.name.data or "", form.code.data or "", by=viewer()
            )
            job_id = services.lay_out_waiting_rows(alias, folder, by=viewer()).id
    except PortalError as error:
        form.refuse(error)
        return _show(form, error.status)
    check_import(job_id)
    job = post_import(job_id, by=viewer())
    left = f" {job.error + job.conflict} need another look." if job.error or job.conflict else ""
    tell(f"{job.filename}: {job.new} are in the journal now.{left}")
    return redirect_to(url_for("sales.matching.list_names"))


@bp.post("/names/<int:alias_id>/undo")
@requires("name:match")
def undo_match(alias_id: int) -> Response:
    """Take a decision back."""
    with transaction():
        count = services.undo_match(queries.get_alias(viewer(), alias_id), by=viewer())
    tell(f"Undone. {count} lines were reversed, and their rows wait again.")
    return redirect_to(url_for("sales.matching.list_names"))
