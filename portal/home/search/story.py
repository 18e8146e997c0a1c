"""The story of one invoice for those who prove things: filed, refused twin, approved, posted, badge, redeemed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import and_, func, or_, select

from portal.audit.models import AuditEntry
from portal.claims.models import Claim
from portal.claims.queries import visible_claims
from portal.claims.rules import normalize_key
from portal.core.db import session
from portal.core.money import POINTS, show_minor
from portal.gamification.badges.models import Badge, BadgeAward
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerPosting
from portal.partners.people.models import Person
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.runs.models import EarnedGroup, ProgramRun
from portal.rewards.redemption.models import RewardOrder, RewardOrderStep
from portal.security.viewer import Viewer

MOST = 40


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, what, who did it, and the proof (a hash, a version, a number)."""

    at: dt.datetime
    text: str
    by: str
    proof: str
    href: str | None = None


def find_claim(viewer: Viewer, text: str) -> Claim | None:
    """The filed claim whose invoice or number this is exactly, when the viewer may read the log."""
    key = normalize_key(text)
    if not key or not viewer.can("audit:read"):
        return None
    named = or_(Claim.invoice_key == key, Claim.number == text.upper())
    query = visible_claims(viewer).where(named, Claim.submitted_at.is_not(None)).order_by(Claim.id).limit(2)
    found = session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def story_of(claim: Claim) -> list[Moment]:
    """Everything that came of a claim, oldest first."""
    moments = [*_acts(claim), *_postings(claim)]
    if claim.decided_at is not None:
        moments += [*_badges(claim), *_orders(claim, claim.decided_at)]
    return sorted(moments, key=lambda moment: moment.at)[:MOST]


def _acts(claim: Claim) -> list[Moment]:
    """What the audit log says about the claim and about attempts to file its invoice again."""
    named = AuditEntry.label.contains(claim.invoice_no or claim.number, autoescape=True)
    twin = and_(AuditEntry.act == "claim.filing_refused", named)
    about = and_(AuditEntry.kind == "claim", AuditEntry.object_id == str(claim.id))
    query = select(AuditEntry).where(or_(about, twin)).order_by(AuditEntry.id).limit(MOST)
    return [
        Moment(
            entry.at,
            f"Claim {entry.label}: {entry.act.partition('.')[2].replace('_', ' ')}",
            entry.actor.partition(" <")[0],
            f"entry {entry.id}, hash {entry.hash[:12]}",
            url_for("audit.show_entry", entry_id=entry.id),
        )
        for entry in session.scalars(query)
    ]


def _postings(claim: Claim) -> list[Moment]:
    """What the runs after decisions on this claim posted, with the version of the plan and who is behind it."""
    same_group = and_(
        EarnedGroup.program_id == Program.id,
        EarnedGroup.participant_kind == "person",
        EarnedGroup.participant_id == claim.seller_id,
        EarnedGroup.period_start == LedgerEntry.period_start,
    )
    owned = (
        select(func.coalesce(func.sum(LedgerPosting.amount), 0))
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerPosting.entry_id == LedgerEntry.id, LedgerAccount.kind.in_(PARTICIPANT_KINDS))
        .scalar_subquery()
    )
    query = (
        select(LedgerEntry, Program.name, ProgramVersion.number, Person.name, owned, Program.unit)
        .join(ProgramRun, ProgramRun.id == LedgerEntry.run_id)
        .join(Program, Program.code == LedgerEntry.program_code)
        .join(EarnedGroup, same_group)
        .join(ProgramVersion, and_(ProgramVersion.program_id == Program.id,
                                   ProgramVersion.number == EarnedGroup.version_number))
        .join(Person, Person.id == ProgramVersion.approved_by_id)
        .where(ProgramRun.reason.startswith(f"Claim {claim.number} ", autoescape=True))
        .order_by(LedgerEntry.id)
    )  # fmt: skip
    return [
        Moment(
            entry.recorded_at,
            f"Posted {show_minor(int(amount), unit)} {'stars' if unit == POINTS else unit}: {entry.reason}",
            "The portal",
            f"{program}, version {version}, approved by {approver}; entry {entry.id}",
            url_for("ledger.show_entry", entry_id=entry.id),
        )
        for entry, program, version, approver, amount, unit in session.execute(query.limit(MOST))
    ]


def _badges(claim: Claim) -> list[Moment]:
    """The badges the seller got from the day of the decision on."""
    query = (
        select(BadgeAward, Badge.name, Person.name)
        .join(Badge, Badge.id == BadgeAward.badge_id)
        .join(Person, Person.id == BadgeAward.person_id)
        .where(BadgeAward.person_id == claim.seller_id, BadgeAward.awarded_at >= claim.decided_at)
    )
    return [
        Moment(award.awarded_at, f"Badge {name} given to {person}", "The portal", f"at {award.count}")
        for award, name, person in session.execute(query.limit(MOST))
    ]


def _orders(claim: Claim, since: dt.datetime) -> list[Moment]:
    """What the seller ordered since, step by step."""
    query = (
        select(RewardOrderStep, RewardOrder, Person.name)
        .join(RewardOrder, RewardOrder.id == RewardOrderStep.order_id)
        .outerjoin(Person, Person.id == RewardOrderStep.by_person_id)
        .where(RewardOrder.person_id == claim.seller_id, RewardOrder.placed_at >= since)
    )
    return [
        Moment(
            step.at,
            f"Order {order.number} {step.step}",
            person or "The portal",
            f"{show_minor(order.points, 'points')} stars",
            url_for("rewards.redemption.show_order", number=order.number),
        )
        for step, order, person in session.execute(query.order_by(RewardOrderStep.id).limit(MOST))
    ]
