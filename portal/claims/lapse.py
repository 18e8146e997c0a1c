"""Questions without an answer: reminders, the lapse, and opening a lapsed claim again.

A lapse is a withdrawal that nobody made: the claim's state becomes `withdrawn`, as the state table knows it, and
`lapsed_on` tells the two apart. No state of its own is needed, because a lapsed claim pays nothing, frees its invoice
and serial numbers and leaves the queue exactly as a withdrawn one does; only its seller may still take it up again.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.claims.errors import ClaimMoved, NotYourClaim
from portal.claims.events import AnswerReminded, ClaimLapsed, ClaimReopened
from portal.claims.history import add_step, audit_claim
from portal.claims.models import Claim, ClaimState, ClaimStep, Step
from portal.claims.rules import ANSWER_WITHIN_DAYS, check_move, check_reopen, due_reminder, reopen_until
from portal.claims.validation.queries import find_own_twin
from portal.claims.validation.rules import say_day
from portal.core import clock
from portal.core.db import session
from portal.core.events import emit
from portal.security.viewer import SYSTEM, Viewer


def await_answer(claim: Claim, days: int) -> dt.date:
    """Start the time in which a question is to be answered; returns its last day."""
    last_day = clock.today() + dt.timedelta(days=days)
    claim.asked_at, claim.answer_by, claim.reminded = clock.now(), last_day, 0
    return last_day


def settle_answer(claim: Claim) -> None:
    """Nothing is waited for any more: the question was answered, or the claim was taken back."""
    claim.asked_at, claim.answer_by, claim.reminded, claim.lapsed_on = None, None, 0, None


def asked_by(claim: Claim) -> int | None:
    """Who put the newest question."""
    asked = _newest_question(claim)
    return asked.by_person_id if asked else None


def _newest_question(claim: Claim) -> ClaimStep | None:
    query = select(ClaimStep).where(ClaimStep.claim_id == claim.id, ClaimStep.step == Step.ASKED)
    return session.scalar(query.order_by(ClaimStep.id.desc()).limit(1))


def chase_answers() -> tuple[int, int]:
    """Remind of questions that wait and lapse those that waited too long; safe to run twice.

    Returns how many sellers were reminded and how many claims lapsed.
    """
    today = clock.today()
    query = select(Claim).where(Claim.state == ClaimState.INFO_REQUESTED, Claim.answer_by.is_not(None))
    reminded = lapsed = 0
    for claim in session.scalars(query.order_by(Claim.id).with_for_update(of=Claim)).all():
        if claim.answer_by is not None and claim.answer_by < today:
            lapse_claim(claim)
            lapsed += 1
        else:
            reminded += _remind(claim, today)
    return reminded, lapsed


def _remind(claim: Claim, today: dt.date) -> bool:
    if claim.asked_at is None or claim.answer_by is None:
        return False
    day = due_reminder(clock.local(claim.asked_at).date(), claim.answer_by, today, claim.reminded)
    if day is None:
        return False
    claim.reminded = day
    question, left = _question_of(claim), (claim.answer_by - today).days
    emit(AnswerReminded(claim.id, claim.number, claim.seller_id, question, say_day(claim.answer_by), left))
    return True


def _question_of(claim: Claim) -> str:
    asked = _newest_question(claim)
    return (asked.note if asked else None) or ""


def lapse_claim(claim: Claim) -> Claim:
    """Withdraw a claim whose question was not answered in time; a second lapse does not lengthen the way back."""
    check_move(claim.state, ClaimState.WITHDRAWN)
    today = clock.today()
    claim.state, claim.saved_at = ClaimState.WITHDRAWN, clock.now()
    claim.lapsed_on = claim.lapsed_on or today
    claim.version += 1
    until = reopen_until(claim.lapsed_on)
    question = _question_of(claim)
    add_step(claim, Step.LAPSED, by=None, note=f"No answer by {say_day(claim.answer_by or today)}")
    audit_claim("claim.lapsed", claim, by=SYSTEM, reason="No answer in time", after={"reopen_until": until})
    emit(ClaimLapsed(claim.id, claim.number, claim.partner_id, claim.seller_id, question, say_day(until)))
    return claim


def reopen_claim(claim: Claim, *, by: Viewer, answer_days: int = ANSWER_WITHIN_DAYS) -> Claim:
    """Take a lapsed claim up again: its question waits for an answer once more, in its old place of the queue."""
    if by.person_id not in (claim.seller_id, claim.entered_by_id):
        raise NotYourClaim("Only the seller, or the person who entered this claim, can open it again.")
    check_reopen(claim.state, claim.lapsed_on, clock.today())
    if find_own_twin(claim) is not None:
        raise ClaimMoved(
            f"Invoice {claim.invoice_no} has been claimed again meanwhile. Follow that claim instead of this one."
        )
    claim.state = ClaimState.INFO_REQUESTED
    claim.version += 1
    last_day = await_answer(claim, answer_days)
    add_step(claim, Step.REOPENED, by=by)
    audit_claim("claim.reopened", claim, by=by, after={"answer_by": last_day})
    emit(ClaimReopened(claim.id, claim.number, claim.seller_id, asked_by(claim), say_day(last_day)))
    return claim
