"""Money by call: an approved line enters the journal, or its seller is credited; the engine posts the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.claims.models import Claim, ClaimLine
from portal.claims.sale_match import SaleMatch, find_sale
from portal.core.db import session
from portal.core.money import POINTS
from portal.programs.runs import services as runs
from portal.programs.runs.values import PostedDifference
from portal.sales.journal.corrections import reverse_line
from portal.sales.journal.matching import credit_seller, withdraw_credit
from portal.sales.journal.models import BatchKind, Flow, SaleLine
from portal.sales.journal.rules import CLAIM_SOURCE
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Posted:
    """What the seller of a claim was posted, by unit; taken back is negative."""

    sums: Mapping[str, int]

    @property
    def points(self) -> int:
        """The points of it."""
        return self.sums.get(POINTS, 0)


def post_lines(claim: Claim, lines: Iterable[ClaimLine], *, by: Viewer) -> Posted:
    """Bring approved lines into the journal and run the engine for those concerned."""
    sellers = {claim.seller_id}
    unknown: list[ClaimLine] = []
    for line in lines:
        match = find_sale(claim, line)
        if match is None:
            unknown.append(line)
        else:
            sellers |= _credit(claim, line, match)
    _write(claim, unknown, by=by)
    return _run(claim, sellers, f"Claim {claim.number} approved", by=by)


def take_back_lines(claim: Claim, lines: Iterable[ClaimLine], *, reason: str, by: Viewer) -> Posted:
    """Undo what approval brought into the journal and run again; what comes back is negative."""
    sellers = {claim.seller_id}
    ids = [line.sale_line_id for line in lines if line.sale_line_id is not None]
    sales = {sale.id: sale for sale in session.scalars(select(SaleLine).where(SaleLine.id.in_(ids)))}
    for line in lines:
        if line.sale_line_id is None:
            continue
        sale = sales[line.sale_line_id]
        if line.wrote_line:
            reverse_line(sale, by=by, reason=f"Claim {claim.number} reversed: {reason}")
        else:
            withdraw_credit(sale)
            sellers |= {sale.seller_id} if sale.seller_id is not None else set()
    return _run(claim, sellers, f"Claim {claim.number} reversed", by=by)


def _credit(claim: Claim, line: ClaimLine, match: SaleMatch) -> set[int]:
    """Give the journal's line to the seller; whoever had it before is calculated again too."""
    if match.credited_to != claim.seller_id:
        credit_seller(match.line, claim.seller_id, line.id)
    line.sale_line_id, line.wrote_line = match.line.id, False
    return {match.credited_to} if match.credited_to is not None else set()


def _write(claim: Claim, lines: list[ClaimLine], *, by: Viewer) -> None:
    if not lines:
        return
    batch = open_batch(CLAIM_SOURCE, BatchKind.CLAIM, by=by, note=f"Claim {claim.number}")
    written = add_lines(batch, [_new_line(claim, line) for line in lines])
    for line, sale in zip(lines, written, strict=True):
        line.sale_line_id, line.wrote_line = sale.id, True
    confirm_batch(batch, by=by)


def _new_line(claim: Claim, line: ClaimLine) -> NewLine:
    if claim.sold_on is None:
        raise ValueError("A filed claim names the day of the sale.")
    return NewLine(
        external_id=f"{claim.number}-{line.position}",
        partner_id=claim.partner_id,
        product_id=line.product_id,
        quantity=line.quantity,
        amount=line.amount,
        currency=claim.currency,
        sold_on=claim.sold_on,
        flow=Flow.SELL_OUT,
        seller_id=claim.seller_id,
        invoice_no=claim.invoice_no,
        end_customer=claim.end_customer,
        serial_no=line.serial_no,
    )


def _run(claim: Claim, sellers: set[int], reason: str, *, by: Viewer) -> Posted:
    session.flush()
    posted = runs.run_for(partner_ids={claim.partner_id}, seller_ids=sellers, reason=reason, by=by)
    own = [difference for difference in posted if _is_sellers(difference, claim)]
    earnings = {f"{one.program_code}/{one.period_start.isoformat()}" for one in own if one.unit == POINTS}
    claim.posted_in = " ".join(sorted(earnings))[:400] or claim.posted_in
    sums: dict[str, int] = {}
    for difference in own:
        sums[difference.unit] = sums.get(difference.unit, 0) + difference.amount
    return Posted(sums)


def _is_sellers(difference: PostedDifference, claim: Claim) -> bool:
    return difference.participant_kind == "person" and difference.participant_id == claim.seller_id
