"""The books as finance and auditors read them: roll-forward, owners, entries. Every number opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import paginate
from portal.ledger import naming, periods, queries, services, statements
from portal.ledger.forms import CloseMonthForm, ProposeAdjustmentForm, ReopenMonthForm
from portal.ledger.models import AdjustmentState, LedgerAdjustment, LedgerEntry, LedgerOwner
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.limits.queries import Desk
from portal.security.limits.rules import Kind
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@dataclass(frozen=True)
class Moved:
    """A row of an entry list: what one entry changed for one owner."""

    entry: LedgerEntry
    owner: LedgerOwner
    unit: str
    amount: int


@bp.get("/ledger/roll-forward")
@requires("ledger:read")
def show_roll_forward() -> Response:
    """Opening + earned + adjusted - redeemed - expired - paid = closing, per unit, each cell a door."""
    window = periods.read_window(request.args.get("since"), request.args.get("until"))
    lines = statements.statements(window.since, window.until)
    return page(
        "ledger/show_roll_forward.html",
        window=window,
        lines=list(lines.values()),
        choices=periods.choices(clock.today()),
    )


@bp.get("/ledger/this-month")
@requires("ledger:read")
def show_month() -> Response:
    """This month's roll-forward as a fragment for home pages."""
    window = periods.this_month(clock.today())
    return page(
        "ledger/_roll_forward.html",
        tight=True,
        window=window,
        lines=list(statements.statements(window.since, window.until).values()),
    )


@bp.get("/ledger/cells/<unit>/<column>")
@requires("ledger:read")
def show_cell(unit: str, column: str) -> Response:
    """The entries behind one cell of the roll-forward or of one owner's statement."""
    if column not in statements.CELLS:
        raise NotFound
    window = periods.read_window(request.args.get("since"), request.args.get("until"))
    owner = _chosen_owner(request.args.get("owner"))
    prior = request.args.get("prior") == "yes"
    query = statements.cell_entries(
        unit, column, window.since, window.until, owner_id=owner.id if owner else None, prior_only=prior
    )
    found = paginate(session(), query, page=read_list_state().page, size=50, scalars=False)
    moved = [Moved(entry, who, unit, int(amount)) for entry, who, amount in found.rows]
    total = statements.cell_total(query)
    return page(
        "ledger/show_cell.html", unit=unit, column=column, window=window, owner=owner, prior=prior, found=found,
        moved=moved, total=total, names=naming.names_of([row.owner for row in moved] + ([owner] if owner else [])),
    )  # fmt: skip


def _chosen_owner(number: str | None) -> LedgerOwner | None:
    if not number:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise NotFound
    return queries.get_owner(viewer(), int(number))


@bp.get("/ledger/owners")
@requires("ledger:read")
def list_owners() -> Response:
    """Whoever owns points or money, with balances."""
    state = read_list_state(filters=("kind",))
    found = paginate(session(), queries.search_owners(viewer(), state.q, state.filters["kind"]), page=state.page)
    balances = queries.balances_of([owner.id for owner in found.rows])
    return page(
        "ledger/list_owners.html", state=state, found=found, balances=balances, names=naming.names_of(found.rows)
    )


@bp.get("/ledger/owners/<int:owner_id>")
@requires("ledger:read")
def show_owner(owner_id: int) -> Response:
    """One owner: balances, what matures and expires when, and the entries."""
    owner = queries.get_owner(viewer(), owner_id)
    found = paginate(session(), queries.entries_of(owner.id), page=read_list_state().page, scalars=False)
    moved = [Moved(entry, owner, unit, int(amount)) for entry, unit, amount in found.rows]
    window = periods.this_month(clock.today())
    return page(
        "ledger/show_owner.html", owner=owner, name=naming.names_of([owner])[owner.id], found=found, moved=moved,
        balances=queries.balances(owner.id), lots=queries.living_lots(owner.id), window=window,
        lines=list(statements.statements(window.since, window.until, owner_id=owner.id).values()),
    )  # fmt: skip


@bp.get("/ledger/entries/<int:entry_id>")
@requires("ledger:read")
def show_entry(entry_id: int) -> Response:
    """One entry with its postings, its reason and what it settles or reverses."""
    entry = queries.get_entry(viewer(), entry_id)
    postings = queries.postings_of(entry.id)
    owners = queries.owners_by_id({posting.owner_id for posting in postings})
    return page(
        "ledger/show_entry.html", entry=entry, postings=postings, names=naming.names_of(owners),
        settled_by=queries.entries_settling(entry.id), explained_at=naming.earning_url(entry),
        units=sorted({posting.unit for posting in postings}),
    )  # fmt: skip


