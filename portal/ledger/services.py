"""What changes the ledger, in one place to import from.

Every function works inside the caller's transaction and never commits. Idempotency keys are unique over all entries: a
second call with the same key returns the first entry and posts nothing.
"""

from __future__ import annotations

from portal.ledger.adjustments import (
    adjust,
    confirm_adjustment,
    known_unit,
    propose_adjustment,
    refuse_adjustment,
    typed_amount,
)
from portal.ledger.corrections import payout_failed, reverse, transfer
from portal.ledger.earnings import Difference, post_earning_difference, post_earning_differences
from portal.ledger.months import close_month, reopen_month
from portal.ledger.owners import ensure_owner, ensure_owners, vendor_owner
from portal.ledger.seasons import expire_due, mature_due
from portal.ledger.spending import capture, hold, payout, release
from portal.ledger.verification import verify

__all__ = [
    "Difference",
    "adjust",
    "capture",
    "close_month",
    "confirm_adjustment",
    "ensure_owner",
    "ensure_owners",
    "expire_due",
    "hold",
    "known_unit",
    "mature_due",
    "payout",
    "payout_failed",
    "post_earning_difference",
    "post_earning_differences",
    "propose_adjustment",
    "refuse_adjustment",
    "release",
    "reopen_month",
    "reverse",
    "transfer",
    "typed_amount",
    "vendor_owner",
    "verify",
]
