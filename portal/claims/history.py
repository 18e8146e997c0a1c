"""Writing a claim's history: one append-only entry a step, with who and when."""

from __future__ import annotations

from typing import Any

from portal.audit import services as audit
from portal.claims.models import Claim, ClaimStep, Step
from portal.core import clock
from portal.core.db import session
from portal.security.viewer import Viewer


def add_step(
    claim: Claim, step: Step, *, by: Viewer | None, note: str | None = None, twin_id: int | None = None
) -> None:
    """Add one entry to the claim's history."""
    session.add(
        ClaimStep(
            claim_id=claim.id,
            step=step,
            at=clock.now(),
            by_person_id=by.person_id if by else None,
            note=note,
            twin_claim_id=twin_id,
        )
    )


def audit_claim(
    act: str,
    claim: Claim,
    *,
    by: Viewer | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    result: str = "done",
) -> None:
    """Enter an act on the claim into the audit log, under its number and invoice."""
    audit.record(
        act,
        kind="claim",
        id=claim.id,
        label=f"{claim.number} {claim.invoice_no or ''}".strip(),
        before=before,
        after=after,
        reason=reason,
        actor=by,
        partner_id=claim.partner_id,
        result=result,
    )
