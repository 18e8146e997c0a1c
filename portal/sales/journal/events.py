"""Facts of the journal."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class JournalBatchConfirmed(Fact):
    """Lines count from now on. `partner_ids` are those touched; with `all_partners` they are too many to name."""

    batch_id: int
    seq: int
    source: str
    kind: str
    line_count: int
    partner_ids: tuple[int, ...]
    all_partners: bool
    first_day: int
    last_day: int


@dataclass(frozen=True)
class SellerCredited(Fact):
    """A line of the journal was given to a seller because of an approved claim."""

    line_id: int
    seller_id: int | None
    claim_line_id: int | None
    seq: int
