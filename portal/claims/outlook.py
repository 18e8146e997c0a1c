"""What programs would pay for a claim's lines: the one place where this room asks the programs' room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.claims.models import Claim, ClaimLine
from portal.core import clock


@dataclass(frozen=True)
class LineOutlook:
    """What one line earns when approved, and why when it earns nothing."""

    points: int
    reason: str | None
    programs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What a whole claim earns when approved, line by line in order."""

    lines: tuple[LineOutlook, ...]

    @property
    def points(self) -> int:
        """The sum of all lines."""
        return sum(line.points for line in self.lines)

    @property
    def programs(self) -> list[str]:
        """Names of the programs that pay, each once."""
        return list(dict.fromkeys(name for line in self.lines for name in line.programs))


def preview_claim(claim: Claim, lines: Iterable[ClaimLine]) -> Outlook:
    """What the lines would earn if they were approved now."""
    from portal.programs.runs.services import PreviewLine, preview_lines

    asked = [PreviewLine(line.product_id, line.quantity, line.amount, claim.currency) for line in lines]
    if not asked:
        return Outlook(())
    sold_on = claim.sold_on or clock.today()
    answers = preview_lines(seller_id=claim.seller_id, partner_id=claim.partner_id, sold_on=sold_on, lines=asked)
    return Outlook(tuple(LineOutlook(a.points, a.reason, tuple(a.programs)) for a in answers))


def claim_window_days(product_ids: set[int], sold_on: dt.date | None) -> int:
    """How many days after the sale a claim may be filed: the longest that a program in force then says, else 90."""
    if not product_ids or sold_on is None:
        return DEFAULT_WINDOW_DAYS
    query = (
        select(ProgramVersion.document)
        .join(Program, Program.id == ProgramVersion.program_id)
        .where(
            Program.participant == "seller",
            Program.state == ProgramState.LIVE,
            ProgramVersion.effective_from <= sold_on,
            or_(ProgramVersion.effective_until.is_(None), ProgramVersion.effective_until > sold_on),
        )
    )
    said = (json.loads(document).get("claim_within_days") for document in session.scalars(query))
    return max((int(days) for days in said if days is not None), default=DEFAULT_WINDOW_DAYS)
