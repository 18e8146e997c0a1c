"""Writing a limit down; `portal.partners.limits` decides when, and tells the audit log."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import session
from portal.security.limits.models import ApprovalLimit
from portal.security.limits.rules import Limit


def add_limit(person_id: int, limit: Limit, *, set_by: int | None, confirmed_by: int | None = None) -> ApprovalLimit:
    """From today the limit counts; earlier ones of the same kind and measure count no longer."""
    row = ApprovalLimit(
        person_id=person_id, kind=limit.kind.value, unit=limit.unit, amount=limit.amount, valid_from=clock.today(),
        decided_at=clock.now(), set_by_id=set_by, confirmed_by_id=confirmed_by,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
