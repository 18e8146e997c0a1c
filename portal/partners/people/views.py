"""People: the list, a person's page, invitations, roles, the end of an employment."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.core.paging import paginate
from portal.partners.access.queries import list_viewings
from portal.partners.limits.pages import limits_of_person
from portal.partners.limits.queries import list_requests, say_limits_of
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner, get_partner_by_id
from portal.partners.people import grants, queries, services
from portal.partners.people.forms import ChangeRoleForm, InvitePersonForm
from portal.partners.people.models import Person
from portal.partners.people.rules import needs_second_person, roles_given_by
from portal.partners.territories.queries import list_territories, territory_ids_of
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import PARTNER_ROLES, Role, Viewer
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/people")
@requires("person:read")
def list_people() -> Response:
    """Every person in scope, searched, filtered and sorted."""
    state = _list_state()
    query = queries.search_people(viewer(), _filter(state), sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, scalars=False)
    waiting = len(queries.list_pending_grants()) if viewer().can("role:confirm") else 0
    limits = len(list_requests(viewer())) if viewer().can("role:confirm") else 0
    roles = [(role.value, role.label) for role in Role if role is not Role.SYSTEM]
    return page(
        "partners/people/list_people.html", state=state, found=found, roles=roles, waiting=waiting, limits=limits
    )


def _list_state() -> ListState:
    return read_list_state(sorts=tuple(queries.SORTABLE), default_sort="name", filters=("role", "state"))


def _filter(state: ListState) -> queries.PersonFilter:
    return queries.PersonFilter(q=state.q, role=state.filters.get("role", ""), state=state.filters.get("state", ""))


@bp.get("/people/access-review.csv")
@requires("access:review")
def export_access_review() -> Response:
    """Everybody with role, organization, state and last log-in, for the quarterly review of access."""
    rows = session.execute(queries.search_people(viewer(), queries.PersonFilter())).all()
    header = ("email", "name", "role", "organization", "limits", "state", "created_at", "last_login_at",
              "password_set_at")  # fmt: skip
    said = say_limits_of([(person.id, Role(person.role)) for person, _, _ in rows])
    return send_csv("access-review.csv", header, [
        (person.email, person.name, person.role, partner or "", said.get(person.id, ""), person.state,
         person.created_at.isoformat(),
         *(moment.isoformat() if moment else "" for moment in (person.last_login_at, person.password_set_at)))
        for person, partner, _code in rows
    ])  # fmt: skip


@bp.get("/people/<int:person_id>")
@requires("person:read")
def show_person(person_id: int) -> Response:
    """One person: role, employments, territories, and who looked as this person."""
    me = viewer()
    person = queries.get_person(me, person_id)
    form = ChangeRoleForm(data={"role": person.role})
    form.role.choices = _role_choices(me, person)
    mine = territory_ids_of(person.id)
    return page(
        "partners/people/show_person.html", person=person, form=form, partner=_partner_of(me, person),
        employments=queries.list_employments(person.id), viewings=list_viewings(person.id) if me.is_vendor else [],
        territories=[place.name for place in list_territories() if place.id in mine], role=Role(person.role),
        limits=limits_of_person(me, person) if me.can("limit:read") else None,
    )  # fmt: skip


def _partner_of(me: Viewer, person: Person) -> Partner | None:
    return get_partner_by_id(me, person.partner_id) if person.partner_id is not None else None


def _role_choices(me: Viewer, person: Person) -> list[tuple[str, str]]:
    inside = person.partner_id is not None
    return [(role.value, role.label) for role in roles_given_by(me) if (role in PARTNER_ROLES) == inside]


@bp.route("/people/invite", methods=["GET", "POST"])
@requires("person:invite")
def invite_person() -> Response:
    """Mail a person the link to an account; a role that approves is asked for and confirmed by somebody else."""
    me = viewer()
    form = InvitePersonForm(data=_proposed(me))
    form.role.choices = [(role.value, role.label) for role in roles_given_by(me)]
    if form.accept():
        try:
            with transaction():
                tell(_invite(form, me))
            return redirect_to(url_for("partners.people.list_people"))
        except PortalError as error:
            form.refuse(error)
    return page("partners/people/invite_person.html", form.status, form=form)


def _proposed(me: Viewer) -> dict[str, Any]:
    code = request.args.get("partner", "")
    if not code and me.partner_id is not None:
        code = get_partner_by_id(me, me.partner_id).code
    return {"partner": code, "role": Role.SELLER.value}


def _invite(form: InvitePersonForm, me: Viewer) -> str:
    email, name, role = form.email.data or "", form.name.data or "", form.role.data or ""
    if needs_second_person(Role(role)):
        grants.request_role(email, name, role, by=me)
        return f"A second person must confirm that {name} becomes {Role(role).label.lower()}."
    code = (form.partner.data or "").strip() if Role(role) in PARTNER_ROLES else ""
    services.invite_person(email, name, role, _partner_by_code(me, code) if code else None, by=me)
    return f"{name} is invited. The link in the mail works for three days."


def _partner_by_code(me: Viewer, code: str) -> Partner:
    """The partner of a code that somebody typed; small letters stand for capitals."""
    for written in dict.fromkeys((code, code.upper())):
        with suppress(NotFound):
            return get_partner(me, written)
    raise InvalidInput(f"No partner has the code {code}.", field="partner")


@bp.post("/people/<int:person_id>/invite-again")
@requires("person:invite")
def invite_again(person_id: int) -> Response:
    """Mail a fresh link; the earlier one stops working."""
    me = viewer()
    with transaction():
        person = queries.get_person(me, person_id)
        services.check_may_manage(person, me)
        partner = _partner_of(me, person)
        services.mail_invitation(person, partner.name if partner else "", by=me)
    tell(f"A fresh link is on its way to {person.email}.")
    return redirect_to(url_for("partners.people.show_person", person_id=person_id))


@bp.post("/people/<int:person_id>/role")
@requires("person:change_role")
def change_role(person_id: int) -> Response:
    """Give a person another role; one that approves is asked for and confirmed by somebody else."""
    me = viewer()
    form = ChangeRoleForm()
    person = queries.get_person(me, person_id)
    form.role.choices = _role_choices(me, person)
    if not form.accept():
        raise InvalidInput("Choose one of the roles.")
    with transaction():
        person = queries.get_person(me, person_id)
        if needs_second_person(Role(form.role.data)) and form.role.data != person.role:
            grants.request_role(person.email, person.name, form.role.data, by=me)
            tell(f"A second person must confirm the new role of {person.name}.")
        else:
            services.change_role(person, form.role.data, by=me)
            tell(f"{person.name} is {Role(person.role).label.lower()} now.")
    return redirect_to(url_for("partners.people.show_person", person_id=person_id))


@bp.post("/people/<int:person_id>/end-employment")
@requires("employment:end")
def end_employment(person_id: int) -> Response:
    """End a person's employment in one step: sessions and links end at once."""
    me = viewer()
    with transaction():
        person = queries.get_person(me, person_id)
        partner = _partner_of(me, person)
        services.end_employment(person, by=me, organization=partner.name if partner else "")
    tell(f"{person.name} can no longer log in. Points earned stay with the person.")
    return redirect_to(url_for("partners.people.show_person", person_id=person_id))


@bp.get("/people/role-requests")
@requires("role:confirm")
def list_role_requests() -> Response:
    """Approving roles that wait for a second person."""
    waiting = queries.list_pending_grants()
    names = queries.names_of_people(grant.requested_by_id for grant in waiting)
    return page("partners/people/list_role_requests.html", grants=waiting, names=names, Role=Role)


@bp.post("/people/role-requests/<int:grant_id>/confirm")
@requires("role:confirm")
def confirm_role(grant_id: int) -> Response:
    """Confirm an approving role as the second person."""
    with transaction():
        person = grants.confirm_role(queries.get_grant(grant_id), by=viewer())
    tell(f"{person.name} is {Role(person.role).label.lower()} now.")
    return redirect_to(url_for("partners.people.list_role_requests"))


@bp.post("/people/role-requests/<int:grant_id>/refuse")
@requires("role:confirm")
def refuse_role(grant_id: int) -> Response:
    """Refuse an approving role as the second person."""
    with transaction():
        grants.refuse_role(queries.get_grant(grant_id), by=viewer())
    tell("The role was not given.", "info")
    return redirect_to(url_for("partners.people.list_role_requests"))
