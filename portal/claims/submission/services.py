"""Writing and filing a claim: the draft that is never lost, filing, answering, withdrawing, copying."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import select

from portal.claims.errors import ClaimIncomplete, ClaimMoved, NotYourClaim
from portal.claims.events import ClaimFilingRefused, ClaimSubmitted, ClaimWithdrawn, InformationAnswered
from portal.claims.expected import keep_outlook
from portal.claims.history import add_step, audit_claim
from portal.claims.lapse import asked_by, settle_answer
from portal.claims.models import Claim, ClaimFile, ClaimState, ClaimStep, Severity, Step
from portal.claims.outlook import Outlook
from portal.claims.queries import lock_claim
from portal.claims.rules import EDITABLE, WAITING, WORDS, check_move
from portal.claims.submission import files
from portal.claims.submission.drafting import price_lines
from portal.claims.validation import services as validation
from portal.claims.validation.facts import Finding
from portal.claims.validation.queries import find_own_twin
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.partners.joining.queries import is_waiting
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.security.viewer import SYSTEM, Viewer

MAX_FILES = 5
FIRST_NUMBER = 1000


def start_draft(*, seller: Person, by: Viewer, copied_from: Claim | None = None) -> Claim:
    """A new draft for the seller's partner; `by` may be somebody else, and both are named from then on."""
    partner = session.get_one(Partner, seller.partner_id)
    now = clock.now()
    claim = Claim(
        number=secrets.token_hex(16),
        partner_id=partner.id,
        seller_id=seller.id,
        entered_by_id=by.person_id,
        currency=partner.currency,
        sold_on=clock.today(),
        copied_from_id=copied_from.id if copied_from else None,
        state=ClaimState.DRAFT,
        created_at=now,
        saved_at=now,
        lines=[],
        files=[],
        findings=[],
    )
    session.add(claim)
    session.flush()
    claim.number = f"C-{FIRST_NUMBER + claim.id}"
    add_step(claim, Step.STARTED, by=by)
    return claim


def check_editable(claim: Claim, by: Viewer) -> None:
    """Only the seller or who filed it edits, and only a draft or a claim with a question."""
    if by.person_id not in (claim.seller_id, claim.entered_by_id):
        raise NotYourClaim("Only the seller, or the person who entered this claim, can change it.")
    if claim.state not in EDITABLE:
        raise ClaimMoved(f"This claim is {WORDS[ClaimState(claim.state)]}, so it cannot be changed any more.")


def attach_file(claim: Claim, *, name: str, content: bytes, folder: Path, by: Viewer) -> ClaimFile:
    """Add a photo or PDF; refuses anything else, storing nothing."""
    check_editable(claim, by)
    if len(claim.files) >= MAX_FILES:
        raise InvalidInput(f"A claim holds at most {MAX_FILES} files. Remove one first.", field="photo")
    checked = files.check_file(name, content)
    suffix = files.EXTENSIONS[checked.content_type][0]
    entry = ClaimFile(
        claim_id=claim.id,
        stored_name=files.store(folder, checked.content, suffix),
        preview_name=files.store(folder, checked.preview, ".preview.jpg"),
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        digest=checked.digest,
        created_at=clock.now(),
    )
    claim.files.append(entry)
    claim.saved_at = clock.now()
    session.flush()
    return entry


def remove_file(claim: Claim, file_id: int, *, by: Viewer) -> list[str]:
    """Take a file off a draft; returns the stored names to discard once the transaction holds."""
    check_editable(claim, by)
    entry = next((file for file in claim.files if file.id == file_id), None)
    if entry is None:
        return []
    claim.files.remove(entry)
    claim.saved_at = clock.now()
    return [entry.stored_name, entry.preview_name]


def look_ahead(claim: Claim) -> tuple[Outlook, list[Finding]]:
    """What the claim would earn and what its checks say now; keeps the expected stars on the lines."""
    outlook = keep_outlook(claim)
    return outlook, validation.find_findings(claim)


def submit_claim(claim: Claim, *, by: Viewer) -> Claim:
    """File the draft: checks run, errors refuse it in words by field, else it enters the queue."""
    check_editable(claim, by)
    if claim.state != ClaimState.DRAFT:
        raise ClaimMoved("This claim has been filed already. Answer the question instead.")
    refuse_unconfirmed(claim)
    price_lines(claim)
    _, findings = look_ahead(claim)
    refuse_errors(findings)
    check_move(claim.state, ClaimState.SUBMITTED)
    validation.keep_findings(claim, findings)
    claim.state, claim.submitted_at = ClaimState.SUBMITTED, clock.now()
    claim.version += 1
    session.flush()
    _check_twins_again(claim, findings)
    add_step(claim, Step.FILED, by=by)
    audit_claim("claim.submitted", claim, by=by, after={"points": claim.expected_points, "risk": claim.risk})
    emit(
        ClaimSubmitted(
            claim.id,
            claim.number,
            claim.partner_id,
            claim.seller_id,
            claim.entered_by_id,
            claim.expected_points,
            claim.risk,
        )
    )
    return claim


