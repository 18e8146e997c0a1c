"""The employer's answer about SPIFs."""

from __future__ import annotations

from flask import Response, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.partners.organizations.queries import get_partner
from portal.partners.people.queries import names_of_people
from portal.partners.spif import services
from portal.partners.spif.forms import ANSWERS, AnswerSpifsForm
from portal.partners.spif.queries import answer_on, list_answers
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.route("/partners/<code>/spif-answer", methods=["GET", "POST"])
@requires("spif:answer")
def answer_spifs(code: str) -> Response:
    """Say whether the partner's people may receive SPIFs, from a day on."""
    me = viewer()
    partner = get_partner(me, code)
    form = AnswerSpifsForm(data={"answer": answer_on(partner.id, clock.today()).value, "valid_from": clock.today()})
    if form.accept():
        try:
            with transaction():
                services.answer_spifs(
                    get_partner(me, code), form.answer.data, valid_from=form.valid_from.data or clock.today(), by=me
                )
            tell("Your answer is recorded.")
            return redirect_to(url_for("partners.organizations.show_partner", code=code))
        except PortalError as error:
            form.refuse(error)
    answers = list(reversed(list_answers(partner.id)))
    names = names_of_people(row.by_person_id for row in answers)
    return page(
        "partners/spif/answer_spifs.html", form.status, form=form, partner=partner, answers=answers, names=names,
        words=dict(ANSWERS),
    )  # fmt: skip
