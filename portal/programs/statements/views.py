"""Statements, earnings and their traces, and what is still attainable."""

from __future__ import annotations

import datetime as dt

from flask import Response, jsonify, request, url_for

from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput, NotFound
from portal.core.paging import paginate
from portal.partners.organizations.queries import get_partner
from portal.programs.definitions.drafts import get_draft
from portal.programs.definitions.words import plan_words
from portal.programs.runs.explanations import explain
from portal.programs.runs.standing import standings_of
from portal.programs.runs.trace_data import trace_rows
from portal.programs.statements import queries
from portal.programs.statements.completeness import gaps_of
from portal.programs.statements.documents import statement_of
from portal.programs.statements.drafts import draft_notes
from portal.programs.statements.files import line_rows
from portal.programs.statements.narrowing import narrowed
from portal.programs.statements.nodes import earned_node, measured_words, trace_body
from portal.programs.statements.outlook import next_steps
from portal.programs.statements.papers import earning_name, earning_pdf, standings_table
from portal.programs.statements.participants import get_participant, own_participant
from portal.programs.statements.quarters import parse_quarter, quarter_of
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import Role
from portal.web.downloads import send_csv
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.papers import send_pdf
from portal.web.rooms import room_blueprint
from portal.web.slots import tiles

bp = room_blueprint(__name__)
FOLDER = "programs/statements/"
HEADER = ["program", "component", "source", "external_id", "order", "sold_on", "sku", "product", "quantity", "counted",
          "reason", "measure", "share", "unit"]  # fmt: skip


@bp.get("/statements")
@requires("statement:read")
def list_statements() -> Response:
    """The vendor's list of a quarter's statements; a partner's person goes to the own ones."""
    me = viewer()
    mine = own_participant(me)
    if mine is not None:
        return redirect_to(url_for("programs.statements.list_quarters", participant=mine.code))
    state = read_list_state(filters=("quarter", "kind", "unit"))
    quarter = (
        parse_quarter(state.filters["quarter"]) if state.filters["quarter"] else quarter_of(clock.today()).previous
    )
    query = queries.list_statements(me, quarter, q=state.q, kind=state.filters["kind"], unit=state.filters["unit"])
    found = paginate(session(), query, page=state.page, scalars=False)
    return page(f"{FOLDER}list_statements.html", found=found, quarter=quarter, state=state, quarters=_recent())


def _recent() -> list[tuple[str, str]]:
    """The last nine quarters, for choosing."""
    quarter, found = quarter_of(clock.today()), []
    for _ in range(9):
        found.append((quarter.address, quarter.title))
        quarter = quarter.previous
    return found


@bp.get("/statements/<participant>")
@requires("statement:read")
def list_quarters(participant: str) -> Response:
    """All statements of one participant, newest first."""
    me = viewer()
    who = get_participant(me, participant)
    totals = queries.quarter_totals(who.owner_id)
    current = quarter_of(clock.today())
    first = min([quarter for quarter, _ in totals], default=current)
    quarters = [current]
    while quarters[-1] > first:
        quarters.append(quarters[-1].previous)
    units = sorted({unit for _, unit in totals})
    others = [] if me.role is Role.SELLER else queries.branch_codes(me, who)
    return page(
        f"{FOLDER}list_quarters.html", who=who, quarters=quarters, units=units, totals=totals, others=others,
        current=current,
    )  # fmt: skip


@bp.get("/statements/<participant>/<quarter>")
@requires("statement:read")
def show_statement(participant: str, quarter: str) -> Response:
    """One statement: every amount opens to its trace; beside it what the open quarter still offers."""
    me = viewer()
    who, wanted = get_participant(me, participant), parse_quarter(quarter)
    cards = [(card.title, url_for(card.endpoint, partner=who.code)) for card in tiles(me, "statement")]
    known_at = _known_at()
    document = statement_of(who, wanted, known_at)
    nodes = [[earned_node(one, opened=not n) for n, one in enumerate(part.earned)] for part in document.parts]
    live = known_at is None
    return page(
        f"{FOLDER}show_statement.html", document=document, who=who, quarter=wanted, nodes=nodes,
        steps=next_steps(who) if live else [], notes=draft_notes(document) if live else [], today=clock.today(),
        current=quarter_of(clock.today()), known=request.args.get("known", "") if known_at else "",
        gaps=gaps_of(document),
        cards=cards if who.kind == "partner" and (me.is_vendor or who.id == me.partner_id) else [],
    )  # fmt: skip


