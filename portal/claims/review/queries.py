"""The queue of claims to decide, always within the viewer's scope, oldest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from portal.claims.models import Claim, ClaimFinding, ClaimState, Severity
from portal.claims.queries import visible_claims
from portal.claims.reach import Reach
from portal.claims.rules import DECIDABLE, SAFE_BELOW, WAITING, normalize_key
from portal.core import clock
from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.partners.territories.models import Territory
from portal.security.viewer import Viewer

PARTS = ("safe", "look", "taken", "above", "asked", "own")
AGES = {"1": 1, "3": 3, "7": 7}


@dataclass(frozen=True)
class QueueFilter:
    """What the queue is narrowed to; empty means everything that waits."""

    show: str = ""
    q: str = ""
    territory: str = ""
    program: str = ""
    age: str = ""


@dataclass(frozen=True)
class Flags:
    """What the checks found on one claim: how many warnings, and whether one of them names a twin."""

    warnings: int = 0
    twin: bool = False


def own(viewer: Viewer) -> ColumnElement[bool]:
    """Claims the viewer filed or is paid by, which somebody else decides."""
    return or_(Claim.entered_by_id == viewer.person_id, Claim.seller_id == viewer.person_id)


def safe(viewer: Viewer) -> ColumnElement[bool]:
    """Claims that may be approved together, unread: what is above the viewer's limit is left out."""
    return and_(Claim.state == ClaimState.SUBMITTED, Claim.risk < SAFE_BELOW, ~own(viewer), _within_limit(viewer))


def _within_limit(viewer: Viewer) -> ColumnElement[bool]:
    most = Reach(viewer, ()).most_points
    return true() if most is None else Claim.expected_points <= most


def risky(viewer: Viewer) -> ColumnElement[bool]:
    """Claims that deserve a look."""
    return and_(Claim.state.in_(DECIDABLE), Claim.risk >= SAFE_BELOW, ~own(viewer))


def taken(viewer: Viewer) -> ColumnElement[bool]:
    """Claims somebody is looking at that show nothing to worry about."""
    return and_(Claim.state == ClaimState.IN_REVIEW, Claim.risk < SAFE_BELOW, ~own(viewer))


def above(viewer: Viewer) -> ColumnElement[bool]:
    """Claims with nothing against them whose stars are above the viewer's limit."""
    return and_(Claim.state == ClaimState.SUBMITTED, Claim.risk < SAFE_BELOW, ~own(viewer), ~_within_limit(viewer))


def waiting_claims(viewer: Viewer) -> Select[Claim]:
    """Everything in the queue of this viewer, without order."""
    return visible_claims(viewer).where(Claim.state.in_(WAITING))


def list_queue(viewer: Viewer, wanted: QueueFilter) -> Select[Any]:
    """Rows (claim, partner's name, seller's name), oldest first by when they were first filed."""
    seller = aliased(Person)
    query = waiting_claims(viewer).add_columns(Partner.name, seller.name)
    query = query.join(Partner, Partner.id == Claim.partner_id).join(seller, seller.id == Claim.seller_id)
    for condition in _conditions(viewer, wanted, seller):
        query = query.where(condition)
    return query.order_by(Claim.submitted_at, Claim.id)


def _conditions(viewer: Viewer, wanted: QueueFilter, seller: Any) -> Iterable[ColumnElement[bool]]:
    shows = {
        "safe": safe(viewer),
        "look": risky(viewer),
        "taken": taken(viewer),
        "above": above(viewer),
        "asked": Claim.state == ClaimState.INFO_REQUESTED,
        "own": own(viewer),
    }
    if wanted.show in shows:
        yield shows[wanted.show]
    if wanted.territory:
        named = select(Territory.id).where(Territory.name == wanted.territory)
        yield Partner.territory_id.in_(named)
    if wanted.program:
        yield Claim.programs.contains(wanted.program, autoescape=True)
    if wanted.age in AGES:
        yield Claim.submitted_at <= clock.now() - dt.timedelta(days=AGES[wanted.age])
    if wanted.q:
        key = normalize_key(wanted.q)
        texts = [column.icontains(wanted.q, autoescape=True) for column in (Claim.number, Partner.name, seller.name)]
        yield or_(*texts, *([Claim.invoice_key.contains(key, autoescape=True)] if key else []))


