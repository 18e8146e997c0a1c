"""Approval limits: everybody's and one person's, setting one, and confirming it as the second person."""

from __future__ import annotations

from flask import Response, url_for

from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.paging import paginate
from portal.partners.limits import pages, queries, services
from portal.partners.limits.forms import SetLimitForm
from portal.partners.limits.rules import clean_amount, clean_kind, clean_unit, say_limit
from portal.partners.people.models import Person
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.limits.rules import Limit
from portal.security.viewer import Role
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "partners/limits/"


@bp.get("/people/limits")
@requires("limit:read")
def list_limits() -> Response:
    """Everybody who approves something, and how much at once; first what waits for a second person."""
    me = viewer()
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="name", filters=("show",))
    query = queries.search_approvers(
        me, q=state.q, show=state.filters["show"], sort=state.sort, descending=state.descending
    )
    found = paginate(session(), query, page=state.page)
    said = queries.say_limits_of([(person.id, Role(person.role)) for person in found.rows])
    return page(
        f"{FOLDER}list_limits.html", state=state, found=found, said=said, Role=Role, waiting=pages.waiting_rows(me),
        may_confirm=me.can("role:confirm") and not me.read_only,
    )  # fmt: skip


@bp.get("/people/<int:person_id>/limits")
@requires("limit:read")
def show_limits(person_id: int) -> Response:
    """One approver's limits, what waits, the form, and every limit there ever was."""
    return _person_page(queries.get_approver(viewer(), person_id))


def _person_page(person: Person, form: SetLimitForm | None = None, status: int = 200) -> Response:
    return page(
        f"{FOLDER}show_limits.html", status, person=person, role=Role(person.role),
        limits=pages.limits_of_person(viewer(), person, form), history=pages.history_rows(person),
    )  # fmt: skip


@bp.post("/people/<int:person_id>/limits/set")
@requires("limit:set")
def set_limit(person_id: int) -> Response:
    """Lower a limit at once, or ask a second person to confirm a higher one."""
    person = queries.get_approver(viewer(), person_id)
    form = SetLimitForm()
    form.kind.choices = pages.kind_choices(Role(person.role))
    if form.accept():
        try:
            with transaction():
                tell(_set(person_id, form))
            return redirect_to(url_for("partners.people.show_person", person_id=person_id))
        except PortalError as error:
            session.rollback()
            form.refuse(error)
    return _person_page(queries.get_approver(viewer(), person_id), form, 422)


def _set(person_id: int, form: SetLimitForm) -> str:
    person = queries.get_approver(viewer(), person_id, lock=True)
    kind = clean_kind(form.kind.data, Role(person.role))
    unit = clean_unit(form.unit.data or "")
    limit = Limit(kind, unit, clean_amount(form.amount.data or "", unit))
    said = say_limit(limit, kind, limit.measure)
    if services.set_limit(person, limit, by=viewer()) is not None:
        return f"A second person must confirm it: {person.name}, {kind.plural}, {said}."
    return f"From now on {person.name} has this limit for {kind.plural}: {said}."


@bp.post("/people/limit-requests/<int:request_id>/confirm")
@requires("role:confirm")
def confirm_limit(request_id: int) -> Response:
    """Confirm a limit as the second person."""
    with transaction():
        person = services.confirm_limit(queries.lock_request(viewer(), request_id), by=viewer())
        name = person.name
    tell(f"The limit of {name} counts from now on.", "ok")
    return redirect_to(url_for("partners.limits.list_limits"))


@bp.post("/people/limit-requests/<int:request_id>/refuse")
@requires("role:confirm")
def refuse_limit(request_id: int) -> Response:
    """Refuse a limit as the second person."""
    with transaction():
        person = services.refuse_limit(queries.lock_request(viewer(), request_id), by=viewer())
        name = person.name
    tell(f"The limit of {name} stays what it is.", "info")
    return redirect_to(url_for("partners.limits.list_limits"))
