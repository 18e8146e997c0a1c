"""The list of partners, a partner's page, adding, changing and closing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, PortalError
from portal.core.paging import paginate
from portal.ledger.queries import Balance, balances
from portal.partners.organizations import queries, services
from portal.partners.organizations.forms import (
    UNCHANGED,
    AddPartnerForm,
    ChangePartnerForm,
    ChangePartnersForm,
    ClosePartnerForm,
)
from portal.partners.organizations.models import Partner
from portal.partners.organizations.preview import preview_change
from portal.partners.people.employment import close_with_people
from portal.partners.people.queries import list_managers, list_people_of, names_of_people
from portal.partners.spif.queries import answer_on
from portal.partners.supply.queries import list_supply_of
from portal.partners.territories.queries import list_territories
from portal.partners.tiers.queries import tier_history
from portal.partners.tiers.rules import TIERS
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import SYSTEM, Viewer
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint
from portal.web.slots import loose_ends, tabs

bp = room_blueprint(__name__)
FILTERS = ("type", "tier", "territory", "segment", "state")


@bp.get("/partners")
@requires("partner:read")
def list_partners() -> Response:
    """Every partner in scope, searched, filtered and sorted."""
    state = _list_state()
    query = queries.search_partners(viewer(), _filter(state), sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, scalars=False)
    return page("partners/organizations/list_partners.html", state=state, found=found, **_choices())


@bp.get("/partners/export.csv")
@requires("partner:read")
def export_partners() -> Response:
    """The list as it is filtered, as a file in the import's columns."""
    state = _list_state()
    query = queries.search_partners(viewer(), _filter(state), sort=state.sort, descending=state.descending)
    rows = session.execute(query).all()
    parents: dict[int | None, str] = {partner.id: partner.code for partner, _ in rows}
    cells = [
        (row.code, row.name, row.type, parents.get(row.parent_id, ""), territory or "", row.segment, row.tier,
         row.country, row.currency, row.email)
        for row, territory in rows
    ]  # fmt: skip
    header = ("code", "name", "type", "parent", "territory", "segment", "tier", "country", "currency", "email")
    return send_csv("partners.csv", header, cells)


def _list_state() -> ListState:
    return read_list_state(sorts=tuple(queries.SORTABLE), default_sort="name", filters=FILTERS)


def _filter(state: ListState) -> queries.PartnerFilter:
    chosen = {name: state.filters.get(name, "") for name in ("type", "tier", "segment", "state")}
    number = state.filters.get("territory", "")
    territory_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    return queries.PartnerFilter(q=state.q, territory_id=territory_id, **chosen)


def _choices() -> dict[str, Any]:
    me = viewer()
    return {
        "territory_options": [(place.id, place.name) for place in list_territories()],
        "tier_options": [(tier, tier.capitalize()) for tier in queries.list_choices(me, "tier")],
        "segment_options": [(segment, segment) for segment in queries.list_choices(me, "segment")],
    }


@bp.get("/partners/<code>")
@requires("partner:read")
def show_partner(code: str) -> Response:
    """One partner: what it is today, who works there, what belongs to it, tiers, values and supply."""
    me = viewer()
    partner = queries.get_partner(me, code)
    values = list(reversed(queries.list_values(partner.id)))
    return page(
        "partners/organizations/show_partner.html", partner=partner, people=list_people_of(me, partner),
        parent=queries.find_parent(me, partner), children=queries.list_children(me, partner), values=values,
        parent_names=queries.names_of(row.parent_id for row in values if row.parent_id),
        by_names=names_of_people(row.by_person_id for row in values) if me.is_vendor else {},
        tier_steps=list(reversed(tier_history(partner.id))), supply=list_supply_of(me, partner),
        spif=answer_on(partner.id, clock.today()), today=clock.today(), first_day=clock.FIRST_DAY,
        territory=_territory_name(partner), close_form=ClosePartnerForm(), left=_left(partner),
        ends=loose_ends(me, [partner.id]) if me.can("partner:close") else [],
        manager=_manager_name(partner) if me.is_vendor else "",
        old_names=list(dict.fromkeys(row.name for row in queries.list_old_names(partner.id))),
    )  # fmt: skip


def _manager_name(partner: Partner) -> str:
    number = queries.managers_on([partner.id], clock.today()).get(partner.id)
    return names_of_people([number]).get(number, "") if number is not None else ""


def _left(partner: Partner) -> dict[str, Balance]:
    """What still lies on the partner's accounts."""
    return {unit: balance for unit, balance in balances(partner.owner_id).items() if balance.owned}


def _territory_name(partner: Partner) -> str:
    return next((place.name for place in list_territories() if place.id == partner.territory_id), "")


@bp.app_context_processor
def _tabs() -> dict[str, Any]:
    return {"partner_tabs": partner_tabs}


def partner_tabs(code: str, current: str) -> list[tuple[str, str, bool]]:
    """The tabs of a partner's page: this room's own first, then what upper rooms offer."""
    here = [("Partner", url_for("partners.organizations.show_partner", code=code), current == "partner")]
    offered = tabs(viewer(), "partner")
    return here + [(tab.label, url_for(tab.endpoint, code=code), current == tab.endpoint) for tab in offered]


@bp.route("/partners/new", methods=["GET", "POST"])
@requires("partner:add")
def add_partner() -> Response:
    """Make a partner."""
    form = AddPartnerForm()
    _fill_choices(form)
    me = viewer()
    if form.accept():
        try:
            with transaction():
                partner = services.add_partner(
                    form.code.data or "", form.name.data or "", currency=(form.currency.data or "").strip().upper(),
                    email=form.email.data or "", tier=form.tier.data or "", by=me, **_values(form),
                )  # fmt: skip
            tell(f"{partner.name} is a partner now.")
            return redirect_to(url_for("partners.organizations.show_partner", code=partner.code))
        except PortalError as error:
            form.refuse(error)
    return page("partners/organizations/add_partner.html", form.status, form=form)


