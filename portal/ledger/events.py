"""Facts of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class AdjustmentConfirmed(Fact):
    """Somebody's balance was adjusted by hand, with a reason and two people."""

    adjustment_id: int
    owner_id: int
    unit: str
    amount: int
    reason: str
