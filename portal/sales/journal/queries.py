"""Reading the journal, always within what the viewer may see and only what was confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal.core import paging
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.people.models import Person
from portal.sales.journal.models import BatchKind, BatchState, Flow, JournalBatch, LineMatch, SaleCredit, SaleLine
from portal.sales.journal.rules import MATCH_DAYS, Sale, closeness, is_same_sale
from portal.sales.products.models import Product
from portal.security.viewer import Viewer

CONFIRMED = SaleLine.batch_id.in_(select(JournalBatch.id).where(JournalBatch.state == BatchState.CONFIRMED))


def line_scope(viewer: Viewer) -> ColumnElement[bool] | None:
    """Own lines and those of own branches, and lines that name the own company as distributor; None is all."""
    scope = partner_scope(viewer, SaleLine.partner_id)
    if scope is None or viewer.partner_id is None:
        return scope
    return or_(scope, SaleLine.distributor_id == viewer.partner_id)


def visible_lines(viewer: Viewer) -> Select[SaleLine]:
    """The confirmed lines a viewer may know of; every other query starts here."""
    query = select(SaleLine).where(CONFIRMED)
    scope = line_scope(viewer)
    return query if scope is None else query.where(scope)


def get_line(viewer: Viewer, line_id: int) -> SaleLine:
    """A visible line; a stranger's does not exist."""
    found = session.scalar(visible_lines(viewer).where(SaleLine.id == line_id))
    if found is None:
        raise NotFound
    return found


def find_line(source: str, external_id: str) -> SaleLine | None:
    """A confirmed line by its key, whoever asks; for services and imports, never for a page."""
    query = select(SaleLine).where(SaleLine.source == source, SaleLine.external_id == external_id, CONFIRMED)
    return session.scalar(query)


@dataclass(frozen=True)
class LineFilter:
    """What the list of sales is narrowed to; empty means everything."""

    q: str = ""
    flow: str = ""
    sku: str = ""
    partner: str = ""
    source: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    generated: str = ""


@dataclass(frozen=True)
class LineRow:
    """A line as lists show it."""

    line: SaleLine
    partner_code: str
    partner_name: str
    sku: str
    product_name: str
    seller: str | None
    recorded_at: dt.datetime | None


SORTABLE: dict[str, Any] = {
    "sold_on": SaleLine.sold_on,
    "recorded_at": SaleLine.batch_id,
    "partner": Partner.name,
    "sku": Product.sku,
    "quantity": SaleLine.quantity,
    "amount": SaleLine.amount,
    "invoice": SaleLine.invoice_no,
}


