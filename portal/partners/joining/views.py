"""The public page to join a shop, its link, and the desk where the shop's admin decides."""

from __future__ import annotations

import io

import segno
from flask import Response, current_app, make_response, request, url_for

from portal.core.db import transaction
from portal.core.errors import InvalidInput, PortalError
from portal.partners.access.entering import enter_by_link
from portal.partners.access.errors import LinkSpent
from portal.partners.joining import queries, services
from portal.partners.joining.forms import DeclineJoinerForm, JoinShopForm, ProveAddressForm
from portal.partners.joining.rules import spoken
from portal.partners.organizations.queries import get_partner_by_id
from portal.security.current import viewer
from portal.security.doors import public, requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.route("/join", methods=["GET", "POST"])
@public
def join_shop() -> Response:
    """Ask to join a shop by its code; the answer is the same whether the address is known or not."""
    form = JoinShopForm(data={"code": request.args.get("code", "")[:20]})
    status = form.status
    if form.accept():
        email = form.email.data or ""
        try:
            mail = services.throttle_join(email, request.remote_addr or "")
            with transaction():
                services.ask_to_join(form.code.data or "", email, form.name.data or "", mail=mail)
            return page("partners/joining/join_asked.html", email=email)
        except PortalError as error:
            form.refuse(error)
            status = error.status
    return page("partners/joining/join_shop.html", status, form=form)


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
def prove_address(token: str) -> Response:
    """Open the mailed link and press the button; a mail scanner that only looks uses nothing up."""
    form = ProveAddressForm()
    try:
        wish = queries.get_by_link(token)
        if form.accept():
            with transaction():
                person = services.prove_address(token)
            enter_by_link(person)
            tell("Your shop has to confirm you now. You may draft a claim meanwhile.")
            return redirect_to("/")
    except LinkSpent as error:
        return page("partners/joining/join_spent.html", error.status)
    return page("partners/joining/prove_address.html", form.status, form=form, wish=wish)


@bp.get("/people/joining")
@requires("join:decide")
def list_joiners() -> Response:
    """The shop's code with its picture, and who waits to be confirmed."""
    me = viewer()
    code = queries.find_shop_code(me.partner_id)
    return page(
        "partners/joining/list_joiners.html", waiting=queries.list_waiting(me), code=spoken(code) if code else "",
        address=_address(code) if code else "",
    )  # fmt: skip


def _address(code: str) -> str:
    return f"{current_app.extensions['settings'].portal_url}{url_for('partners.joining.join_shop')}?code={code}"


@bp.get("/people/joining/code.svg")
@requires("join:decide")
def show_code() -> Response:
    """The address with the shop's code as a QR picture."""
    code = queries.find_shop_code(viewer().partner_id)
    if code is None:
        return redirect_to(url_for("partners.joining.list_joiners"))
    picture = io.BytesIO()
    segno.make(_address(code), error="m", micro=False).save(picture, kind="svg", scale=6, border=4, light="#fff")
    answer = make_response(picture.getvalue())
    answer.headers["Content-Type"] = "image/svg+xml"
    return answer


@bp.get("/people/joining/count")
@requires("join:decide")
def count_joiners() -> Response:
    """How many wait, for the rail; nothing at all when nobody does."""
    return make_response(str(queries.count_waiting(viewer()) or ""))


@bp.post("/people/joining/renew-code")
@requires("join:decide")
def renew_shop_code() -> Response:
    """Make a fresh code; posters with the old one are worth nothing from now on."""
    me = viewer()
    with transaction():
        services.renew_shop_code(get_partner_by_id(me, me.partner_id or 0), by=me)
    tell("The shop has a fresh code. The old one no longer works.")
    return redirect_to(url_for("partners.joining.list_joiners"))


@bp.post("/people/joining/<int:request_id>/confirm")
@requires("join:decide")
def confirm_joiner(request_id: int) -> Response:
    """Take somebody into the shop; earning starts today."""
    me = viewer()
    with transaction():
        person = services.confirm_joiner(queries.get_waiting(me, request_id, lock=True), by=me)
    tell(f"{person.name} works here now and has been told.")
    return redirect_to(url_for("partners.joining.list_joiners"))


@bp.post("/people/joining/<int:request_id>/decline")
@requires("join:decide")
def decline_joiner(request_id: int) -> Response:
    """Turn somebody away; the person reads the reason."""
    form, me = DeclineJoinerForm(), viewer()
    queries.get_waiting(me, request_id)
    if not form.accept():
        raise InvalidInput("Say why you decline; the person reads it.")
    with transaction():
        wish = queries.get_waiting(me, request_id, lock=True)
        person = services.decline_joiner(wish, reason=form.reason.data or "", by=me)
    tell(f"{person.name} has been told.")
    return redirect_to(url_for("partners.joining.list_joiners"))
