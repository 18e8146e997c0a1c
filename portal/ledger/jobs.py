"""What time does to the ledger, in portions: each in a transaction of its own, so no lock is held for long."""

from __future__ import annotations

from collections.abc import Callable

from portal.core.db import transaction
from portal.ledger.seasons import expire_due, mature_due


def mature_lots() -> int:
    """Make everything available whose day has come; safe to run twice. Returns how many lots."""
    return _until_none(mature_due)


def expire_points() -> int:
    """Expire the points whose last day has passed; safe to run twice. Returns how many lots."""
    return _until_none(expire_due)


def _until_none(portion: Callable[[], int]) -> int:
    done = 0
    while True:
        with transaction():
            handled = portion()
        if not handled:
            return done
        done += handled
