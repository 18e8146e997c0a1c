"""Running the checks on a claim and keeping what they found."""

from __future__ import annotations

from sqlalchemy import delete, select

from portal.claims.models import Claim, ClaimFile, ClaimFinding, ClaimLine, Severity
from portal.claims.outlook import claim_window_days
from portal.claims.validation.facts import Finding
from portal.claims.validation.queries import gather_facts
from portal.claims.validation.rules import check_all, total_risk
from portal.core.db import session

REFUSED_TWIN = "refused_twin"
REFUSED_TWIN_WEIGHT = 5


def find_findings(claim: Claim) -> list[Finding]:
    """What the checks say about the claim as it is now; nothing is kept."""
    lines = list(session.scalars(select(ClaimLine).where(ClaimLine.claim_id == claim.id).order_by(ClaimLine.position)))
    files = list(session.scalars(select(ClaimFile).where(ClaimFile.claim_id == claim.id)))
    window = claim_window_days({line.product_id for line in lines}, claim.sold_on)
    return check_all(gather_facts(claim, lines, files, window))


def keep_findings(claim: Claim, findings: list[Finding]) -> None:
    """Replace the claim's findings and its risk; what was noted about refused twins stays."""
    session.execute(delete(ClaimFinding).where(ClaimFinding.claim_id == claim.id, ClaimFinding.rule != REFUSED_TWIN))
    session.add_all(_row(claim, finding) for finding in findings)
    session.flush()
    _add_up(claim)


def note_refused_twin(first: Claim, *, sentence: str, attempt: Claim) -> None:
    """Add to the first claim that somebody tried to file its invoice again."""
    finding = Finding(
        REFUSED_TWIN, Severity.WARNING, sentence, REFUSED_TWIN_WEIGHT, twin_claim_id=attempt.id, for_partner=False
    )
    session.add(_row(first, finding))
    session.flush()
    _add_up(first)


def _row(claim: Claim, finding: Finding) -> ClaimFinding:
    return ClaimFinding(
        claim_id=claim.id,
        rule=finding.rule,
        severity=finding.severity,
        sentence=finding.sentence,
        weight=finding.weight,
        field=finding.field,
        twin_claim_id=finding.twin_claim_id,
        for_partner=finding.for_partner,
    )


def _add_up(claim: Claim) -> None:
    query = select(ClaimFinding.weight).where(
        ClaimFinding.claim_id == claim.id, ClaimFinding.severity == Severity.WARNING
    )
    claim.risk = total_risk(session.scalars(query))