@bp.route("/partners/<code>/change", methods=["GET", "POST"])
@requires("partner:change")
def change_partner(code: str) -> Response:
    """Change a partner; dated values hold from the named day, what was sold before keeps the old ones."""
    me = viewer()
    partner = queries.get_partner(me, code)
    form = ChangePartnerForm(data=_present(partner))
    _fill_choices(form)
    if form.accept():
        try:
            with transaction():
                _change(queries.get_partner(me, code), form, me)
            tell(f"{form.name.data} is changed.")
            return redirect_to(url_for("partners.organizations.show_partner", code=code))
        except PortalError as error:
            form.refuse(error)
    return page("partners/organizations/change_partner.html", form.status, form=form, partner=partner)


def _change(partner: Partner, form: ChangePartnerForm, me: Viewer) -> None:
    values = _values(form)
    parent = values.pop("parent")
    services.change_profile(partner, name=form.name.data or "", email=form.email.data or "", by=me)
    services.change_values(
        partner, valid_from=form.valid_from.data or clock.today(), by=me, reason=form.reason.data or "",
        parent_id=parent.id if parent else None, **values,
    )  # fmt: skip


def _present(partner: Partner) -> dict[str, Any]:
    # The vendor's people may read who owns a partner even where the owner lies outside their territories.
    parent = queries.find_parent(SYSTEM, partner)
    return {
        "name": partner.name, "email": partner.email, "type": partner.type, "territory": _territory_name(partner),
        "segment": partner.segment, "parent": parent.code if parent else "", "country": partner.country,
        "valid_from": clock.today(),
    }  # fmt: skip


def _values(form: AddPartnerForm | ChangePartnerForm) -> dict[str, Any]:
    return {
        "type": form.type.data, "territory": form.territory.data or "", "segment": (form.segment.data or "").strip(),
        "country": (form.country.data or "").strip(), "parent": _parent(form.parent.data or ""),
    }  # fmt: skip


def _parent(code: str) -> Partner | None:
    found = queries.find_partner_by_code(code.strip()) if code.strip() else None
    if code.strip() and found is None:
        raise InvalidInput(f"No partner has the code {code.strip()[:40]}.", field="parent")
    return found


def _fill_choices(form: Any) -> None:
    form.territory.choices = [("", "None"), *((place.name, place.name) for place in list_territories())]
    if "tier" in form:
        form.tier.choices = [("", "None"), *((tier, tier.capitalize()) for tier in TIERS)]


@bp.route("/partners/change-many", methods=["GET", "POST"])
@requires("partner:change")
def change_partners() -> Response:
    """Change manager, territory or segment of the chosen partners from one day on, as one act, after a look at it."""
    me = viewer()
    codes = list(dict.fromkeys(request.values.getlist("code")))[:1000]
    chosen = session.scalars(queries.visible_partners(me).where(Partner.code.in_(codes)).order_by(Partner.name)).all()
    form = ChangePartnersForm(data={"valid_from": clock.today()})
    form.territory.choices = [UNCHANGED, *((place.name, place.name) for place in list_territories())]
    form.manager.choices = [UNCHANGED, *((str(person.id), person.name) for person in list_managers())]
    if form.accept():
        try:
            if request.form.get("step") == "look":
                day = form.valid_from.data or clock.today()
                found = preview_change(chosen, _wanted(form), day, me)
                return page("partners/organizations/change_partners.html", form=form, partners=chosen, found=found)
            count = _change_many(codes, form, me)
            tell("One partner is changed." if count == 1 else f"{count} partners are changed.")
            return redirect_to(url_for("partners.organizations.list_partners"))
        except PortalError as error:
            form.refuse(error)
    return page("partners/organizations/change_partners.html", form.status, form=form, partners=chosen, found=None)


def _change_many(codes: list[str], form: ChangePartnersForm, me: Viewer) -> int:
    values = _wanted(form)
    if not codes:
        raise InvalidInput("Choose partners in the list first.")
    day: dt.date = form.valid_from.data or clock.today()
    with transaction():
        partners = session.scalars(queries.visible_partners(me).where(Partner.code.in_(codes)).order_by(Partner.code))
        return services.change_many(partners.all(), valid_from=day, by=me, reason=form.reason.data or "", **values)


def _wanted(form: ChangePartnersForm) -> dict[str, Any]:
    """What is to be changed; the manager as a person."""
    values: dict[str, Any] = {name: form[name].data for name in ("territory", "segment") if form[name].data}
    chosen = next((person for person in list_managers() if str(person.id) == form.manager.data), None)
    if chosen is not None:
        values["manager"] = chosen
    if not values:
        raise InvalidInput("Choose a manager, a territory or a segment for them.")
    return values


@bp.post("/partners/<code>/close")
@requires("partner:close")
def close_partner(code: str) -> Response:
    """Close a partner: it sells no more and its people can no longer log in; its history stays."""
    form, me = ClosePartnerForm(), viewer()
    queries.get_partner(me, code)
    if not form.accept():
        raise InvalidInput("Say why the partner closes; it is kept with the change.")
    with transaction():
        partner = queries.get_partner(me, code)
        close_with_people(partner, by=me, reason=form.reason.data or "")
    tell(f"{partner.name} is closed.")
    return redirect_to(url_for("partners.organizations.show_partner", code=code))
