"""Gathering what the checks look at, in a handful of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from portal.claims.models import Claim, ClaimFile, ClaimLine
from portal.claims.queries import names_of
from portal.claims.rules import LIVE, has_serials, normalize_key
from portal.claims.sale_match import find_sales
from portal.claims.validation.facts import ClaimFacts, LineFacts, Recorded, Twin
from portal.core import clock
from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Employment, Person
from portal.sales.journal.models import BatchState, Flow, JournalBatch, SaleLine
from portal.sales.products.models import Product, ProductState

HISTORY_DAYS = 365
TWIN_LIMIT = 5


def gather_facts(claim: Claim, lines: list[ClaimLine], proofs: Iterable[ClaimFile], window_days: int) -> ClaimFacts:
    """Everything the rules ask about one claim."""
    keys = {line.serial_key for line in lines if line.serial_key}
    digests = {proof.digest for proof in proofs}
    return ClaimFacts(
        seller_id=claim.seller_id,
        partner_id=claim.partner_id,
        today=clock.today(),
        sold_on=claim.sold_on,
        window_days=window_days,
        invoice_no=claim.invoice_no,
        invoice_key=claim.invoice_key,
        proofs=len(digests),
        lines=tuple(_line_facts(claim, lines)),
        same_invoice=_twins(claim, Claim.invoice_key == claim.invoice_key) if claim.invoice_key else (),
        same_photo=_twins_by_photo(claim, digests),
        same_serial=_twins_by_serial(claim, keys),
        sold_serials=_sold_elsewhere(claim, {line.serial_no for line in lines if line.serial_no}),
        recorded=_recorded(claim, lines),
        filed_today=_filed_today(claim),
        employed_since=_employed_since(claim),
        exception_by=_entered_by_vendor(claim),
        note=claim.note,
    )


def _line_facts(claim: Claim, lines: list[ClaimLine]) -> Iterable[LineFacts]:
    ids = {line.product_id for line in lines}
    products = {p.id: p for p in session.scalars(select(Product).where(Product.id.in_(ids)))} if ids else {}
    usual = _usual_quantities(claim, ids) if ids else {}
    for line in lines:
        product = products[line.product_id]
        yield LineFacts(
            position=line.position,
            sku=product.sku,
            name=product.name,
            is_active=product.state == ProductState.ACTIVE,
            quantity=line.quantity,
            serial_no=line.serial_no,
            serial_key=line.serial_key,
            needs_serial=has_serials(product.category),
            usual=usual.get(line.product_id),
        )


def _usual_quantities(claim: Claim, product_ids: set[int]) -> dict[int, tuple[int, int]]:
    """Least and most sold at a time by this partner in the last year, by product, from the journal's sell-out."""
    query = (
        select(SaleLine.product_id, func.min(SaleLine.quantity), func.max(SaleLine.quantity))
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(
            JournalBatch.state == BatchState.CONFIRMED,
            SaleLine.partner_id == claim.partner_id,
            SaleLine.flow == Flow.SELL_OUT,
            SaleLine.product_id.in_(product_ids),
            SaleLine.quantity > 0,
            SaleLine.sold_on >= clock.today() - dt.timedelta(days=HISTORY_DAYS),
        )
        .group_by(SaleLine.product_id)
    )
    return {product: (int(least), int(most)) for product, least, most in session.execute(query)}


def _twin_query(claim: Claim, shared: Any) -> Select[Any]:
    seller = aliased(Person)
    return (
        select(
            Claim.id,
            Claim.number,
            Claim.invoice_no,
            Claim.seller_id,
            seller.name,
            Claim.partner_id,
            Partner.name,
            shared,
        )
        .join(seller, seller.id == Claim.seller_id)
        .join(Partner, Partner.id == Claim.partner_id)
        .where(Claim.id != claim.id, Claim.state.in_(LIVE))
        .order_by(Claim.submitted_at, Claim.id)
    )


