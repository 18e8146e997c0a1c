"""The door: log-in and log-out, links to passwords, the own account, viewing as somebody of a partner."""

from __future__ import annotations

from flask import Response, request, url_for
from flask import session as cookie
from flask_login import logout_user

from portal.core.db import transaction
from portal.core.errors import PortalError, TooMany
from portal.partners.access import queries, services, sessions, view_as
from portal.partners.access.devices import known_browser, remember_browser
from portal.partners.access.entering import carry, enter_by_link
from portal.partners.access.errors import LinkSpent
from portal.partners.access.forms import (
    AskLogInLinkForm,
    AskPasswordResetForm,
    ChangePasswordForm,
    ChangeProfileForm,
    LogInForm,
    NewPasswordForm,
    UseLogInLinkForm,
)
from portal.partners.access.models import Purpose
from portal.partners.access.rules import name_device
from portal.partners.access.tokens import get_person_by_token
from portal.partners.limits.pages import limits_of_person
from portal.partners.people.models import Person
from portal.partners.people.queries import get_person, list_employments
from portal.security.current import find_viewer, forget_viewer, viewer
from portal.security.doors import leaves_view_as, public, requires, signed_in
from portal.web.errors import safe_next
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.route("/login", methods=["GET", "POST"])
@public
def log_in() -> Response:
    """Log in with e-mail and password; wrong pairs and unknown addresses read alike."""
    form = LogInForm(next=request.args.get("next", ""))
    if request.method == "GET" and find_viewer() is not None:
        return redirect_to(safe_next(form.next.data))
    status = form.status
    if form.accept():
        email, password = form.email.data or "", form.password.data or ""
        try:
            services.throttle_login(email, request.remote_addr or "", known_browser(email))
            person = services.check_login(email, password)
        except PortalError as error:
            form.refuse(error)
            status = error.status
        else:
            _begin(person, password)
            return remember_browser(redirect_to(safe_next(form.next.data)), person.email)
    return page("partners/access/log_in.html", status, form=form)


def _begin(person: Person, password: str) -> None:
    """A new secret for the cookie; whatever it held before is forgotten."""
    with transaction():
        services.complete_login(person, password, known_browser(person.email))
        token = sessions.start_session(
            person, ip=request.remote_addr or "", agent=request.headers.get("User-Agent", "")
        )
    carry(token, person)


@bp.post("/log-out")
@leaves_view_as
def log_out() -> Response:
    """End this session at the server and forget the cookie."""
    me = viewer()
    with transaction():
        sessions.end_this_session(me)
    logout_user()
    cookie.clear()
    forget_viewer()
    tell("You are logged out.")
    return redirect_to(url_for("partners.access.log_in"))


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def ask_password_reset() -> Response:
    """Ask for a link to a new password; the answer is the same whether the address is known or not."""
    form = AskPasswordResetForm()
    status = form.status
    if form.accept():
        try:
            if services.throttle_reset(form.email.data or "", request.remote_addr or ""):
                with transaction():
                    services.request_password_reset(form.email.data or "")
            return page("partners/access/reset_asked.html", email=form.email.data)
        except TooMany as error:
            form.refuse(error)
            status = error.status
    return page("partners/access/ask_password_reset.html", status, form=form)


@bp.route("/login/link", methods=["GET", "POST"])
@public
def ask_log_in_link() -> Response:
    """Ask for a link that logs in; the answer is the same whether the address is known or not."""
    form = AskLogInLinkForm()
    status = form.status
    if form.accept():
        try:
            if services.throttle_link(form.email.data or "", request.remote_addr or ""):
                with transaction():
                    services.request_log_in_link(form.email.data or "")
            return page("partners/access/log_in_link_asked.html", email=form.email.data)
        except TooMany as error:
            form.refuse(error)
            status = error.status
    return page("partners/access/ask_log_in_link.html", status, form=form)


@bp.route("/login/links/<token>", methods=["GET", "POST"])
@public
def use_log_in_link(token: str) -> Response:
    """Log in with a mailed link; a mail scanner that only looks uses nothing up."""
    form = UseLogInLinkForm()
    try:
        person = get_person_by_token(token, Purpose.LOG_IN)
        if form.accept():
            with transaction():
                person = services.use_log_in_link(token)
            enter_by_link(person)
            return remember_browser(redirect_to("/"), person.email)
    except LinkSpent as error:
        return page("partners/access/log_in_link_spent.html", error.status)
    return page("partners/access/use_log_in_link.html", form.status, form=form, person=person)


