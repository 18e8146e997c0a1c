"""Looking for a claim's sales in the journal: what is found there is credited, not written a second time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from portal.claims.models import Claim, ClaimLine
from portal.core.db import session
from portal.sales.journal.models import Flow, SaleLine
from portal.sales.journal.queries import find_matching_line, seller_of
from portal.sales.journal.rules import MATCH_DAYS


@dataclass(frozen=True)
class SaleMatch:
    """A journal line that already records a claim line's sale, and who is credited with it."""

    line: SaleLine
    credited_to: int | None


def find_sale(claim: Claim, line: ClaimLine) -> SaleMatch | None:
    """The sale of one claim line in the journal: same partner, SKU and invoice or serial, within seven days."""
    if claim.sold_on is None or not (claim.invoice_no or line.serial_no):
        return None
    found = find_matching_line(
        claim.partner_id, line.product_id, claim.invoice_no, line.serial_no, claim.sold_on, line.quantity
    )
    return SaleMatch(found, seller_of(found)) if found else None


def _products_sold(claim: Claim) -> set[int]:
    if claim.sold_on is None:
        return set()
    week = dt.timedelta(days=MATCH_DAYS)
    query = select(SaleLine.product_id).where(
        SaleLine.partner_id == claim.partner_id,
        SaleLine.flow == Flow.SELL_OUT,
        SaleLine.sold_on.between(claim.sold_on - week, claim.sold_on + week),
    )
    return set(session.scalars(query.distinct()))


def find_sales(claim: Claim, lines: Iterable[ClaimLine]) -> dict[int, SaleMatch]:
    """The matches of several lines by line id; products the shop sold none of that week are not looked for."""
    sold = _products_sold(claim)
    found = {line.id: find_sale(claim, line) for line in lines if line.product_id in sold}
    return {line_id: match for line_id, match in found.items() if match is not None}
