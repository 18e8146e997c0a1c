"""What has happened to claims."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ClaimSubmitted(Fact):
    """A claim was filed and waits for a decision."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    entered_by_id: int
    points: int
    risk: int


@dataclass(frozen=True)
class ClaimFilingRefused(Fact):
    """Somebody tried to file an invoice that is already claimed; `claim_id` is the first claim."""

    claim_id: int
    number: str
    attempt_id: int
    written_as: str
    by_person_id: int


@dataclass(frozen=True)
class ClaimApproved(Fact):
    """Every line was approved; `points` were posted to the seller at once."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    approver_id: int
    points: int


@dataclass(frozen=True)
class ClaimPartiallyApproved(Fact):
    """Some lines were approved and some rejected."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    approver_id: int
    points: int
    rejected_lines: int


@dataclass(frozen=True)
class ClaimRejected(Fact):
    """No line was approved."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    decided_by_id: int
    sentence: str


@dataclass(frozen=True)
class InformationRequested(Fact):
    """A reviewer asked the seller a question."""

    claim_id: int
    number: str
    seller_id: int
    entered_by_id: int
    asked_by_id: int
    question: str
    answer_by: str


@dataclass(frozen=True)
class InformationAnswered(Fact):
    """The seller answered; the claim kept its place in the queue."""

    claim_id: int
    number: str
    seller_id: int
    asked_by_id: int | None
    answer: str


@dataclass(frozen=True)
class AnswerReminded(Fact):
    """A question still waits for its answer; `days_left` until the claim lapses."""

    claim_id: int
    number: str
    seller_id: int
    question: str
    answer_by: str
    days_left: int


@dataclass(frozen=True)
class ClaimLapsed(Fact):
    """A question stayed without an answer too long; until `reopen_until` the seller may open the claim again."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    question: str
    reopen_until: str


@dataclass(frozen=True)
class ClaimReopened(Fact):
    """The seller opened a lapsed claim again, to answer its question after all."""

    claim_id: int
    number: str
    seller_id: int
    asked_by_id: int | None
    answer_by: str


@dataclass(frozen=True)
class ClaimWithdrawn(Fact):
    """The partner took the claim back before it was decided."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    by_person_id: int


@dataclass(frozen=True)
class ClaimReversed(Fact):
    """An approved claim was taken back; `points` is the negative difference posted to the seller."""

    claim_id: int
    number: str
    partner_id: int
    seller_id: int
    reversed_by_id: int
    points: int
    reason: str
