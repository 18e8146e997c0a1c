"""Reading every account at once, with its sessions, approvals and territories, in a handful of statements."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session
from portal.partners.access.models import UserSession
from portal.partners.access.rules import is_live
from portal.partners.access_review.rules import IDLE_DAYS, Account, Everybody
from portal.partners.limits.queries import say_limits_of
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person, PersonState
from portal.partners.territories.models import ManagerTerritory, Territory
from portal.security.viewer import Role

APPROVING = (
    "claim.approved", "claim.partially_approved", "claims.approved_together", "program.published",
    "adjustment.confirmed",
)  # fmt: skip


def gather_everybody() -> Everybody:
    """Every account that can log in, is invited, or still has a session though its person has left."""
    live, approvals, areas = _live_sessions(), _approvals(), _areas()
    query = select(Person, Partner.name).outerjoin(Partner, Partner.id == Person.partner_id).order_by(Person.id)
    people = session.execute(query).all()
    approves = say_limits_of([(person.id, Role(person.role)) for person, _ in people])
    accounts = tuple(
        Account(
            person.id, person.email, person.name, Role(person.role), organization or "", person.state,
            person.created_at, person.last_login_at, live.get(person.id, 0), approvals.get(person.id, 0),
            areas.get(person.id, frozenset()), approves.get(person.id, ""),
        )
        for person, organization in people
        if person.state != PersonState.ENDED or live.get(person.id)
    )  # fmt: skip
    return Everybody(accounts, clock.now(), frozenset(session.scalars(select(Territory.name))))


def _live_sessions() -> dict[int, int]:
    now, found = clock.now(), dict[int, int]()
    query = select(UserSession.person_id, UserSession.created_at, UserSession.last_seen)
    for person_id, created, seen in session.execute(query.where(UserSession.ended_at.is_(None))):
        if is_live(created, seen, None, now):
            found[person_id] = found.get(person_id, 0) + 1
    return found


def _approvals() -> dict[int, int]:
    since = clock.now() - dt.timedelta(days=IDLE_DAYS)
    query = select(AuditEntry.actor_id, func.count()).where(AuditEntry.act.in_(APPROVING), AuditEntry.at >= since)
    query = query.where(AuditEntry.result == "done", AuditEntry.actor_id.is_not(None)).group_by(AuditEntry.actor_id)
    return {actor: int(number) for actor, number in session.execute(query) if actor is not None}


def _areas() -> dict[int, frozenset[str]]:
    query = select(ManagerTerritory.person_id, Territory.name)
    found: dict[int, set[str]] = {}
    for person_id, name in session.execute(query.join(Territory, Territory.id == ManagerTerritory.territory_id)):
        found.setdefault(person_id, set()).add(name)
    return {person_id: frozenset(names) for person_id, names in found.items()}