def _known_at() -> dt.datetime | None:
    """The end of the day named by ?known, or None for now."""
    text = request.args.get("known", "").strip()
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"“{text[:20]}” is no day. Write it like 2026-09-30.", field="known") from error
    if day > clock.today():
        raise InvalidInput("That day is still to come. Choose a day that has passed.", field="known")
    return None if day == clock.today() else clock.parse_moment(text)


@bp.get("/statements/<participant>/<quarter>/lines.csv")
@requires("statement:read")
def download_lines(participant: str, quarter: str) -> Response:
    """Every sale line behind a statement, counted or not, with its share."""
    document = statement_of(get_participant(viewer(), participant), parse_quarter(quarter), _known_at())
    return send_csv(f"statement-{document.reference}.csv", HEADER, line_rows(document))


@bp.get("/programs/<code>/earnings/<participant>/<period>")
@requires("statement:read")
def show_earning(code: str, participant: str, period: str) -> Response:
    """Why an earning is what it is: ?invoice narrows it, ?draft shows another rule, ?format=json is data."""
    me = viewer()
    who = get_participant(me, participant)
    draft = get_draft(me, request.args.get("draft", ""), code) if request.args.get("draft") else None
    told = explain(
        code, who.kind, who.id, who.code, _period(period), as_of=_known_at(), draft=draft.plan if draft else None
    )
    if request.args.get("format") == "json":
        return jsonify(trace_rows(told))
    invoice = request.args.get("invoice", "").strip()
    traces = [narrowed(one, invoice) if invoice else one for one in told.components]
    nodes = [
        {"name": measured_words(one).capitalize(), "amount": one.fact.earned, "unit": told.unit, "open": True,
         "how": "" if len(traces) == 1 else one.fact.component}
        | trace_body(one, orders_open=True, reckoned=not invoice)
        for one in traces
    ]  # fmt: skip
    return page(
        f"{FOLDER}show_earning.html", told=told, who=who, nodes=nodes, invoice=invoice, draft=draft,
        total=sum(one.fact.earned for one in traces), traces=traces, rule=plan_words(told.plan, budget=me.is_vendor),
        one_day=dt.timedelta(days=1), standings=standings_table(standings_of(told)),
    )  # fmt: skip


@bp.get("/programs/<code>/earnings/<participant>/<period>/trace.pdf")
@requires("statement:read")
def download_earning(code: str, participant: str, period: str) -> Response:
    """One earning as a PDF, with the same trace as data attached; ?known shows it as of the end of a day."""
    me = viewer()
    who = get_participant(me, participant)
    told = explain(code, who.kind, who.id, who.code, _period(period), as_of=_known_at())
    return send_pdf(f"{earning_name(told)}.pdf", earning_pdf(told, who, budget=me.is_vendor))


def _period(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error


@bp.get("/partners/<code>/earnings")
@requires("partner:read")
def list_partner_earnings(code: str) -> Response:
    """A tab of the partner's page: every earning by program and period."""
    partner = get_partner(viewer(), code)
    rows = queries.earnings_of("partner", partner.id)
    return page(f"{FOLDER}list_partner_earnings.html", partner=partner, rows=rows)


@bp.get("/partners/<code>/statement")
@requires("partner:read")
def show_partner_statement(code: str) -> Response:
    """A tab of the partner's page: its statement of the last closed quarter."""
    partner = get_partner(viewer(), code)
    quarter = quarter_of(clock.today()).previous
    target = url_for("programs.statements.show_statement", participant=partner.code, quarter=quarter.address)
    return redirect_to(target)


@bp.get("/statements/outlook")
@requires("statement:read")
def show_outlook() -> Response:
    """A fragment of the home page: what is still attainable."""
    me = viewer()
    return page(f"{FOLDER}_outlook.html", steps=next_steps(me), who=own_participant(me))
