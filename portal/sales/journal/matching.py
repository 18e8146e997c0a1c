"""Claim and feed describe one sale: whichever came first counts, the other one confirms it."""

from __future__ import annotations

from sqlalchemy import Integer, exists, insert, select, type_coerce
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.sales.errors import LineTaken
from portal.sales.journal.events import SellerCredited
from portal.sales.journal.models import BatchKind, BatchState, Flow, JournalBatch, LineMatch, SaleCredit, SaleLine
from portal.sales.journal.rules import MATCH_DAYS, Sale, closeness, is_same_sale


def credit_seller(line: SaleLine, seller_id: int | None, claim_line_id: int | None) -> SaleCredit:
    """Give a confirmed line to a seller because of an approved claim line; adds no sale. The newest credit counts."""
    if line.quantity <= 0:
        raise Conflict("A return or an empty line cannot be credited to a seller.")
    if claim_line_id is not None and _claimed(line.id, claim_line_id):
        raise LineTaken("This sale was already credited by another claim.")
    credit = SaleCredit(
        line_id=line.id, seller_id=seller_id, claim_line_id=claim_line_id, seq=next_seq(), recorded_at=clock.now()
    )
    session.add(credit)
    session.flush()
    emit(SellerCredited(line_id=line.id, seller_id=seller_id, claim_line_id=claim_line_id, seq=credit.seq))
    return credit


def withdraw_credit(line: SaleLine) -> SaleCredit:
    """Give a line back to the seller its source named, because the claim that took it was reversed."""
    return credit_seller(line, line.seller_id, None)


def _claimed(line_id: int, claim_line_id: int) -> bool:
    newest = session.scalar(
        select(SaleCredit).where(SaleCredit.line_id == line_id).order_by(SaleCredit.seq.desc()).limit(1)
    )
    return newest is not None and newest.claim_line_id not in (None, claim_line_id)


def match_claimed_lines(batch: JournalBatch, seq: int) -> int:
    """Find the approved claims' lines that sell-out rows of a just confirmed batch describe again. Returns how many."""
    if batch.kind == BatchKind.CLAIM:
        return 0
    now = clock.now()
    found: list[dict[str, object]] = []
    used: set[int] = set()
    for claimed, candidates in _candidates(batch.id).items():
        sale = _sale(claimed)
        same = [line for line in candidates if line.id not in used and is_same_sale(sale, _sale(line))]
        if same:
            best = min(same, key=lambda line: closeness(sale, _sale(line)))
            used.add(best.id)
            values = {"line_id": claimed.id, "confirmed_by_line_id": best.id}
            found.append(values | {"seq": seq, "recorded_at": now})
    if found:
        session.execute(insert(LineMatch), found)
    return len(found)


def _candidates(batch_id: int) -> dict[SaleLine, list[SaleLine]]:
    """Unmatched, unreversed claim-written lines with the batch's lines of the same shop, product and week."""
    claimed, posted, reversal = aliased(SaleLine), aliased(SaleLine), aliased(SaleLine)
    day = type_coerce(claimed.sold_on, Integer)
    query = (
        select(claimed, posted)
        .join(JournalBatch, JournalBatch.id == claimed.batch_id)
        .join(posted, (posted.partner_id == claimed.partner_id) & (posted.product_id == claimed.product_id))
        .where(
            JournalBatch.kind == BatchKind.CLAIM, JournalBatch.state == BatchState.CONFIRMED, claimed.quantity > 0,
            posted.batch_id == batch_id, posted.flow == Flow.SELL_OUT, posted.quantity > 0,
            type_coerce(posted.sold_on, Integer).between(day - MATCH_DAYS, day + MATCH_DAYS),
            claimed.id.not_in(select(LineMatch.line_id)),
            ~exists().where(reversal.reverses_line_id == claimed.id),
        )
        .order_by(claimed.id, posted.id)
    )  # fmt: skip
    pairs: dict[SaleLine, list[SaleLine]] = {}
    for one, other in session.execute(query):
        pairs.setdefault(one, []).append(other)
    return pairs


def _sale(line: SaleLine) -> Sale:
    return Sale(line.invoice_no, line.serial_no, line.sold_on, line.quantity)
