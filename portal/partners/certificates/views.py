"""The certificates of a partner and of its people."""

from __future__ import annotations

from flask import Response, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.partners.certificates import queries, services
from portal.partners.certificates.forms import AddCertificateForm, WithdrawCertificateForm
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.route("/partners/<code>/certificates", methods=["GET", "POST"])
@requires("certificate:record")
def record_certificate(code: str) -> Response:
    """What the partner and its people hold, with the form for another certificate."""
    me = viewer()
    partner = get_partner(me, code)
    form = AddCertificateForm(data={"valid_from": clock.today()})
    people = {str(person.id): person for person in queries.list_people(partner)}
    form.owner.choices = [("", partner.name), *((number, person.name) for number, person in people.items())]
    if form.accept():
        try:
            with transaction():
                services.add_certificate(
                    get_partner(me, code), people.get(form.owner.data), form.name.data or "",
                    valid_from=form.valid_from.data or clock.today(), valid_until=form.valid_until.data, by=me,
                )  # fmt: skip
            tell("The certificate is recorded.")
            return redirect_to(url_for("partners.certificates.record_certificate", code=code))
        except PortalError as error:
            form.refuse(error)
    return _page(partner, form)


def _page(partner: Partner, form: AddCertificateForm) -> Response:
    names = {person.id: person.name for person in queries.list_people(partner)}
    return page(
        "partners/certificates/record_certificate.html", form.status, form=form, partner=partner, names=names,
        rows=queries.list_certificates(partner), today=clock.today(),
    )  # fmt: skip


@bp.post("/partners/<code>/certificates/withdraw")
@requires("certificate:record")
def withdraw_certificate(code: str) -> Response:
    """Say from which day on a certificate holds no longer."""
    me = viewer()
    form = WithdrawCertificateForm()
    partner = get_partner(me, code)
    if form.accept():
        try:
            with transaction():
                partner = get_partner(me, code)
                row = queries.get_certificate(partner, form.number.data)
                services.withdraw_certificate(partner, row, day=form.valid_until.data or clock.today(), by=me)
            tell("The certificate ends.")
        except PortalError as error:
            if error.status == 404:
                raise
            tell(str(error), "stop")
    return redirect_to(url_for("partners.certificates.record_certificate", code=code))
