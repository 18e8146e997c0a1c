"""The public application form, and the desk where a manager decides."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.paging import paginate
from portal.partners.onboarding import queries, services
from portal.partners.onboarding.forms import ApplyForPartnershipForm, ApproveApplicationForm, RejectApplicationForm
from portal.partners.onboarding.models import PartnerApplication
from portal.partners.organizations.queries import get_partner_by_id
from portal.partners.people.queries import names_of_people
from portal.partners.territories.queries import list_territories
from portal.security import rate_limits
from portal.security.current import viewer
from portal.security.doors import public, requires
from portal.security.viewer import SYSTEM
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
TRIES, MINUTES = 10, 60


@bp.route("/apply", methods=["GET", "POST"])
@public
def apply_for_partnership() -> Response:
    """Ask to become a partner."""
    form = ApplyForPartnershipForm()
    form.territory.choices = _places("Not sure")
    status = form.status
    if form.accept():
        try:
            rate_limits.take("apply", request.remote_addr or "", limit=TRIES, minutes=MINUTES)
            with transaction():
                application = services.apply_for_partnership(**_written(form))
            return page("partners/onboarding/applied.html", application=application)
        except PortalError as error:
            form.refuse(error)
            status = error.status
    return page("partners/onboarding/apply_for_partnership.html", status, form=form)


def _places(nothing: str) -> list[tuple[str, str]]:
    return [("", nothing), *((str(place.id), place.name) for place in list_territories())]


def _written(form: ApplyForPartnershipForm) -> dict[str, Any]:
    plain = ("company", "type", "country", "website", "contact_name", "contact_email", "message")
    return {
        **{name: form[name].data or "" for name in plain},
        "currency": (form.currency.data or "").strip().upper(),
        "territory_id": int(form.territory.data) if form.territory.data else None,
    }


@bp.get("/applications")
@requires("application:read")
def list_applications() -> Response:
    """Applications in scope; those that wait come first."""
    state = read_list_state(filters=("state",))
    found = paginate(
        session(), queries.search_applications(viewer(), state.filters["state"]), page=state.page, scalars=False
    )
    return page("partners/onboarding/list_applications.html", state=state, found=found)


@bp.get("/applications/count")
@requires("application:read")
def count_applications() -> Response:
    """How many wait, for the rail; nothing at all when none does."""
    return make_response(str(queries.count_waiting(viewer()) or ""))


@bp.get("/applications/<int:application_id>")
@requires("application:read")
def show_application(application_id: int) -> Response:
    """One application with its decision, or the forms to decide."""
    application = queries.get_application(viewer(), application_id)
    return _page(application, _approval(application), RejectApplicationForm(formdata=None))


def _approval(application: PartnerApplication, *, shown: bool = True) -> ApproveApplicationForm:
    proposed = {"code": queries.free_code(application.company), "territory": str(application.territory_id or "")}
    form = ApproveApplicationForm(formdata=None, data=proposed) if shown else ApproveApplicationForm()
    form.territory.choices = _places("None")
    return form


def _page(application: PartnerApplication, approve: ApproveApplicationForm, reject: RejectApplicationForm) -> Response:
    partner = get_partner_by_id(SYSTEM, application.partner_id) if application.partner_id else None
    return page(
        "partners/onboarding/show_application.html", 422 if request.method == "POST" else 200, approve=approve,
        application=application, reject=reject, partner=partner,
        names=names_of_people([application.decided_by_id]), places=dict(_places("")),
    )  # fmt: skip


@bp.post("/applications/<int:application_id>/approve")
@requires("application:decide")
def approve_application(application_id: int) -> Response:
    """Make the company a partner and invite its contact."""
    me = viewer()
    application = queries.get_application(me, application_id)
    form = _approval(application, shown=False)
    if form.accept():
        try:
            with transaction():
                partner = services.approve_application(
                    queries.get_application(me, application_id), code=form.code.data or "", tier=form.tier.data or "",
                    segment=form.segment.data or "", by=me,
                    territory_id=int(form.territory.data) if form.territory.data else None,
                )  # fmt: skip
            tell(f"{partner.name} is a partner now, and {application.contact_name} is invited.")
            return redirect_to(url_for("partners.organizations.show_partner", code=partner.code))
        except PortalError as error:
            if error.field is None:
                raise
            form.refuse(error)
    return _page(application, form, RejectApplicationForm(formdata=None))


@bp.post("/applications/<int:application_id>/reject")
@requires("application:decide")
def reject_application(application_id: int) -> Response:
    """Decline with a reason the applicant reads."""
    me = viewer()
    application = queries.get_application(me, application_id)
    form = RejectApplicationForm()
    if form.accept():
        try:
            with transaction():
                services.reject_application(
                    queries.get_application(me, application_id), by=me, reason=form.reason.data or ""
                )
            tell(f"{application.company} reads your reason by mail.", "info")
            return redirect_to(url_for("partners.onboarding.list_applications"))
        except PortalError as error:
            if error.field is None:
                raise
            form.refuse(error)
    return _page(application, _approval(application), form)
