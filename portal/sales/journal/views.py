"""The journal as people read it: a list, one line with what came of it, a download."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import Response, url_for

from portal.core.db import transaction
from portal.core.errors import InvalidInput, PortalError
from portal.core.money import parse_minor, to_major
from portal.core.paging import MAX_SIZE
from portal.partners.organizations.queries import get_partner
from portal.sales.journal import queries
from portal.sales.journal.corrections import correct_line, reverse_line
from portal.sales.journal.forms import CorrectSaleForm, ReverseSaleForm
from portal.sales.journal.models import SaleLine
from portal.sales.journal.rules import Figures
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FILTERS = ("flow", "sku", "partner", "source", "since", "until", "generated")
DOWNLOAD_ROWS = 20_000
CORRECT = "correct-"


@bp.get("/sales")
@requires("sale:read")
def list_sales() -> Response:
    """Sale lines in scope, searched, filtered and sorted."""
    state, wanted = _asked()
    found = queries.list_lines(viewer(), wanted, sort=state.sort, descending=state.descending, page=state.page)
    sources = [(name, name) for name in queries.list_sources()] if viewer().is_vendor else []
    return page("sales/journal/list_sales.html", state=state, found=found, source_options=sources)


@bp.get("/partners/<code>/sales")
@requires("sale:read")
def list_partner_sales(code: str) -> Response:
    """The sales of one partner: a tab of its page."""
    partner = get_partner(viewer(), code)
    state, wanted = _asked()
    wanted = replace(wanted, partner=partner.code)
    found = queries.list_lines(viewer(), wanted, sort=state.sort, descending=state.descending, page=state.page)
    return page("sales/journal/list_partner_sales.html", state=state, found=found, partner=partner)


def _asked() -> tuple[ListState, queries.LineFilter]:
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="-sold_on", filters=FILTERS)
    chosen = {name: state.filters[name] for name in ("flow", "sku", "partner", "source", "generated")}
    days = {name: _day(state.filters[name]) for name in ("since", "until")}
    return state, queries.LineFilter(q=state.q, **chosen, **days)  # type: ignore[arg-type]


def _day(text: str) -> dt.date | None:
    """A day of the URL; anything unusable narrows nothing."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


@bp.get("/sales/export.csv")
@requires("sale:read")
def export_sales() -> Response:
    """The list as it is filtered, in the import's columns; the first 20,000 lines."""
    state, wanted = _asked()
    found = queries.list_lines(viewer(), wanted, sort=state.sort, descending=state.descending, size=MAX_SIZE)
    rows = [row for number in range(1, min(found.pages, DOWNLOAD_ROWS // found.size) + 1)
            for row in queries.list_lines(viewer(), wanted, sort=state.sort, descending=state.descending, page=number,
                                          size=found.size).rows]  # fmt: skip
    header = (
        "external_id", "partner", "sku", "quantity", "amount", "currency", "sold_on", "invoice_no", "end_customer",
        "serial_no", "flow", "source",
    )  # fmt: skip
    cells = [
        (line.external_id, row.partner_code, row.sku, line.quantity,
         to_major(line.amount, line.currency), line.currency,
         line.sold_on, line.invoice_no, line.end_customer, line.serial_no, line.flow, line.source)
        for row in rows for line in [row.line]
    ]  # fmt: skip
    return send_csv("sales.csv", header, cells)


@bp.get("/sales/<int:line_id>")
@requires("sale:read")
def show_sale(line_id: int) -> Response:
    """One line, where it comes from and what came of it."""
    return _show(line_id)


def _show(line_id: int, *, reverse: ReverseSaleForm | None = None, correct: CorrectSaleForm | None = None) -> Response:
    line = queries.get_line(viewer(), line_id)
    row, linked = queries.rows_of([line.id])[0], queries.list_linked(viewer(), line)
    may_reverse = viewer().can("sale:correct") and line.reverses_line_id is None and not queries.is_reversed(line.id)
    sent = reverse or correct
    return page(
        "sales/journal/show_sale.html", status=sent.status if sent else 200, row=row, line=line, linked=linked,
        form=reverse or ReverseSaleForm(formdata=None), correct=correct or _as_it_is(line), may_reverse=may_reverse,
    )  # fmt: skip


def _as_it_is(line: SaleLine) -> CorrectSaleForm:
    amount = to_major(line.amount, line.currency)
    return CorrectSaleForm(formdata=None, prefix=CORRECT, quantity=line.quantity, amount=amount, sold_on=line.sold_on)


@bp.post("/sales/<int:line_id>/reverse")
@requires("sale:correct")
def reverse_sale(line_id: int) -> Response:
    """Take a wrong line back on its own day."""
    form = ReverseSaleForm()
    if form.accept():
        try:
            with transaction():
                line = queries.get_line(viewer(), line_id)
                reverse_line(line, by=viewer(), reason=form.reason.data or "")
            tell("The line is reversed. What it had earned is taken back with the next calculation.")
            return redirect_to(url_for("sales.journal.show_sale", line_id=line_id))
        except PortalError as error:
            if error.status == 404:
                raise
            form.refuse(error)
    return _show(line_id, reverse=form)


@bp.post("/sales/<int:line_id>/correct")
@requires("sale:correct")
def correct_sale(line_id: int) -> Response:
    """Write a line anew with the units, amount or day it should have; the old one is reversed beside it."""
    form = CorrectSaleForm(prefix=CORRECT)
    if form.accept():
        try:
            with transaction():
                line = queries.get_line(viewer(), line_id)
                number = correct_line(line, _figures(form, line), by=viewer(), reason=form.reason.data or "").id
            tell("The line is corrected. What it earns is calculated anew.")
            return redirect_to(url_for("sales.journal.show_sale", line_id=number))
        except PortalError as error:
            if error.status == 404:
                raise
            form.refuse(error)
    return _show(line_id, correct=form)


def _figures(form: CorrectSaleForm, line: SaleLine) -> Figures:
    try:
        amount = parse_minor(form.amount.data or "", line.currency)
    except InvalidInput as error:
        raise InvalidInput(error.sentence, field="amount") from error
    return Figures(form.quantity.data or 0, amount, form.sold_on.data or line.sold_on)
