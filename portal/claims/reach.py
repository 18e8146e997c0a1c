"""How far a reviewer's limit reaches: what a claim would post, against the limit, and who can decide instead."""

from __future__ import annotations

from collections.abc import Collection

from portal.claims.models import Claim
from portal.claims.queries import visible_claims
from portal.core.money import POINTS
from portal.security.limits.queries import Desk, seen_by
from portal.security.limits.rules import MONEY, Kind, Sums
from portal.security.viewer import Viewer


class Reach:
    """What one reviewer may approve, read once for some claims."""

    def __init__(self, viewer: Viewer, claim_ids: Collection[int]) -> None:
        self._desk = Desk(viewer, Kind.CLAIM)
        self._seen = seen_by(visible_claims, Claim.id, claim_ids)
        self._may = viewer.can(Kind.CLAIM.permission)

    @property
    def most_points(self) -> int | None:
        """The limit in points; None when there is none, or when the viewer approves nothing anyway."""
        limit = self._desk.limits.get(POINTS)
        return limit.amount if limit is not None and self._may else None

    @property
    def bounds_money(self) -> bool:
        """Whether what a claim pays in money has to be known."""
        limit = self._desk.limits.get(MONEY)
        return limit is not None and limit.amount is not None

    def why_above(self, claim: Claim, sums: Sums) -> str | None:
        """The sentence that refuses, or None."""
        if not self._may:
            return None
        return self._desk.why_above(sums, but=_own(claim), sees=self._seen(claim.id))

    def check(self, claim: Claim, sums: Sums) -> None:
        """Refuse to post what is above the limit."""
        self._desk.check(sums, but=_own(claim), sees=self._seen(claim.id))


def _own(claim: Claim) -> tuple[int, int]:
    return claim.entered_by_id, claim.seller_id
