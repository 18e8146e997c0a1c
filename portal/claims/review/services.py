"""Deciding claims: one decision per line, posted at once; nobody decides what they filed or are paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.claims.errors import ClaimChanged, OwnClaim
from portal.claims.events import (
    ClaimApproved,
    ClaimPartiallyApproved,
    ClaimRejected,
    ClaimReversed,
    InformationRequested,
)
from portal.claims.history import add_step, audit_claim
from portal.claims.lapse import await_answer
from portal.claims.models import Claim, ClaimState, LineState, Step
from portal.claims.outlook import preview_claim
from portal.claims.reach import Reach
from portal.claims.review.posting import post_lines, take_back_lines
from portal.claims.rules import ANSWER_WITHIN_DAYS, DECIDABLE, REASONS, SAFE_BELOW, WORDS, check_move, outcome
from portal.claims.validation.rules import say_day
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.partners.people.models import Person
from portal.security.viewer import Viewer

MAX_NOTE = 2000


@dataclass(frozen=True)
class LineDecision:
    """What is decided about one line; a rejection gives a reason."""

    approve: bool
    reason_code: str | None = None
    note: str | None = None


def is_own(claim: Claim, viewer: Viewer) -> bool:
    """Whether the viewer filed the claim or is paid by it, and so cannot decide it."""
    return viewer.person_id in (claim.entered_by_id, claim.seller_id)


def approve_claim(claim: Claim, *, by: Viewer, version: int, shown_points: int) -> Claim:
    """Approve every line; what is posted is what was shown, or nothing."""
    every = {line.id: LineDecision(approve=True) for line in claim.lines}
    return decide_claim(claim, every, by=by, version=version, shown_points=shown_points)


def reject_claim(claim: Claim, *, reason_code: str, note: str | None, by: Viewer, version: int) -> Claim:
    """Reject every line for one reason; nothing is posted."""
    decision = LineDecision(approve=False, reason_code=reason_code, note=note)
    return decide_claim(claim, {line.id: decision for line in claim.lines}, by=by, version=version, shown_points=None)


def decide_claim(
    claim: Claim, decisions: Mapping[int, LineDecision], *, by: Viewer, version: int, shown_points: int | None
) -> Claim:
    """Decide every line. `shown_points` is what the whole claim was shown to earn; None when nothing is approved."""
    check_decider(claim, by)
    check_version(claim, version)
    _check_decisions(claim, decisions)
    state = outcome(LineState.APPROVED if decisions[line.id].approve else LineState.REJECTED for line in claim.lines)
    check_move(claim.state, state)
    if state is not ClaimState.REJECTED:
        _check_points(claim, shown_points)
    before = {"state": claim.state, "version": claim.version}
    _write_decisions(claim, decisions)
    claim.awarded_points = _award(claim, by=by)
    _close(claim, state, by=by)
    audit_claim(f"claim.{state}", claim, by=by, before=before, after=_after(claim), reason=_sentence(claim) or None)
    _announce(claim, by=by)
    return claim


def check_decider(claim: Claim, by: Viewer) -> None:
    """Four eyes: who filed a claim or is paid by it does not decide it."""
    if is_own(claim, by):
        other = find_other_approver(by)
        can = f" {other} can." if other else ""
        raise OwnClaim(f"You entered this claim, so someone else must decide it.{can}")


def find_other_approver(viewer: Viewer) -> str | None:
    """The name of another channel manager, for the sentence that sends the claim to a second person."""
    query = select(Person.name).where(
        Person.role == "channel_manager", Person.state == "active", Person.id != (viewer.person_id or 0)
    )
    return session.scalar(query.order_by(Person.name).limit(1))


def check_safe(claim: Claim) -> None:
    """Refuse to approve unread what has become worth reading since the list was shown."""
    if claim.state in DECIDABLE and claim.risk >= SAFE_BELOW:
        raise ClaimChanged(f"Claim {claim.number} has a new finding, so it was left for you to read.")


def check_version(claim: Claim, version: int) -> None:
    """Refuse a decision on a claim that is not the one that was shown, naming who was faster."""
    if claim.version == version:
        return
    if claim.decided_by_id is not None and claim.decided_at is not None:
        name = session.scalar(select(Person.name).where(Person.id == claim.decided_by_id))
        at = f"{clock.local(claim.decided_at):%H:%M}"
        raise ClaimChanged(f"{name} decided claim {claim.number} at {at}: it is {WORDS[ClaimState(claim.state)]}.")
    raise ClaimChanged(f"Claim {claim.number} was changed since you opened it. Look at it again before you decide.")


def _check_points(claim: Claim, shown_points: int | None) -> None:
    expected = preview_claim(claim, claim.lines).points
    if shown_points is not None and expected != shown_points:
        raise ClaimChanged(
            f"Claim {claim.number} earns {expected:,} stars now, not the {shown_points:,} you were shown. "
            "Look at it again."
        )


def _check_decisions(claim: Claim, decisions: Mapping[int, LineDecision]) -> None:
    if not claim.lines or set(decisions) != {line.id for line in claim.lines}:
        raise InvalidInput("Decide every line of the claim, and only those.")
    for decision in decisions.values():
        if not decision.approve and decision.reason_code not in REASONS:
            raise InvalidInput("Choose a reason for every line you reject.", field="reason")
        if not decision.approve and decision.reason_code == "other" and not (decision.note or "").strip():
            raise InvalidInput("Write the reason in the note.", field="note")
        if len(decision.note or "") > MAX_NOTE:
            raise InvalidInput(f"The note is longer than {MAX_NOTE:,} characters.", field="note")


def _write_decisions(claim: Claim, decisions: Mapping[int, LineDecision]) -> None:
    for line in claim.lines:
        decision = decisions[line.id]
        line.state = LineState.APPROVED if decision.approve else LineState.REJECTED
        line.reason_code = None if decision.approve else decision.reason_code
        line.decision_note = (decision.note or "").strip() or None


def _award(claim: Claim, *, by: Viewer) -> int:
    approved = [line for line in claim.lines if line.state == LineState.APPROVED]
    for line in claim.lines:
        line.awarded = 0
    if not approved:
        return 0
    outlook, reach = preview_claim(claim, approved), Reach(by, [claim.id])
    reach.check(claim, outlook.sums)
    for line, ahead in zip(approved, outlook.lines, strict=True):
        line.awarded, line.expected_reason = ahead.points, ahead.reason
    posted = post_lines(claim, approved, by=by)
    reach.check(claim, posted.sums)
    return posted.points


def _close(claim: Claim, state: ClaimState, *, by: Viewer) -> None:
    claim.state, claim.decided_at, claim.decided_by_id = state, clock.now(), by.person_id
    claim.version += 1
    add_step(claim, Step(state), by=by, note=_sentence(claim) or None)
    session.flush()


def _after(claim: Claim) -> dict[str, object]:
    lines = {str(line.position): [line.state, line.reason_code, line.awarded] for line in claim.lines}
    return {"state": claim.state, "points": claim.awarded_points, "lines": lines}


def _sentence(claim: Claim) -> str:
    """Why lines were rejected, each reason once, with the reviewer's notes."""
    parts: list[str] = []
    for line in claim.lines:
        if line.state == LineState.REJECTED:
            parts += [REASONS[line.reason_code or "other"], line.decision_note or ""]
    told = [part for part in dict.fromkeys(parts) if part]
    return " ".join(told if len(told) == 1 else [part for part in told if part != REASONS["other"]])


