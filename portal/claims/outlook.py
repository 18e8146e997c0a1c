"""What programs would pay for a claim's lines: the one place where this room asks the programs' room."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select

from portal.claims.models import Claim, ClaimLine
from portal.claims.rules import DEFAULT_WINDOW_DAYS
from portal.claims.sale_match import SaleMatch, find_sales
from portal.core import clock
from portal.core.db import session
from portal.core.money import POINTS
from portal.programs.definitions.models import Program, ProgramState, ProgramVersion
from portal.programs.runs import services as runs
from portal.programs.runs.values import PreviewLine

ENDLESS = 100 * 366
CREDITED = "Already credited to this seller"


@dataclass(frozen=True)
class LineOutlook:
    """What one line earns when approved, and why when it earns nothing; `amount` is money in minor units of `unit`."""

    points: int
    reason: str | None
    programs: tuple[str, ...] = ()
    amount: int = 0
    unit: str | None = None


@dataclass(frozen=True)
class Outlook:
    """What a whole claim earns when approved, line by line in order."""

    lines: tuple[LineOutlook, ...]

    @property
    def points(self) -> int:
        """The sum of all lines."""
        return sum(line.points for line in self.lines)

    @property
    def sums(self) -> dict[str, int]:
        """What the seller would be posted, by unit."""
        found = {POINTS: self.points}
        for line in self.lines:
            if line.unit is not None:
                found[line.unit] = found.get(line.unit, 0) + line.amount
        return found

    @property
    def programs(self) -> list[str]:
        """Codes of the programs that pay, each once."""
        return list(dict.fromkeys(code for line in self.lines for code in line.programs))


def preview_claim(claim: Claim, lines: Iterable[ClaimLine]) -> Outlook:
    """What the lines would earn if they were approved now.

    A line whose sale the journal already has earns on what the journal says; one already credited to this seller
    earns nothing more.
    """
    rows = list(lines)
    matches = find_sales(claim, rows)
    credited = {line_id for line_id, match in matches.items() if match.credited_to == claim.seller_id}
    asked = [_asked(claim, line, matches.get(line.id)) for line in rows if line.id not in credited]
    answers = iter(_preview(claim.seller_id, claim.partner_id, claim.sold_on or clock.today(), asked))
    return Outlook(tuple(LineOutlook(0, CREDITED) if line.id in credited else next(answers) for line in rows))


def preview_products(
    seller_id: int, partner_id: int, sold_on: dt.date, prices: dict[int, int], currency: str
) -> dict[int, LineOutlook]:
    """What one unit of each product would earn, for the search while typing."""
    asked = [PreviewLine(product_id, 1, price, currency) for product_id, price in prices.items()]
    return dict(zip(prices, _preview(seller_id, partner_id, sold_on, asked), strict=True))


def _asked(claim: Claim, line: ClaimLine, match: SaleMatch | None) -> PreviewLine:
    if match is None:
        named = (claim.invoice_no, claim.end_customer)
        return PreviewLine(line.product_id, line.quantity, line.amount, claim.currency, *named)
    sale = match.line
    named = (sale.invoice_no, sale.end_customer)
    return PreviewLine(sale.product_id, sale.quantity, sale.amount, sale.currency, *named, credits=sale.id)


def _preview(seller_id: int, partner_id: int, sold_on: dt.date, asked: list[PreviewLine]) -> list[LineOutlook]:
    if not asked:
        return []
    answers = runs.preview_lines(seller_id=seller_id, partner_id=partner_id, sold_on=sold_on, lines=asked)
    return [
        LineOutlook(answer.points, answer.reason, tuple(answer.programs), answer.amount_minor, answer.unit)
        for answer in answers
    ]


def sellers_earn_money() -> bool:
    """Whether some program pays sellers in money, so that a claim may post more than stars."""
    query = select(Program.id).where(Program.participant == "seller", Program.unit != POINTS)
    return session.scalar(query.limit(1)) is not None


def claim_window_days(product_ids: set[int], sold_on: dt.date | None) -> int:
    """How many days after the sale a claim may be filed: the longest that a program in force then says, else 90.

    A program that takes late claims as adjustments sets no end.
    """
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
    documents = [json.loads(document) for document in session.scalars(query)]
    said = [document["claim_within_days"] for document in documents if document.get("claim_within_days") is not None]
    said += [ENDLESS for document in documents if document.get("late") == "adjust"]
    return max((int(days) for days in said), default=DEFAULT_WINDOW_DAYS)


def program_names(codes: Iterable[str]) -> list[str]:
    """The names of programs, in the order of their codes."""
    wanted = list(codes)
    if not wanted:
        return []
    query = select(Program.code, Program.name).where(Program.code.in_(wanted))
    names = {code: name for code, name in session.execute(query)}
    return [names[code] for code in wanted if code in names]
