"""The calendar of reports, one duty with its files, and the acts on a file that did not come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, url_for

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.core.paging import DEFAULT_SIZE, Page
from portal.partners.organizations.queries import get_partner
from portal.partners.people.queries import names_of_people
from portal.sales.reporting import queries, services
from portal.sales.reporting.forms import AddDutyForm, AnswerGapForm, EndDutyForm
from portal.sales.reporting.models import ReportDuty
from portal.sales.reporting.queries import WORST, Report
from portal.sales.reporting.rules import RULE, State
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
HEADER = ("source", "file", "flow", "partner", "period", "period_start", "due_on", "state", "received_on", "lines",
          "units", "amount_minor", "currency", "unusual", "contact", "reminded_on", "signed_off", "reason")  # fmt: skip
SORTS: dict[str, Callable[[Report], Any]] = {
    "state": lambda one: (WORST.index(one.state), one.period.start.toordinal() * -1),
    "source": lambda one: (one.duty.source, one.partner, one.period.start),
    "period": lambda one: (one.period.start, one.duty.source, one.partner),
    "due": lambda one: (one.due_on, one.duty.source),
    "lines": lambda one: one.held.lines if one.held else 0,
}
KINDS = {"sales": "Sales", "products": "Products", "fx": "Exchange rates", "partners": "Partners"}


@bp.get("/reporting")
@requires("report:read")
def list_reports() -> Response:
    """Who has not reported: every file that is owed, the worst first."""
    state = _state()
    every = queries.list_reports(viewer())
    found = _narrowed(every, state)
    number = min(state.page, max(1, -(-len(found) // DEFAULT_SIZE)))
    rows = found[(number - 1) * DEFAULT_SIZE : number * DEFAULT_SIZE]
    return page(
        "sales/reporting/list_reports.html", state=state, found=Page(rows, number, DEFAULT_SIZE, len(found)),
        counts=queries.count_states(every), total=len(every), rule=RULE, kinds=KINDS,
    )  # fmt: skip


def _state() -> ListState:
    return read_list_state(sorts=tuple(SORTS), default_sort="state", filters=("show", "rhythm"))


def _narrowed(reports: list[Report], state: ListState) -> list[Report]:
    found = [one for one in reports if _fits(one, state.filters["show"], state.filters["rhythm"], state.q.casefold())]
    return sorted(found, key=SORTS[state.sort], reverse=state.descending)


def _fits(one: Report, show: str, rhythm: str, word: str) -> bool:
    duty = one.duty
    texts = (duty.source, one.partner, duty.contact_name, duty.contact_email, one.period.title)
    shown = {"unusual": bool(one.unusual), "eyes": one.needs_eyes}.get(show, one.state == show)
    return (
        (not show or shown)
        and (not rhythm or duty.rhythm == rhythm)
        and (not word or any(word in text.casefold() for text in texts))
    )


@bp.get("/reporting.csv")
@requires("report:read")
def export_reports() -> Response:
    """The calendar as it is filtered, as CSV."""
    rows = [_csv_row(one) for one in _narrowed(queries.list_reports(viewer()), _state())]
    return send_csv("reporting.csv", HEADER, rows)


def _csv_row(one: Report) -> tuple[object, ...]:
    held, answer, duty = one.held, one.answer, one.duty
    received = clock.local(held.received_at).date() if held and held.received_at else ""
    return (
        duty.source, duty.kind, duty.flow, one.partner, one.period.title, one.period.start, one.due_on, one.state.value,
        received, held.lines if held else 0, held.units if held else 0, held.amount if held else 0,
        held.currency if held else "", " ".join(one.unusual), duty.contact_email, one.reminded_on or "",
        answer.answer if answer else "", answer.reason if answer else "",
    )  # fmt: skip


@bp.route("/reporting/duties/add", methods=["GET", "POST"])
@requires("report:plan")
def add_duty() -> Response:
    """Plan a file that a source owes."""
    form = AddDutyForm(data={"valid_from": clock.today().replace(day=1), "due_days": 5})
    if form.accept():
        try:
            with transaction():
                duty = _added(form)
            tell(f"{duty.source} is on the calendar.", "ok")
            return redirect_to(url_for("sales.reporting.show_duty", duty_id=duty.id))
        except PortalError as error:
            session.rollback()
            form.refuse(error)
    return page("sales/reporting/add_duty.html", form.status, form=form)


def _added(form: AddDutyForm) -> ReportDuty:
    me, code = viewer(), (form.partner.data or "").strip()
    partner = None
    if code:
        try:
            partner = get_partner(me, code)
        except PortalError as error:
            raise InvalidInput(f"No partner has the code {code}.", field="partner") from error
    return services.add_duty(
        source=(form.source.data or "").strip(), kind=form.kind.data, flow=form.flow.data,
        partner_id=partner.id if partner else None, rhythm=form.rhythm.data, due_days=form.due_days.data or 0,
        contact_name=(form.contact_name.data or "").strip(), contact_email=(form.contact_email.data or "").strip(),
        valid_from=form.valid_from.data or clock.today(), by=me,
    )  # fmt: skip


@bp.get("/reporting/duties/<int:duty_id>")
@requires("report:read")
def show_duty(duty_id: int) -> Response:
    """One duty: its files with their figures, and what can be done about those that did not come."""
    return _duty_page(queries.get_duty(viewer(), duty_id))


def _duty_page(duty: ReportDuty, *, refused: PortalError | None = None, day: dt.date | None = None) -> Response:
    reports = queries.reports_of([duty])
    names = names_of_people(one.answer.signed_by_id for one in reports if one.answer)
    form = AnswerGapForm()
    return page(
        "sales/reporting/show_duty.html", refused.status if refused else 200, duty=duty, reports=reports, names=names,
        rule=RULE, refused=refused, refused_day=day, form=form, kinds=KINDS, State=State, today=clock.today(),
        partner=reports[0].partner if reports else "",
    )  # fmt: skip


@bp.post("/reporting/duties/<int:duty_id>/end")
@requires("report:plan")
def end_duty(duty_id: int) -> Response:
    """Say that nothing is owed after a day."""
    form = EndDutyForm()
    duty = queries.get_duty(viewer(), duty_id)
    try:
        if not form.accept() or form.valid_until.data is None:
            raise InvalidInput("Name the day after which nothing is owed.")
        with transaction():
            services.end_duty(queries.get_duty(viewer(), duty_id), on=form.valid_until.data, by=viewer())
    except PortalError as refusal:
        session.rollback()
        return _duty_page(duty, refused=refusal)
    tell("The duty ends.", "ok")
    return redirect_to(url_for("sales.reporting.show_duty", duty_id=duty_id))


@bp.post("/reporting/duties/<int:duty_id>/<period>/remind")
@requires("report:plan")
def remind(duty_id: int, period: str) -> Response:
    """Ask the contact for the file, by mail."""

    def ask(report: Report) -> str:
        services.remind(report, by=viewer())
        return f"{report.duty.contact_name} is asked for {report.period.title}."

    return _act(duty_id, period, ask)


@bp.post("/reporting/duties/<int:duty_id>/<period>/answer")
@requires("report:answer")
def answer_gap(duty_id: int, period: str) -> Response:
    """Sign off a file that did not come."""
    form = AnswerGapForm()

    def sign(report: Report) -> str:
        if not form.validate():
            raise InvalidInput("Choose what you sign off and write why, without invisible signs.", field="reason")
        services.answer_gap(report, answer=form.answer.data, reason=form.reason.data or "", by=viewer())
        return f"Signed off: {report.period.title}."

    return _act(duty_id, period, sign)


def _act(duty_id: int, period: str, act: Callable[[Report], str]) -> Response:
    """Do something about the file of a period; a refusal shows the duty with what was typed."""
    duty, day = queries.get_duty(viewer(), duty_id), _day(period)
    queries.get_report(duty, day)
    try:
        with transaction():
            told = act(queries.get_report(queries.get_duty(viewer(), duty_id), day))
    except PortalError as refusal:
        session.rollback()
        return _duty_page(queries.get_duty(viewer(), duty_id), refused=refusal, day=day)
    tell(told, "ok")
    return redirect_to(url_for("sales.reporting.show_duty", duty_id=duty_id))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error