def refuse_unconfirmed(claim: Claim) -> None:
    """Somebody whose shop has not confirmed yet may draft, not file."""
    if is_waiting(claim.seller_id):
        raise ClaimMoved("Your shop has to confirm you before this claim can be filed. The draft is kept.")


def _check_twins_again(claim: Claim, findings: list[Finding]) -> None:
    """A twin that still waits learns of this claim, so that neither of the two is approved unread."""
    for twin_id in {f.twin_claim_id for f in findings if f.severity is Severity.WARNING and f.twin_claim_id}:
        twin = session.get_one(Claim, twin_id)
        if twin.state in WAITING:
            validation.keep_findings(twin, validation.find_findings(twin))


def refuse_errors(findings: list[Finding]) -> None:
    """Raise the findings that block filing, one sentence a field."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return
    by_field: dict[str, str] = {}
    for finding in errors:
        by_field.setdefault(finding.field or "lines", finding.sentence)
    twin = next((f.twin_claim_id for f in errors if f.rule == "duplicate_invoice" and f.twin_claim_id), None)
    raise ClaimIncomplete(errors[0].sentence, by_field=by_field, twin_id=twin)


def note_refused_filing(attempt: Claim, first_id: int, *, by: Viewer) -> None:
    """Write on the first claim that its invoice was tried again; told once for each attempt."""
    first = lock_claim(SYSTEM, first_id)
    told = select(ClaimStep.id).where(
        ClaimStep.claim_id == first.id, ClaimStep.step == Step.TWIN_REFUSED, ClaimStep.twin_claim_id == attempt.id
    )
    if session.scalar(told.limit(1)) is not None:
        return
    written = attempt.invoice_no or ""
    at = f"{clock.local(clock.now()):%H:%M}"
    sentence = f"Tried again as “{written}” at {at} by {by.name} and refused."
    add_step(first, Step.TWIN_REFUSED, by=by, note=f"Written {written}: the same invoice", twin_id=attempt.id)
    validation.note_refused_twin(first, sentence=sentence, attempt=attempt)
    audit_claim("claim.filing_refused", first, by=by, reason=sentence, result="refused")
    emit(ClaimFilingRefused(first.id, first.number, attempt.id, written, by.person_id or 0))


def answer_request(claim: Claim, *, answer: str, by: Viewer) -> Claim:
    """Answer a reviewer's question; checks run again and the claim goes back to its old place in the queue."""
    check_editable(claim, by)
    check_move(claim.state, ClaimState.SUBMITTED)
    text = answer.strip()
    if not text:
        raise InvalidInput("Write an answer, or say what you changed.", field="answer")
    price_lines(claim)
    _, findings = look_ahead(claim)
    refuse_errors(findings)
    validation.keep_findings(claim, findings)
    claim.state = ClaimState.SUBMITTED
    claim.version += 1
    settle_answer(claim)
    add_step(claim, Step.ANSWERED, by=by, note=text)
    audit_claim("claim.information_answered", claim, by=by, reason=text)
    emit(InformationAnswered(claim.id, claim.number, claim.seller_id, asked_by(claim), text))
    return claim


def withdraw_claim(claim: Claim, *, by: Viewer) -> Claim:
    """Take a claim back before it is decided, or throw a draft away."""
    if by.person_id not in (claim.seller_id, claim.entered_by_id):
        raise NotYourClaim("Only the seller, or the person who entered this claim, can withdraw it.")
    check_move(claim.state, ClaimState.WITHDRAWN)
    was_filed = claim.state != ClaimState.DRAFT
    claim.state, claim.saved_at = ClaimState.WITHDRAWN, clock.now()
    claim.version += 1
    settle_answer(claim)
    add_step(claim, Step.WITHDRAWN, by=by)
    if was_filed:
        audit_claim("claim.withdrawn", claim, by=by)
        emit(ClaimWithdrawn(claim.id, claim.number, claim.partner_id, claim.seller_id, by.person_id or 0))
    return claim


def note_early_twin(claim: Claim, *, by: Viewer) -> None:
    """Note on the first claim that its invoice is being tried again, as soon as the number is typed."""
    if claim.state != ClaimState.DRAFT or not claim.invoice_key:
        return
    twin_id = find_own_twin(claim)
    if twin_id is not None:
        note_refused_filing(claim, twin_id, by=by)


def check_may_copy(claim: Claim, *, by: Viewer) -> None:
    """Only the seller or who entered a claim repeats it."""
    if by.person_id not in (claim.seller_id, claim.entered_by_id):
        raise NotYourClaim("Only the seller, or the person who entered this claim, can repeat it.")


def email_of(person_id: int) -> str:
    """A person's e-mail, by which claims name who sold it."""
    return session.get_one(Person, person_id).email
