"""What pages show of a claim, as plain values: lines with their products, names, sentences of its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.claims.models import Claim, ClaimFinding, ClaimLine, ClaimStep, Severity, Step
from portal.claims.queries import names_of
from portal.claims.rules import REASONS, has_serials
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.sales.products.models import Product
from portal.security.viewer import Viewer

KINDS = {Severity.ERROR: "stop", Severity.WARNING: "warn", Severity.INFO: "ok"}
TOLD = {
    Step.STARTED: "Started",
    Step.FILED: "Filed",
    Step.CHECKED: "Checks ran",
    Step.TAKEN: "Being looked at",
    Step.ASKED: "Asked",
    Step.ANSWERED: "Answered",
    Step.APPROVED: "Approved",
    Step.PARTIALLY_APPROVED: "Partly approved",
    Step.REJECTED: "Rejected",
    Step.WITHDRAWN: "Withdrawn",
    Step.LAPSED: "Lapsed without an answer",
    Step.REOPENED: "Opened again",
    Step.REVERSED: "Taken back",
    Step.TWIN_REFUSED: "Second filing refused",
}


@dataclass(frozen=True)
class LineShown:
    """One line of a claim with its product and what it earns."""

    id: int
    position: int
    sku: str
    name: str
    quantity: int
    serial_no: str
    needs_serial: bool
    points: int
    reason: str
    amount: int
    state: str
    reason_sentence: str
    note: str
    sale_line_id: int | None

    @property
    def each(self) -> int | None:
        """Points for one unit, when every unit earns the same."""
        return self.points // self.quantity if self.points and self.points % self.quantity == 0 else None


def show_lines(claim: Claim) -> list[LineShown]:
    """The lines in order; decided lines show what was awarded, open ones what is expected."""
    products = names_of(Product, (line.product_id for line in claim.lines))
    return [_show_line(line, products[line.product_id]) for line in claim.lines]


def _show_line(line: ClaimLine, product: Product) -> LineShown:
    points = line.awarded if line.awarded is not None else line.expected_points
    return LineShown(
        id=line.id,
        position=line.position,
        sku=product.sku,
        name=product.name,
        quantity=line.quantity,
        serial_no=line.serial_no or "",
        needs_serial=has_serials(product.category),
        points=points or 0,
        reason=line.expected_reason or "",
        amount=line.amount,
        state=line.state,
        reason_sentence=REASONS.get(line.reason_code or "", ""),
        note=line.decision_note or "",
        sale_line_id=line.sale_line_id,
    )


@dataclass(frozen=True)
class Names:
    """Who is who in a claim."""

    seller: str
    seller_email: str
    entered_by: str
    partner: str
    partner_code: str
    decided_by: str
    people: dict[int, str]

    @property
    def on_behalf(self) -> bool:
        """Whether somebody else entered the claim for the seller."""
        return self.seller != self.entered_by


def show_names(claim: Claim) -> Names:
    """The people and the partner of a claim, by name."""
    ids = {claim.seller_id, claim.entered_by_id, claim.decided_by_id, *(step.by_person_id for step in claim.steps)}
    found = names_of(Person, ids)
    people = {id_: person.name for id_, person in found.items()}
    partner: Partner = names_of(Partner, [claim.partner_id])[claim.partner_id]
    return Names(
        seller=people[claim.seller_id],
        seller_email=found[claim.seller_id].email,
        entered_by=people[claim.entered_by_id],
        partner=partner.name,
        partner_code=partner.code,
        decided_by=people.get(claim.decided_by_id or 0, ""),
        people=people,
    )


def show_history(steps: Iterable[ClaimStep], names: Names) -> list[dict[str, object]]:
    """The history for a timeline, oldest first."""
    return [
        {
            "at": step.at,
            "text": TOLD[Step(step.step)],
            "by": names.people.get(step.by_person_id or 0),
            "note": step.note,
        }
        for step in steps
    ]


@dataclass(frozen=True)
class FindingShown:
    """One finding; `twin` is the claim it links to, when this viewer may open it."""

    kind: str
    sentence: str
    twin_id: int | None


def show_findings(viewer: Viewer, findings: Iterable[ClaimFinding], twins: set[int]) -> list[FindingShown]:
    """Worst first; a partner sees only what is meant for partners, and links only to claims in reach."""
    order = list(Severity)
    mine = [finding for finding in findings if viewer.is_vendor or finding.for_partner]
    mine.sort(key=lambda finding: (order.index(Severity(finding.severity)), -finding.weight, finding.id))
    return [
        FindingShown(
            KINDS[Severity(finding.severity)],
            finding.sentence,
            finding.twin_claim_id if finding.twin_claim_id in twins else None,
        )
        for finding in mine
    ]


def find_question(claim: Claim) -> ClaimStep | None:
    """The question that waits for an answer, newest first."""
    asked = [step for step in claim.steps if step.step == Step.ASKED]
    return asked[-1] if asked else None
