"""What the pages of deciding show, gathered as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from portal.claims.models import Claim, ClaimFinding, ClaimState
from portal.claims.outlook import preview_claim, sellers_earn_money
from portal.claims.queries import get_claim, visible_ids
from portal.claims.reach import Reach
from portal.claims.review import queries
from portal.claims.review.queries import Flags, QueueFilter
from portal.claims.review.services import find_other_approver, is_own
from portal.claims.rules import DECIDABLE, PAID, REASONS, SAFE_BELOW
from portal.claims.shown import find_question, show_findings, show_history, show_lines, show_names
from portal.core.db import session
from portal.core.money import POINTS
from portal.core.paging import Page, paginate
from portal.security.viewer import Viewer

QUEUE_SIZE = 50


@dataclass(frozen=True)
class QueueRow:
    """One claim of the queue as its row shows it."""

    claim: Claim
    partner: str
    seller: str
    flags: Flags
    is_own: bool
    above: str | None = None

    @property
    def is_safe(self) -> bool:
        """Whether it may be approved together with others."""
        waits = self.claim.state == ClaimState.SUBMITTED and self.claim.risk < SAFE_BELOW
        return waits and not self.is_own and not self.above

    @property
    def is_taken(self) -> bool:
        """Whether somebody is looking at it, and nothing else is wrong with it."""
        return self.claim.state == ClaimState.IN_REVIEW and self.claim.risk < SAFE_BELOW and not self.is_own


def queue_page(viewer: Viewer, wanted: QueueFilter, claim_id: int | None, number: int) -> dict[str, Any]:
    """The queue with the chosen claim open; without one, the first is named and the page fetches it by itself."""
    found: Page[Any] = paginate(
        session(), queries.list_queue(viewer, wanted), page=number, size=QUEUE_SIZE, scalars=False
    )
    flags = queries.flags_of(claim.id for claim, _, _ in found.rows)
    reach = Reach(viewer, [claim.id for claim, _, _ in found.rows])
    rows = [
        QueueRow(claim, partner, seller, flags.get(claim.id, Flags()), is_own(claim, viewer),
                 reach.why_above(claim, {POINTS: claim.expected_points}))
        for claim, partner, seller in found.rows
    ]  # fmt: skip
    place = next((found.first + index for index, row in enumerate(rows) if row.claim.id == claim_id), None)
    return {
        "rows": rows,
        "found": found,
        "counts": queries.count_queue(viewer),
        "territories": queries.list_territories(viewer),
        "programs": queries.list_programs(viewer),
        "place": place,
        "open_id": claim_id or (rows[0].claim.id if rows else None),
        **(claim_to_decide(viewer, get_claim(viewer, claim_id)) if claim_id else {"claim": None}),
    }


def claim_to_decide(viewer: Viewer, claim: Claim) -> dict[str, Any]:
    """One claim beside its evidence, with what approving it posts."""
    names = show_names(claim)
    twins = visible_ids(viewer, (finding.twin_claim_id for finding in claim.findings))
    lines = show_lines(claim)
    is_open = claim.state in DECIDABLE
    above = None
    if is_open:
        outlook = preview_claim(claim, claim.lines)
        above = Reach(viewer, [claim.id]).why_above(claim, outlook.sums)
        lines = [
            replace(line, points=ahead.points, reason=ahead.reason or "")
            for line, ahead in zip(lines, outlook.lines, strict=True)
        ]
    own = is_own(claim, viewer)
    may = viewer.can("claim:approve") and is_open and not own
    return {
        "claim": claim,
        "names": names,
        "lines": lines,
        "points": sum(line.points for line in lines),
        "findings": show_findings(viewer, claim.findings, twins),
        "history": show_history(claim.steps, names),
        "question": find_question(claim) if claim.state == ClaimState.INFO_REQUESTED else None,
        "record": record_sentence(queries.record_of(claim.seller_id)),
        "reasons": list(REASONS.items()),
        "may_decide": may,
        "above": above,
        "may_take": may and claim.state == ClaimState.SUBMITTED,
        "is_own": own,
        "other_approver": find_other_approver(viewer) if own and is_open else None,
    }


def record_sentence(record: dict[str, int]) -> str:
    """A seller's past claims in a sentence."""
    total = sum(record.values())
    approved = sum(record.get(state, 0) for state in PAID)
    rejected = record.get(ClaimState.REJECTED, 0)
    reversed_ = record.get(ClaimState.REVERSED, 0)
    parts = [f"{total} claim{'' if total == 1 else 's'} filed", f"{approved} approved"]
    parts += [f"{rejected} rejected"] if rejected else []
    parts += [f"{reversed_} taken back"] if reversed_ else []
    return ", ".join(parts) + "."


@dataclass(frozen=True)
class LeftOut:
    """A claim that is not approved together with the others, and why."""

    row: QueueRow
    why: str
    twin_id: int | None


def safe_page(viewer: Viewer, wanted: QueueFilter) -> dict[str, Any]:
    """What approving the safe ones together would do, and what it leaves out, with the reason and the twin."""
    found = session.execute(queries.list_queue(viewer, replace(wanted, show=""))).all()
    reach = Reach(viewer, [claim.id for claim, _, _ in found])
    money = reach.bounds_money and sellers_earn_money()
    rows = [
        QueueRow(claim, partner, seller, Flags(), is_own(claim, viewer),
                 reach.why_above(claim, _sums(viewer, claim, money=money)))
        for claim, partner, seller in found
    ]  # fmt: skip
    warnings = queries.warnings_of(row.claim.id for row in rows if not row.is_safe)
    twins = visible_ids(viewer, (finding.twin_claim_id for many in warnings.values() for finding in many))
    safe = [row for row in rows if row.is_safe]
    left = [_left_out(row, warnings.get(row.claim.id, []), twins) for row in rows if not row.is_safe]
    return {"safe": safe, "left": left, "points": sum(row.claim.expected_points for row in safe)}


def _sums(viewer: Viewer, claim: Claim, *, money: bool) -> dict[str, int]:
    """What a claim would post: its stars as they are shown, and its money where that has to be known."""
    if not money:
        return {POINTS: claim.expected_points}
    whole = get_claim(viewer, claim.id)
    return preview_claim(whole, whole.lines).sums | {POINTS: claim.expected_points}


def _left_out(row: QueueRow, warnings: list[ClaimFinding], twins: set[int]) -> LeftOut:
    if row.is_own:
        return LeftOut(row, "You entered it, so someone else must approve it.", None)
    if row.claim.state == ClaimState.INFO_REQUESTED:
        return LeftOut(row, "The seller has been asked and has not answered yet.", None)
    if row.is_taken:
        return LeftOut(row, "Somebody is looking at it.", None)
    if row.above and not warnings:
        return LeftOut(row, row.above, None)
    twin = next((f.twin_claim_id for f in warnings if f.twin_claim_id in twins), None)
    return LeftOut(row, " ".join(finding.sentence for finding in warnings), twin)
