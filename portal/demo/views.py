"""The walk as a page, a change of person in one click, and the demo's mail. Registered in the demo alone."""

from __future__ import annotations

from flask import Response, current_app, request, url_for
from flask import session as cookie
from flask_login import login_user

from portal.config import Settings
from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import NotFound
from portal.demo import evidence, letters
from portal.demo.forms import ChangePersonForm, OpenStepForm
from portal.demo.steps import STEPS
from portal.demo.switching import become
from portal.demo.tour import Door, Step, find_step
from portal.notifications.mail import mail_folder
from portal.partners.access.loader import SignedIn
from portal.programs.statements.quarters import quarter_of
from portal.security.current import find_viewer, forget_viewer
from portal.security.doors import public
from portal.web.downloads import send_stored_file
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
TWIN = "accessories-clothing-volume-whole.yaml"
FILES = {"FB-1042.pdf": "application/pdf", "late.csv": "text/csv"}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@bp.get("/tour")
@public
def show_tour() -> Response:
    """The twelve steps, each ticking itself, and everybody one may become."""
    entries = evidence.entries_since(evidence.built_at(_settings()))
    done = {step.number for step in STEPS if step.is_done(entries)}
    here = next((step.number for step in STEPS if step.number not in done), None)
    words = {"<plan>": str(_settings().data_dir / "examples" / "plans" / TWIN), "<quarter>": _last_quarter()}
    return page(
        "demo/show_tour.html",
        words=words, steps=STEPS, done=done, here=here, entries=entries, cast=evidence.cast(),
        claim_id=evidence.find_walk_claim(),
    )  # fmt: skip


def _last_quarter() -> str:
    """The first day of the last closed quarter, as `portal explain` takes it."""
    return quarter_of(clock.today()).previous.start.isoformat()


@bp.post("/tour/<int:number>/go")
@public
def open_step(number: int) -> Response:
    """Become the step's person and open its page."""
    step, form = find_step(STEPS, number), OpenStepForm()
    if step is None or not form.accept() or not 0 <= (form.door.data or 0) < len(step.doors):
        raise NotFound
    door = step.doors[form.door.data or 0]
    target = _address(door)
    _become(door.email, step)
    return redirect_to(target)


@bp.post("/tour/person")
@public
def change_person() -> Response:
    """Become somebody of the cast and see their home."""
    form = ChangePersonForm()
    if not form.accept() or form.email.data not in {person.email for person in evidence.cast()}:
        raise NotFound
    _become(form.email.data or "")
    return redirect_to(url_for("home.show_home"))


def _address(door: Door) -> str:
    if door.page == "claim":
        claim_id = evidence.find_walk_claim()
        return url_for("claims.submission.show_claim", claim_id=claim_id) if claim_id else url_for("demo.show_tour")
    path = url_for(door.page)
    return f"{path}?{door.query}" if door.query else path


def _become(email: str, step: Step | None = None) -> None:
    agent = request.headers.get("User-Agent", "")
    with transaction():
        token = become(email, find_viewer(), ip=request.remote_addr or "", agent=agent, step=step)
    if token is not None:
        cookie.clear()
        login_user(SignedIn(token, None))
        forget_viewer()


@bp.get("/tour/files/<name>")
@public
def download_sample(name: str) -> Response:
    """The invoice to upload and the file to import."""
    if name not in FILES:
        raise NotFound
    return send_stored_file(_settings().data_dir / "examples" / name, name=name, content_type=FILES[name])


@bp.get("/tour/mail")
@public
def list_mail() -> Response:
    """The messages of the demo's mail folder, newest first."""
    return page("demo/list_mail.html", letters=letters.list_letters(mail_folder(_settings())))


@bp.get("/tour/mail/<name>")
@public
def show_mail(name: str) -> Response:
    """One message as text, its links as doors."""
    return page("demo/show_mail.html", letter=letters.read_letter(mail_folder(_settings()), name))
