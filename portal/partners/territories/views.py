"""Territories and who looks after them."""

from __future__ import annotations

from flask import Response, url_for

from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.partners.people.queries import get_person, names_of_people
from portal.partners.territories import queries, services
from portal.partners.territories.forms import AddTerritoryForm, AssignTerritoriesForm
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/territories")
@requires("territory:read")
def list_territories() -> Response:
    """Every territory with its partners and managers."""
    return _page(AddTerritoryForm())


def _page(form: AddTerritoryForm) -> Response:
    managers = queries.managers_by_territory()
    names = names_of_people(number for numbers in managers.values() for number in numbers)
    return page(
        "partners/territories/list_territories.html", form.status, form=form, territories=queries.list_territories(),
        counts=queries.count_partners(),
        managers={place: [names[number] for number in numbers] for place, numbers in managers.items()},
    )  # fmt: skip


@bp.post("/territories/add")
@requires("territory:add")
def add_territory() -> Response:
    """Make a territory."""
    form = AddTerritoryForm()
    if form.accept():
        try:
            with transaction():
                services.add_territory(
                    (form.name.data or "").strip(), region=form.region.data or "", country=form.country.data or "",
                    by=viewer(),
                )  # fmt: skip
            tell(f"{form.name.data} is a territory now.")
            return redirect_to(url_for("partners.territories.list_territories"))
        except PortalError as error:
            form.refuse(error)
    return _page(form)


@bp.route("/people/<int:person_id>/territories", methods=["GET", "POST"])
@requires("territory:assign")
def assign_territories(person_id: int) -> Response:
    """Give a channel manager territories; none means all."""
    me = viewer()
    person = get_person(me, person_id)
    form = AssignTerritoriesForm(data={"territories": sorted(queries.territory_ids_of(person_id))})
    form.territories.choices = [(place.id, place.name) for place in queries.list_territories()]
    if form.accept():
        try:
            with transaction():
                services.assign_territories(get_person(me, person_id), form.territories.data or [], by=me)
            tell(f"The territories of {person.name} are assigned.")
            return redirect_to(url_for("partners.people.show_person", person_id=person_id))
        except PortalError as error:
            form.refuse(error)
    return page("partners/territories/assign_territories.html", form.status, form=form, person=person)
