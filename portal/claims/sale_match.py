"""Looking for a claim's sales in the journal: what is found there is credited, not written a second time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.claims.models import Claim, ClaimLine
from portal.sales.journal.models import SaleLine
from portal.sales.journal.queries import find_matching_line, seller_of


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


def find_sales(claim: Claim, lines: Iterable[ClaimLine]) -> dict[int, SaleMatch]:
    """The matches of several lines by line id."""
    found = {line.id: find_sale(claim, line) for line in lines}
    return {line_id: match for line_id, match in found.items() if match is not None}
