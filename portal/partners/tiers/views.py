"""Setting a partner's tier."""

from __future__ import annotations

from flask import Response, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.partners.organizations.queries import get_partner
from portal.partners.tiers import services
from portal.partners.tiers.forms import SetTierForm
from portal.partners.tiers.queries import tier_history
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.route("/partners/<code>/tier", methods=["GET", "POST"])
@requires("tier:set")
def set_tier(code: str) -> Response:
    """Give a partner a tier from a day on, with a reason the partner reads."""
    me = viewer()
    partner = get_partner(me, code)
    form = SetTierForm(data={"tier": partner.tier, "valid_from": clock.today()})
    if form.accept():
        try:
            with transaction():
                changed = services.set_tier(
                    get_partner(me, code), form.tier.data or "", form.valid_from.data or clock.today(),
                    form.reason.data or "", me,
                )  # fmt: skip
            tell("The tier is set." if changed else "That was the tier already, so nothing changed.")
            return redirect_to(url_for("partners.organizations.show_partner", code=code))
        except PortalError as error:
            form.refuse(error)
    steps = list(reversed(tier_history(partner.id)))
    return page(
        "partners/tiers/set_tier.html", form.status, form=form, partner=partner, steps=steps, first_day=clock.FIRST_DAY
    )
