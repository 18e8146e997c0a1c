"""What a claim that waits is expected to earn: kept on its lines, and looked at again when the facts change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.outlook import Outlook, preview_claim, program_names
from portal.claims.queries import lock_claim
from portal.claims.rules import WAITING
from portal.core.db import session
from portal.security.viewer import SYSTEM, Viewer


def keep_outlook(claim: Claim) -> Outlook:
    """Look at what the claim would earn now, and keep it on the claim and its lines."""
    outlook = preview_claim(claim, claim.lines)
    for line, ahead in zip(claim.lines, outlook.lines, strict=True):
        line.expected_points, line.expected_reason = ahead.points, ahead.reason
    claim.expected_points = outlook.points
    claim.programs = ", ".join(program_names(outlook.programs))[:400]
    session.flush()
    return outlook


def look_again(fact: dict[str, Any]) -> None:
    """A partner's answer, terms or values changed: what its waiting claims are shown to earn follows."""
    query = select(Claim.id).where(Claim.partner_id == fact["partner_id"], Claim.state.in_(WAITING))
    for claim_id in session.scalars(query.order_by(Claim.id)).all():
        keep_outlook(lock_claim(SYSTEM, claim_id))


def look_again_at(viewer: Viewer, claim_id: int) -> None:
    """One claim of which another figure may have been shown than it earns now."""
    claim = lock_claim(viewer, claim_id)
    if claim.state in WAITING:
        keep_outlook(claim)