@bp.get("/ledger/adjustments")
@requires("ledger:read")
def list_adjustments() -> Response:
    """Adjustments: what waits for a second person first."""
    found = paginate(session(), queries.visible_adjustments(viewer()), page=read_list_state().page, scalars=False)
    owners = {owner.id: owner for _, owner in found.rows}
    return page(
        "ledger/list_adjustments.html",
        found=found,
        names=naming.names_of(list(owners.values())),
        above=_above([row for row, _ in found.rows]),
    )


def _above(rows: Sequence[LedgerAdjustment]) -> dict[int, str | None]:
    """Why the viewer's limit does not reach, for those that wait."""
    desk = Desk(viewer(), Kind.ADJUSTMENT)
    waiting = [row for row in rows if row.state == AdjustmentState.PROPOSED]
    return {row.id: desk.why_above({row.unit: row.amount}, but=[row.proposed_by_id]) for row in waiting}


@bp.route("/ledger/adjustments/propose", methods=["GET", "POST"])
@requires("adjustment:propose")
def propose_adjustment() -> Response:
    """Ask for an adjustment that another person confirms."""
    form = ProposeAdjustmentForm(data=request.args.to_dict() if request.method == "GET" else None)
    if form.accept():
        try:
            with transaction():
                unit = services.known_unit(form.unit.data or "")
                services.propose_adjustment(
                    queries.get_owner_by_code(viewer(), form.kind.data, form.code.data or ""),
                    unit,
                    services.typed_amount(form.amount.data or "", unit),
                    form.reason.data or "",
                    treatment=form.treatment.data,
                    by=viewer(),
                )
            tell("Sent for confirmation. It is posted when another person of finance confirms it.")
            return redirect_to(url_for("ledger.list_adjustments"))
        except PortalError as error:
            form.refuse(error)
    return page("ledger/propose_adjustment.html", status=form.status, form=form)


@bp.post("/ledger/adjustments/<int:adjustment_id>/confirm")
@requires("adjustment:confirm")
def confirm_adjustment(adjustment_id: int) -> Response:
    """Post an adjustment that somebody else proposed."""
    with transaction():
        entry = services.confirm_adjustment(adjustment_id, by=viewer())
    tell("Adjustment posted.")
    return redirect_to(url_for("ledger.show_entry", entry_id=entry.id))


@bp.post("/ledger/adjustments/<int:adjustment_id>/refuse")
@requires("adjustment:confirm")
def refuse_adjustment(adjustment_id: int) -> Response:
    """Refuse an adjustment that somebody else proposed."""
    with transaction():
        services.refuse_adjustment(adjustment_id, by=viewer())
    tell("Adjustment refused. Nothing was posted.", "info")
    return redirect_to(url_for("ledger.list_adjustments"))


@bp.get("/ledger/months")
@requires("ledger:read")
def list_months() -> Response:
    """Accounting months: open or closed, and by whom."""
    return _months_page()


@bp.post("/ledger/months/close")
@requires("month:close")
def close_month() -> Response:
    """Close a month that is over."""
    form = CloseMonthForm()
    if form.accept():
        try:
            with transaction():
                services.close_month(form.chosen, by=viewer())
            tell(f"{form.chosen:%B %Y} is closed. Later entries for it are dated in the next open month.")
            return redirect_to(url_for("ledger.list_months"))
        except PortalError as error:
            form.refuse(error)
    return _months_page(close=form)


@bp.post("/ledger/months/reopen")
@requires("month:close")
def reopen_month() -> Response:
    """Open a closed month again, with a reason."""
    form = ReopenMonthForm()
    if form.accept():
        try:
            with transaction():
                services.reopen_month(form.chosen, reason=form.reason.data or "", by=viewer())
            tell(f"{form.chosen:%B %Y} is open again.")
            return redirect_to(url_for("ledger.list_months"))
        except PortalError as error:
            form.refuse(error)
    return _months_page(reopen=form)


def _months_page(close: CloseMonthForm | None = None, reopen: ReopenMonthForm | None = None) -> Response:
    forms = {"close": close or CloseMonthForm(formdata=None), "reopen": reopen or ReopenMonthForm(formdata=None)}
    status = 200 if close is None and reopen is None else 422
    return page("ledger/list_months.html", status=status, rows=queries.list_months(clock.today()), **forms)