def count_queue(viewer: Viewer) -> dict[str, tuple[int, int]]:
    """(claims, stars) of the whole queue, and of its parts, which add up to the whole."""
    part = case(
        (own(viewer), "own"),
        (Claim.state == ClaimState.INFO_REQUESTED, "asked"),
        (Claim.risk >= SAFE_BELOW, "look"),
        (safe(viewer), "safe"),
        (Claim.state == ClaimState.IN_REVIEW, "taken"),
        else_="above",
    )
    base = waiting_claims(viewer).with_only_columns(part, func.count(), func.sum(Claim.expected_points))
    rows = {name: (int(number), int(stars or 0)) for name, number, stars in session.execute(base.group_by(part))}
    total = (sum(number for number, _ in rows.values()), sum(stars for _, stars in rows.values()))
    return {name: rows.get(name, (0, 0)) for name in PARTS} | {"": total}


def count_decidable(viewer: Viewer) -> int:
    """How many claims the viewer can decide; the own ones, those above the limit and open questions are not counted."""
    if not viewer.can("claim:approve"):
        return 0
    counts = count_queue(viewer)
    return sum(counts[part][0] for part in ("safe", "look", "taken"))


def flags_of(claim_ids: Iterable[int]) -> dict[int, Flags]:
    """What the checks found on each of these claims."""
    ids = list(claim_ids)
    if not ids:
        return {}
    query = (
        select(ClaimFinding.claim_id, func.count(), func.count(ClaimFinding.twin_claim_id))
        .where(ClaimFinding.claim_id.in_(ids), ClaimFinding.severity == Severity.WARNING)
        .where(ClaimFinding.rule != "refused_twin")
        .group_by(ClaimFinding.claim_id)
    )
    return {claim_id: Flags(int(warnings), twins > 0) for claim_id, warnings, twins in session.execute(query)}


def warnings_of(claim_ids: Iterable[int]) -> dict[int, list[ClaimFinding]]:
    """The warnings of each of these claims, heaviest first."""
    ids = list(claim_ids)
    if not ids:
        return {}
    found: dict[int, list[ClaimFinding]] = {}
    query = select(ClaimFinding).where(ClaimFinding.claim_id.in_(ids), ClaimFinding.severity == Severity.WARNING)
    for finding in session.scalars(query.order_by(ClaimFinding.weight.desc(), ClaimFinding.id)):
        found.setdefault(finding.claim_id, []).append(finding)
    return found


def find_next(viewer: Viewer, wanted: QueueFilter, after: Claim) -> int | None:
    """The claim that opens after a decision: the next one in the queue, else its first."""
    query = (
        list_queue(viewer, wanted).with_only_columns(Claim.id).where(Claim.state.in_(DECIDABLE), Claim.id != after.id)
    )
    later = or_(
        Claim.submitted_at > after.submitted_at, and_(Claim.submitted_at == after.submitted_at, Claim.id > after.id)
    )
    return session.scalar(query.where(later).limit(1)) or session.scalar(query.limit(1))


def list_territories(viewer: Viewer) -> list[str]:
    """Names of the territories that have waiting claims."""
    partners = waiting_claims(viewer).with_only_columns(Claim.partner_id)
    query = select(Territory.name).join(Partner, Partner.territory_id == Territory.id).where(Partner.id.in_(partners))
    return list(session.scalars(query.distinct().order_by(Territory.name)))


def list_programs(viewer: Viewer) -> list[str]:
    """Programs that waiting claims would earn in."""
    query = waiting_claims(viewer).with_only_columns(Claim.programs).where(Claim.programs != "").distinct()
    return sorted({name for names in session.scalars(query) for name in names.split(", ")})


def record_of(seller_id: int) -> dict[str, int]:
    """What became of a seller's claims so far, by state."""
    query = select(Claim.state, func.count()).where(Claim.seller_id == seller_id, Claim.submitted_at.is_not(None))
    return {state: int(number) for state, number in session.execute(query.group_by(Claim.state))}


def list_by_age(viewer: Viewer) -> list[tuple[str, int]]:
    """How many claims wait for how long: today, one to two days, three to six, a week and more."""
    moments = list(session.scalars(waiting_claims(viewer).with_only_columns(Claim.submitted_at)))
    now = clock.now()
    days = [(now - moment).days for moment in moments if moment is not None]
    steps = (("Today", 0, 1), ("1 to 2 days", 1, 3), ("3 to 6 days", 3, 7), ("A week and more", 7, 10**6))
    return [(label, sum(low <= day < high for day in days)) for label, low, high in steps]