@bp.route("/password-resets/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> Response:
    """Choose a new password with a mailed link."""
    form = NewPasswordForm()
    try:
        person = get_person_by_token(token, Purpose.PASSWORD_RESET)
        if form.accept():
            with transaction():
                services.reset_password(token, form.password.data or "")
            tell("Your new password is set. Log in with it.")
            return redirect_to(url_for("partners.access.log_in"))
    except LinkSpent as error:
        return page("partners/access/link_spent.html", error.status, reset=True)
    except PortalError as error:
        form.refuse(error)
    return page("partners/access/reset_password.html", form.status, form=form, person=person)


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@public
def accept_invitation(token: str) -> Response:
    """Choose the first password with a mailed link; one is logged in at once."""
    form = NewPasswordForm()
    try:
        person = get_person_by_token(token, Purpose.INVITATION)
        if form.accept():
            password = form.password.data or ""
            with transaction():
                person = services.accept_invitation(token, password)
            _begin(person, password)
            tell(f"Welcome, {person.name}. Your account is open.")
            return redirect_to("/")
    except LinkSpent as error:
        return page("partners/access/link_spent.html", error.status, reset=False)
    except PortalError as error:
        form.refuse(error)
    return page("partners/access/accept_invitation.html", form.status, form=form, person=person)


@bp.get("/account")
@signed_in
def show_account() -> Response:
    """One's own account: looks, sessions, employments, and who looked as oneself."""
    return _account(ChangeProfileForm(obj=_me()))


def _account(form: ChangeProfileForm) -> Response:
    me = viewer()
    number = me.person_id or 0
    return page(
        "partners/access/show_account.html", form.status, form=form, me=me, person=_me(), name_device=name_device,
        sessions=sessions.list_sessions(number) if not me.read_only else [],
        viewings=queries.list_viewings(number), employments=list_employments(number),
        limits=limits_of_person(me, _me(), own=True),
    )  # fmt: skip


def _me() -> Person:
    return get_person(viewer(), viewer().person_id or 0)


@bp.post("/account/profile")
@signed_in
def change_profile() -> Response:
    """Change one's own name, look and time zone."""
    form = ChangeProfileForm()
    if form.accept():
        try:
            with transaction():
                services.change_profile(
                    _me(), name=form.name.data or "", theme=form.theme.data, tz=form.tz.data, by=viewer()
                )
            tell("Your account is changed.")
            return redirect_to(url_for("partners.access.show_account"))
        except PortalError as error:
            form.refuse(error)
    return _account(form)


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password() -> Response:
    """Change one's own password; every other session ends."""
    form = ChangePasswordForm()
    status = form.status
    if form.accept():
        me = viewer()
        try:
            services.throttle_login(me.email, request.remote_addr or "", known_browser(me.email))
            with transaction():
                services.change_password(
                    _me(), current=form.current.data or "", password=form.password.data or "", session_id=me.session_id
                )
            tell("Your password is changed. Every other session has ended.")
            return redirect_to(url_for("partners.access.show_account"))
        except PortalError as error:
            form.refuse(error)
            status = error.status
    return page("partners/access/change_password.html", status, form=form)


@bp.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> Response:
    """End one of one's own sessions."""
    with transaction():
        sessions.end_session(viewer(), session_id)
    tell("That session has ended.")
    return redirect_to(url_for("partners.access.show_account"))


@bp.post("/account/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """End every session of one's own but this one."""
    me = viewer()
    with transaction():
        ended = sessions.end_other_sessions(me)
    tell(f"{ended} other sessions have ended." if ended != 1 else "One other session has ended.")
    return redirect_to(url_for("partners.access.show_account"))


@bp.post("/people/<int:person_id>/view-as")
@requires("person:view_as")
def start_viewing(person_id: int) -> Response:
    """See the portal as a partner's person does, without being able to change anything."""
    me = viewer()
    with transaction():
        view_as.start_viewing(get_person(me, person_id), by=me)
    forget_viewer()
    return redirect_to("/")


@bp.post("/view-as/stop")
@leaves_view_as
def stop_viewing() -> Response:
    """Be oneself again."""
    with transaction():
        person_id = view_as.stop_viewing(viewer())
    forget_viewer()
    return redirect_to(f"/people/{person_id}" if person_id else "/")
