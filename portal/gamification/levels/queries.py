"""Reading the ladder, what partners have bought, and where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import minor_digits
from portal.gamification.counted import counted_lines, counting_partner
from portal.gamification.levels.models import EvaluationOutcome, TierEvaluation, TierLevel
from portal.gamification.levels.rules import Rung, Standing, standing, window
from portal.partners.mergers.queries import merged_with
from portal.partners.organizations.models import Partner, PartnerState, PartnerType
from portal.partners.organizations.queries import get_partner_by_id, visible_partners
from portal.partners.people.models import Person, PersonState
from portal.sales.journal.models import Flow, SaleLine
from portal.security.viewer import Role, Viewer


def list_levels() -> Sequence[TierLevel]:
    """The ladder, lowest rung first."""
    return session.scalars(select(TierLevel).order_by(TierLevel.threshold)).all()


def ladder_in(levels: Sequence[TierLevel], currency: str) -> list[Rung]:
    """The ladder in minor units of a currency; the lists of all currencies carry equal numbers."""
    scale = int(10 ** minor_digits(currency))
    return [Rung(level.code, level.name, level.threshold * scale, level.promise) for level in levels]


def bought_in(since: dt.date, until: dt.date, partner_ids: Collection[int] | None = None) -> dict[int, int]:
    """What partners bought from us in [since, until), in minor units of their own currency, merged shops included."""
    lines = (
        counted_lines()
        .add_columns(counting_partner().label("partner_id"), SaleLine.currency, SaleLine.amount)
        .where(
            SaleLine.flow == Flow.SELL_IN, SaleLine.sold_on >= since, SaleLine.origin_on >= since,
            SaleLine.origin_on < until,
        )
    )  # fmt: skip
    if partner_ids is not None:
        lines = lines.where(SaleLine.partner_id.in_(merged_with(partner_ids)))
    own = lines.subquery()
    query = (
        select(own.c.partner_id, func.sum(own.c.amount))
        .join(Partner, (Partner.id == own.c.partner_id) & (Partner.currency == own.c.currency))
        .group_by(own.c.partner_id)
    )
    if partner_ids is not None:
        query = query.where(own.c.partner_id.in_(partner_ids))
    return {partner: int(amount) for partner, amount in session.execute(query)}


def list_evaluated() -> Sequence[Partner]:
    """The partners whose tier follows their purchases: active, and no distributor."""
    query = select(Partner).where(Partner.state == PartnerState.ACTIVE, Partner.type != PartnerType.DISTRIBUTOR)
    return session.scalars(query.order_by(Partner.id)).all()


@dataclass(frozen=True)
class Card:
    """The tier of a partner today, what its purchases reach, and what may be coming."""

    partner: Partner
    ladder: Sequence[Rung]
    tier: Rung | None
    standing: Standing
    since: dt.date
    until: dt.date
    notice: TierEvaluation | None

    @property
    def last_day(self) -> dt.date:
        """The last day that is counted."""
        return self.until - dt.timedelta(days=1)


def card_of(viewer: Viewer, today: dt.date, partner_id: int | None = None) -> Card:
    """The card of a visible partner (the viewer's own unless named); a few statements."""
    partner = get_partner_by_id(viewer, partner_id or viewer.partner_id or 0)
    levels = list_levels()
    if not levels:
        raise NotFound("There are no tiers yet.")
    ladder = ladder_in(levels, partner.currency)
    since, until = window(today)
    amount = bought_in(since, until, [partner.id]).get(partner.id, 0)
    tier = next((rung for rung in ladder if rung.code == partner.tier), None)
    return Card(partner, ladder, tier, standing(ladder, amount), since, until, find_notice(partner.id))


def find_notice(partner_id: int) -> TierEvaluation | None:
    """The open notice of a lower tier, if there is one."""
    return session.scalar(
        select(TierEvaluation).where(
            TierEvaluation.partner_id == partner_id, TierEvaluation.outcome == EvaluationOutcome.NOTICE,
            TierEvaluation.closed_on.is_(None),
        )
    )  # fmt: skip


def open_notices() -> dict[int, TierEvaluation]:
    """All open notices by partner."""
    query = select(TierEvaluation).where(
        TierEvaluation.outcome == EvaluationOutcome.NOTICE, TierEvaluation.closed_on.is_(None)
    )
    return {notice.partner_id: notice for notice in session.scalars(query)}


def list_evaluations(partner_id: int) -> Sequence[TierEvaluation]:
    """What evaluations of a partner led to, newest first."""
    query = select(TierEvaluation).where(TierEvaluation.partner_id == partner_id)
    return session.scalars(query.order_by(TierEvaluation.id.desc())).all()


def admins_of(partner_id: int) -> list[str]:
    """The addresses of a partner's active admins."""
    query = select(Person.email).where(
        Person.partner_id == partner_id, Person.role == Role.PARTNER_ADMIN, Person.state == PersonState.ACTIVE
    )
    return list(session.scalars(query.order_by(Person.email)))


@dataclass(frozen=True)
class NearTier:
    """A partner close below the next tier."""

    partner: Partner
    standing: Standing


def list_near_tier(viewer: Viewer, today: dt.date, *, percent: int = 10, limit: int = 8) -> list[NearTier]:
    """Visible partners whose purchases are within some percent below a tier above their own, closest first."""
    levels = list_levels()
    totals = bought_in(*window(today)) if levels else {}
    near: list[NearTier] = []
    for partner in session.scalars(visible_partners(viewer).where(Partner.id.in_(sorted(totals)))):
        found = standing(ladder_in(levels, partner.currency), totals[partner.id])
        if found.next is not None and found.missing * 100 <= found.next.starts * percent:
            near.append(NearTier(partner, found))
    return sorted(near, key=lambda one: (one.standing.missing, one.partner.code))[:limit]
