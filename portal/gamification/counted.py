"""The lines that count in play: confirmed, not confirmed twice, with the seller who is credited now.

The rules are those of the engine's own frames (`portal.sales.journal.frames`), asked in SQL so that a board is one
aggregate. Amounts are minor units of the line's currency; returns and reversals carry their sign.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal.partners.mergers.queries import read_moves
from portal.partners.mergers.rules import Stretch, stretches
from portal.sales.journal.models import BatchState, JournalBatch, LineMatch, SaleCredit, SaleLine


def credited_seller() -> Any:
    """Who is credited with a line: its newest credit (of what it takes back, for a return), else its own seller."""
    root = func.coalesce(SaleLine.returns_line_id, SaleLine.reverses_line_id, SaleLine.id)
    of_root = select(SaleCredit).where(SaleCredit.line_id == root).correlate(SaleLine)
    newest = of_root.with_only_columns(SaleCredit.seller_id).order_by(SaleCredit.seq.desc(), SaleCredit.id.desc())
    known = of_root.with_only_columns(SaleCredit.id).exists()
    return case((known, newest.limit(1).scalar_subquery()), else_=SaleLine.seller_id)


def counting_partner() -> Any:
    """The partner a line counts for: of merged shops the joint one, from the day of the merger on, as in programs."""
    moved = stretches(read_moves())
    if not moved:
        return SaleLine.partner_id
    seller = credited_seller() if any(one.seller_id is not None for one in moved) else None
    return case(*((_is_in(one, seller), one.partner_id) for one in moved), else_=SaleLine.partner_id)


def _is_in(one: Stretch, seller: Any) -> Any:
    fits = [SaleLine.partner_id == one.from_partner_id, SaleLine.origin_on >= one.since, SaleLine.origin_on < one.until]
    return and_(*fits, *([] if one.seller_id is None else [seller == one.seller_id]))


def counted_lines() -> Select[*tuple[Any, ...]]:
    """All lines that count; add columns and conditions over `SaleLine`."""
    reversal, batch = aliased(SaleLine), aliased(JournalBatch)
    undone = (
        exists()
        .where(reversal.reverses_line_id == LineMatch.line_id, batch.id == reversal.batch_id)
        .where(batch.state == BatchState.CONFIRMED)
    )
    confirming = exists().where(and_(LineMatch.confirmed_by_line_id == SaleLine.id, ~undone))
    return (
        select()
        .select_from(SaleLine)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(JournalBatch.state == BatchState.CONFIRMED, ~confirming)
    )


def lines_touching(person_ids: Collection[int]) -> Any:
    """The condition that a line may be credited to one of these people; found by index, exact only with the seller."""
    named = select(SaleLine.id).where(SaleLine.seller_id.in_(person_ids))
    given = select(SaleCredit.line_id).where(SaleCredit.seller_id.in_(person_ids))
    own = named.union(given).subquery()
    ids = select(own.c.id)
    return or_(SaleLine.id.in_(ids), SaleLine.returns_line_id.in_(ids), SaleLine.reverses_line_id.in_(ids))
