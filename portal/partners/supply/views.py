"""Which distributors supply a partner."""

from __future__ import annotations

from flask import Response, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import InvalidInput, PortalError
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner, get_partner_by_id
from portal.partners.supply import queries, services
from portal.partners.supply.forms import EndSupplyForm, StartSupplyForm
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import SYSTEM
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/partners/<code>/supply")
@requires("supply:change")
def list_supply(code: str) -> Response:
    """The distributors of a partner, with the form for another one."""
    return _page(get_partner(viewer(), code), StartSupplyForm(data={"valid_from": clock.today()}))


def _page(partner: Partner, form: StartSupplyForm) -> Response:
    form.distributor.choices = _choices(partner)
    rows = queries.list_supply_of(viewer(), partner)
    return page(
        "partners/supply/list_supply.html", form.status, form=form, partner=partner, supply=rows, today=clock.today(),
        end_form=EndSupplyForm(formdata=None, data={"valid_until": clock.today()}),
    )  # fmt: skip


def _choices(partner: Partner) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in queries.list_distributors() if row.id != partner.id]


@bp.post("/partners/<code>/supply/start")
@requires("supply:change")
def start_supply(code: str) -> Response:
    """Say that a distributor supplies the partner."""
    me = viewer()
    partner = get_partner(me, code)
    form = StartSupplyForm()
    form.distributor.choices = _choices(partner)
    if form.accept():
        try:
            with transaction():
                services.start_supply(
                    get_partner(SYSTEM, form.distributor.data), get_partner(me, code),
                    valid_from=form.valid_from.data or clock.today(), valid_until=form.valid_until.data, by=me,
                )  # fmt: skip
            tell("The supply is recorded.")
            return redirect_to(url_for("partners.supply.list_supply", code=code))
        except PortalError as error:
            form.refuse(error)
    return _page(partner, form)


@bp.post("/supply/<int:supply_id>/end")
@requires("supply:change")
def end_supply(supply_id: int) -> Response:
    """End a supply; the named day is the first without it."""
    form, me = EndSupplyForm(), viewer()
    queries.get_supply(me, supply_id)
    if not form.accept() or form.valid_until.data is None:
        raise InvalidInput("Name the first day without this supply.")
    with transaction():
        supply = queries.get_supply(me, supply_id)
        services.end_supply(supply, on=form.valid_until.data, by=me)
        partner = get_partner_by_id(me, supply.partner_id)
    tell("The supply ends.")
    return redirect_to(url_for("partners.supply.list_supply", code=partner.code))