def _read_twins(query: Select[Any]) -> tuple[Twin, ...]:
    return tuple(
        Twin(id_, number, invoice or "", seller_id, seller, partner_id, partner, shared or "")
        for id_, number, invoice, seller_id, seller, partner_id, partner, shared in session.execute(query)
    )


def _twins(claim: Claim, condition: ColumnElement[bool]) -> tuple[Twin, ...]:
    """The own partner's twins first, so that the limit never hides the one that refuses."""
    query = _twin_query(claim, Claim.invoice_key).where(condition)
    own_first = (Claim.partner_id != claim.partner_id, Claim.submitted_at, Claim.id)
    return _read_twins(query.order_by(None).order_by(*own_first).limit(TWIN_LIMIT))


def find_own_twin(claim: Claim) -> int | None:
    """The first live claim of the same partner on the same invoice."""
    query = select(Claim.id).where(
        Claim.id != claim.id,
        Claim.partner_id == claim.partner_id,
        Claim.invoice_key == claim.invoice_key,
        Claim.state.in_(LIVE),
    )
    return session.scalar(query.order_by(Claim.submitted_at, Claim.id).limit(1))


def _twins_by_photo(claim: Claim, digests: set[str]) -> tuple[Twin, ...]:
    if not digests:
        return ()
    query = _twin_query(claim, ClaimFile.digest).join(ClaimFile, ClaimFile.claim_id == Claim.id)
    return _read_twins(query.where(ClaimFile.digest.in_(digests)).limit(TWIN_LIMIT))


def _twins_by_serial(claim: Claim, keys: set[str]) -> tuple[Twin, ...]:
    if not keys:
        return ()
    query = _twin_query(claim, ClaimLine.serial_key).join(ClaimLine, ClaimLine.claim_id == Claim.id)
    return _read_twins(query.where(ClaimLine.serial_key.in_(keys), ClaimLine.state.in_(("pending", "approved"))))


def _sold_elsewhere(claim: Claim, serials: set[str]) -> dict[str, str]:
    """Serial numbers whose net sold quantity in the journal is 1 at another partner, with that partner's name."""
    if not serials:
        return {}
    spelled = {spelling for serial in serials for spelling in (serial, serial.upper())}
    query = (
        select(SaleLine.serial_no, Partner.name)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .join(Partner, Partner.id == SaleLine.partner_id)
        .where(
            JournalBatch.state == BatchState.CONFIRMED,
            SaleLine.flow == Flow.SELL_OUT,
            SaleLine.serial_no.in_(spelled),
            SaleLine.partner_id != claim.partner_id,
        )
        .group_by(SaleLine.serial_no, Partner.name)
        .having(func.sum(SaleLine.quantity) > 0)
    )
    found = {normalize_key(serial): name for serial, name in session.execute(query)}
    return {key: name for key, name in found.items() if key}


def _recorded(claim: Claim, lines: list[ClaimLine]) -> tuple[Recorded, ...]:
    matches = find_sales(claim, lines)
    sellers = names_of(Person, (match.credited_to for match in matches.values()))
    positions = {line.id: line.position for line in lines}
    return tuple(
        Recorded(
            position=positions[line_id],
            quantity=match.line.quantity,
            credited_to=match.credited_to,
            credited_name=sellers[match.credited_to].name if match.credited_to in sellers else "",
        )
        for line_id, match in matches.items()
    )


def _filed_today(claim: Claim) -> int:
    since = clock.now() - dt.timedelta(days=1)
    query = select(func.count()).where(
        Claim.seller_id == claim.seller_id, Claim.submitted_at >= since, Claim.id != claim.id
    )
    return session.scalar(query) or 0


def _entered_by_vendor(claim: Claim) -> str | None:
    query = select(Person.name).where(Person.id == claim.entered_by_id, Person.partner_id.is_(None))
    return session.scalar(query)


def _employed_since(claim: Claim) -> dt.date | None:
    query = select(func.min(Employment.started_on)).where(
        Employment.person_id == claim.seller_id, Employment.partner_id == claim.partner_id
    )
    return session.scalar(query)
