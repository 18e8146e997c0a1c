"""Merging a shop into another, splitting one, undoing both; the tab of the partner's page that tells of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.partners.mergers.queries import find_whole_merger, get_merger_of, list_mergers_of, undoings_of
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner, list_old_names
from portal.partners.people.models import Person
from portal.partners.people.queries import names_of_people
from portal.programs.mergers import services
from portal.programs.mergers.forms import MergePartnerForm, SplitPartnerForm, UndoMergerForm
from portal.programs.mergers.preview import Preview, preview
from portal.programs.mergers.queries import list_present_people, partners_by_id
from portal.programs.mergers.services import NewShop, Outcome
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/partners/<code>/mergers")
@requires("partner:read")
def list_mergers(code: str) -> Response:
    """What became of a shop: names it had, mergers and splits, and what may still be undone."""
    partner = get_partner(viewer(), code)
    rows = list_mergers_of(partner.id)
    undone = undoings_of([row.id for row in rows])
    ids = {number for row in rows for number in (row.from_partner_id, row.into_partner_id)}
    return page(
        "programs/mergers/list_mergers.html", partner=partner, rows=rows, undone=undone, partners=partners_by_id(ids),
        old_names=list_old_names(partner.id), split_names={row.id: services.names_in(row) for row in rows},
        by_names=names_of_people(row.by_person_id for row in (*rows, *undone.values())), today=clock.today(),
        whole=find_whole_merger(partner.id),
    )  # fmt: skip


@bp.route("/partners/<code>/merge", methods=["GET", "POST"])
@requires("partner:merge")
def merge_partner(code: str) -> Response:
    """Make a shop part of another one from a day on, after looking at what it does."""
    me = viewer()
    partner, found, status = get_partner(me, code), None, 200
    form = MergePartnerForm(data={"valid_from": clock.today()})
    if form.accept():
        try:
            if not _confirmed():
                found = preview(partner, lambda: _merge(code, form), since=_day(form), viewer=me)
            else:
                with transaction():
                    outcome = _merge(code, form)
                tell(_told(outcome))
                return redirect_to(url_for("programs.mergers.list_mergers", code=code))
        except PortalError as error:
            form.refuse(error)
            status = error.status
    elif request.method == "POST":
        status = form.status
    return _form_page("merge_partner", form, code, found, status)


def _merge(code: str, form: MergePartnerForm) -> Outcome:
    me = viewer()
    try:
        new = get_partner(me, (form.into.data or "").strip())
    except NotFound as error:
        raise InvalidInput("No partner of yours has this code.", field="into") from error
    return services.merge_partners(
        get_partner(me, code), new, valid_from=_day(form), reason=form.reason.data or "", by=me,
        move_balance=bool(form.balance.data),
    )  # fmt: skip


@bp.route("/partners/<code>/split", methods=["GET", "POST"])
@requires("partner:merge")
def split_partner(code: str) -> Response:
    """Make a shop of its own out of part of another one, after looking at what it does."""
    me = viewer()
    partner, found, status = get_partner(me, code), None, 200
    people = list_present_people(partner)
    form = SplitPartnerForm(data={"valid_from": clock.today()})
    form.people.choices = [(person.id, person.name) for person in people]
    if form.accept():
        try:
            chosen = [person for person in people if person.id in (form.people.data or [])]
            if not _confirmed():
                found = preview(partner, _splitting(code, form), since=_day(form), viewer=me, people=chosen)
            else:
                with transaction():
                    outcome = _splitting(code, form)()
                tell(_told(outcome))
                return redirect_to(url_for("programs.mergers.list_mergers", code=code))
        except PortalError as error:
            form.refuse(error)
            status = error.status
    elif request.method == "POST":
        status = form.status
    return _form_page("split_partner", form, code, found, status)


def _splitting(code: str, form: SplitPartnerForm) -> Callable[[], Outcome]:
    def act() -> Outcome:
        me = viewer()
        partner = get_partner(me, code)
        chosen: list[Person] = [one for one in list_present_people(partner) if one.id in (form.people.data or [])]
        return services.split_partner(
            partner, NewShop(form.code.data or "", form.name.data or ""), people=chosen, valid_from=_day(form),
            reason=form.reason.data or "", by=me,
        )  # fmt: skip

    return act


def _form_page(
    name: str, form: MergePartnerForm | SplitPartnerForm, code: str, found: Preview | None, status: int
) -> Response:
    partner: Partner = get_partner(viewer(), code)
    return page(f"programs/mergers/{name}.html", status, form=form, partner=partner, found=found, today=clock.today())


def _confirmed() -> bool:
    return request.form.get("step") == "do"


def _day(form: MergePartnerForm | SplitPartnerForm) -> dt.date:
    return form.valid_from.data or clock.today()


def _told(outcome: Outcome) -> str:
    if outcome.merger.valid_from > clock.today():
        return f"Agreed. It begins by itself on {outcome.merger.valid_from}."
    people = "One person moved" if outcome.people == 1 else f"{outcome.people} people moved"
    changed = len(outcome.posted)
    return f"Done. {people}, {changed} earning{'' if changed == 1 else 's'} changed."


@bp.post("/partners/<code>/mergers/<int:merger_id>/undo")
@requires("partner:merge")
def undo_merger(code: str, merger_id: int) -> Response:
    """Take a merger or split back, as long as no period of it is locked."""
    form, me = UndoMergerForm(), viewer()
    get_merger_of(get_partner(me, code).id, merger_id)
    if not form.accept():
        raise InvalidInput("Say why it is undone; it is kept with the change.")
    with transaction():
        merger = get_merger_of(get_partner(me, code).id, merger_id)
        outcome = services.undo_merger(merger, reason=form.reason.data or "", by=me)
    changed = len(outcome.posted)
    tell(f"Undone. {changed} earning{' is' if changed == 1 else 's are'} as before.")
    return redirect_to(url_for("programs.mergers.list_mergers", code=code))