def list_lines(
    viewer: Viewer, wanted: LineFilter, *, sort: str = "sold_on", descending: bool = True, page: int = 1, size: int = 25
) -> paging.Page[LineRow]:
    """One page of visible lines. Only ids are counted and sorted; names are joined to the rows shown."""
    base = visible_lines(viewer).with_only_columns(SaleLine.id)
    for clause in _clauses(wanted):
        base = base.where(clause)
    total = _count(viewer, wanted, base)
    size = min(max(1, size), paging.MAX_SIZE)
    number = min(max(1, page), max(1, -(-total // size)))
    column = SORTABLE.get(sort, SaleLine.sold_on)
    if sort == "partner":
        base = base.join(Partner, Partner.id == SaleLine.partner_id)
    if sort == "sku":
        base = base.join(Product, Product.id == SaleLine.product_id)
    order = (column.desc(), SaleLine.id.desc()) if descending else (column.asc(), SaleLine.id.asc())
    ids = list(session.scalars(base.order_by(*order).limit(size).offset((number - 1) * size)))
    return paging.Page(rows=rows_of(ids), number=number, size=size, total=total)


def _count(viewer: Viewer, wanted: LineFilter, base: Select[int]) -> int:
    """All lines are counted by their batches; anything narrower is counted in the journal."""
    if wanted == LineFilter() and line_scope(viewer) is None:
        return count_lines()
    return session.scalar(select(func.count()).select_from(base.subquery())) or 0


def count_lines() -> int:
    """How many lines count, from the batches' own figures."""
    query = select(func.sum(JournalBatch.line_count)).where(JournalBatch.state == BatchState.CONFIRMED)
    return int(session.scalar(query) or 0)


def _clauses(wanted: LineFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.q:
        yield or_(
            SaleLine.invoice_no.istartswith(wanted.q, autoescape=True),
            SaleLine.serial_no == wanted.q,
            SaleLine.external_id == wanted.q,
            SaleLine.partner_id.in_(_partners_named(wanted.q)),
        )
    if wanted.flow:
        yield SaleLine.flow == wanted.flow
    if wanted.sku:
        yield SaleLine.product_id.in_(select(Product.id).where(Product.sku == wanted.sku.strip().upper()))
    if wanted.partner:
        yield SaleLine.partner_id.in_(select(Partner.id).where(Partner.code == wanted.partner))
    if wanted.source:
        yield SaleLine.source == wanted.source
    if wanted.since:
        yield SaleLine.sold_on >= wanted.since
    if wanted.until:
        yield SaleLine.sold_on < wanted.until
    if wanted.generated:
        yield SaleLine.generated.is_(wanted.generated == "yes")


def _partners_named(text: str) -> Select[int]:
    return select(Partner.id).where(
        or_(Partner.name.icontains(text, autoescape=True), Partner.code.istartswith(text, autoescape=True))
    )


def rows_of(line_ids: Sequence[int]) -> list[LineRow]:
    """Lines with their names, in the order asked for."""
    credited = _credited_seller()
    seller = aliased(Person)
    query = (
        select(SaleLine, Partner.code, Partner.name, Product.sku, Product.name, seller.name, JournalBatch.recorded_at)
        .join(Partner, Partner.id == SaleLine.partner_id)
        .join(Product, Product.id == SaleLine.product_id)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .outerjoin(seller, seller.id == func.coalesce(credited, SaleLine.seller_id))
        .where(SaleLine.id.in_(line_ids))
    )
    found = {row[0].id: LineRow(*row) for row in session.execute(query)}
    return [found[number] for number in line_ids]


def _credited_seller() -> Any:
    """The seller of a line's newest credit."""
    return (
        select(SaleCredit.seller_id)
        .where(SaleCredit.line_id == SaleLine.id)
        .order_by(SaleCredit.seq.desc(), SaleCredit.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def seller_of(line: SaleLine) -> int | None:
    """Who is credited with a line: the newest credit, else the seller the line names."""
    newest = session.execute(
        select(SaleCredit.seller_id)
        .where(SaleCredit.line_id == line.id)
        .order_by(SaleCredit.seq.desc(), SaleCredit.id.desc())
        .limit(1)
    ).first()
    return newest[0] if newest else line.seller_id


def taken_back(line_id: int) -> int:
    """The quantity that returns and reversals have taken from a line so far (zero or of the other sign)."""
    linked = or_(SaleLine.returns_line_id == line_id, SaleLine.reverses_line_id == line_id)
    # a reversed return is given back by its own reversal, which links to the return and not to the line
    reversal = aliased(SaleLine)
    undone = exists().where(reversal.reverses_line_id == SaleLine.id)
    query = select(func.sum(SaleLine.quantity)).where(linked, CONFIRMED, ~undone)
    return int(session.scalar(query) or 0)


def is_reversed(line_id: int) -> bool:
    """Whether a confirmed reversal of the line exists."""
    query = select(SaleLine.id).where(SaleLine.reverses_line_id == line_id, CONFIRMED)
    return session.scalar(query) is not None


def list_linked(viewer: Viewer, line: SaleLine) -> list[LineRow]:
    """What came of a line: its returns, reversal, correction, confirming line, and the line it belongs to."""
    links = (SaleLine.returns_line_id, SaleLine.reverses_line_id, SaleLine.corrects_line_id)
    up = [number for number in (line.returns_line_id, line.reverses_line_id, line.corrects_line_id) if number]
    matched = select(LineMatch.confirmed_by_line_id).where(LineMatch.line_id == line.id)
    confirms = select(LineMatch.line_id).where(LineMatch.confirmed_by_line_id == line.id)
    related = [link == line.id for link in links] + [SaleLine.id.in_(those) for those in (up, matched, confirms)]
    query = visible_lines(viewer).with_only_columns(SaleLine.id).where(or_(*related))
    return rows_of(list(session.scalars(query.order_by(SaleLine.id))))


def find_matching_line(
    partner_id: int,
    product_id: int,
    invoice_no: str | None,
    serial_no: str | None,
    sold_on: dt.date,
    quantity: int | None = None,
) -> SaleLine | None:
    """The sell-out line of a feed or import that already records this sale and was credited to nobody's claim yet."""
    newer = aliased(SaleCredit)
    superseded = exists().where(newer.line_id == SaleCredit.line_id, newer.seq > SaleCredit.seq)
    credited = select(SaleCredit.line_id).where(SaleCredit.claim_line_id.is_not(None), ~superseded)
    taken = select(LineMatch.confirmed_by_line_id)
    reversal = aliased(SaleLine)
    window = dt.timedelta(days=MATCH_DAYS)
    query = (
        select(SaleLine)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(
            JournalBatch.state == BatchState.CONFIRMED, JournalBatch.kind != BatchKind.CLAIM,
            SaleLine.partner_id == partner_id, SaleLine.product_id == product_id, SaleLine.flow == Flow.SELL_OUT,
            SaleLine.sold_on.between(sold_on - window, sold_on + window), SaleLine.quantity > 0,
            SaleLine.id.not_in(credited), SaleLine.id.not_in(taken),
            ~exists().where(reversal.reverses_line_id == SaleLine.id),
        )
        .order_by(SaleLine.id)
    )  # fmt: skip
    wanted = Sale(invoice_no, serial_no, sold_on, quantity)
    same = [line for line in session.scalars(query) if is_same_sale(wanted, _sale(line))]
    return min(same, key=lambda line: closeness(wanted, _sale(line)), default=None)


def _sale(line: SaleLine) -> Sale:
    return Sale(line.invoice_no, line.serial_no, line.sold_on, line.quantity)


def list_sources() -> list[str]:
    """The sources that have confirmed lines, for filters."""
    query = select(JournalBatch.source).where(JournalBatch.state == BatchState.CONFIRMED)
    return list(session.scalars(query.distinct().order_by(JournalBatch.source)))