def _announce(claim: Claim, *, by: Viewer) -> None:
    who = (claim.id, claim.number, claim.partner_id, claim.seller_id, by.person_id or 0)
    points = claim.awarded_points or 0
    if claim.state == ClaimState.APPROVED:
        emit(ClaimApproved(*who, points))
    elif claim.state == ClaimState.PARTIALLY_APPROVED:
        emit(ClaimPartiallyApproved(*who, points, sum(line.state == LineState.REJECTED for line in claim.lines)))
    else:
        emit(ClaimRejected(*who, _sentence(claim)))


def take_claim(claim: Claim, *, by: Viewer) -> Claim:
    """Tell the others that this claim is being looked at."""
    check_decider(claim, by)
    check_move(claim.state, ClaimState.IN_REVIEW)
    claim.state = ClaimState.IN_REVIEW
    add_step(claim, Step.TAKEN, by=by)
    audit_claim("claim.taken", claim, by=by)
    return claim


def request_information(
    claim: Claim, *, question: str, by: Viewer, version: int, answer_days: int = ANSWER_WITHIN_DAYS
) -> Claim:
    """Ask the seller; the claim keeps its place in the queue, and lapses unless answered within `answer_days`."""
    check_decider(claim, by)
    check_version(claim, version)
    check_move(claim.state, ClaimState.INFO_REQUESTED)
    text = question.strip()
    if not text:
        raise InvalidInput("Write the question the seller is to answer.", field="question")
    if len(text) > MAX_NOTE:
        raise InvalidInput(f"The question is longer than {MAX_NOTE:,} characters.", field="question")
    claim.state = ClaimState.INFO_REQUESTED
    claim.version += 1
    last_day = await_answer(claim, answer_days)
    add_step(claim, Step.ASKED, by=by, note=text)
    audit_claim("claim.information_requested", claim, by=by, reason=text, after={"answer_by": last_day})
    who = (claim.id, claim.number, claim.seller_id, claim.entered_by_id, by.person_id or 0)
    emit(InformationRequested(*who, text, say_day(last_day)))
    return claim


def reverse_claim(claim: Claim, *, reason: str, by: Viewer, version: int) -> Claim:
    """Take an approved claim back: its journal lines are reversed and the difference is posted."""
    check_decider(claim, by)
    check_version(claim, version)
    check_move(claim.state, ClaimState.REVERSED)
    text = reason.strip()
    if not text:
        raise InvalidInput("Write why the claim is taken back; the seller reads it.", field="reason")
    before = {"state": claim.state, "points": claim.awarded_points}
    approved = [line for line in claim.lines if line.state == LineState.APPROVED]
    posted = take_back_lines(claim, approved, reason=text, by=by)
    Reach(by, [claim.id]).check(claim, posted.sums)
    for line in approved:
        line.state = LineState.REVERSED
    claim.state = ClaimState.REVERSED
    claim.version += 1
    add_step(claim, Step.REVERSED, by=by, note=text)
    audit_claim("claim.reversed", claim, by=by, before=before, after={"posted": posted.points}, reason=text)
    emit(
        ClaimReversed(claim.id, claim.number, claim.partner_id, claim.seller_id, by.person_id or 0, posted.points, text)
    )
    return claim
