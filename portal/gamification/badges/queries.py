"""Reading badges, who has them, and what people have done toward them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from portal.claims.models import Claim, ClaimState
from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import POINTS
from portal.gamification.badges.models import Badge, BadgeAward
from portal.gamification.badges.rules import Deeds, Progress, Rule, Scope, Sold, parse_rule, progress_of
from portal.gamification.campaigns import Campaign, list_campaigns
from portal.gamification.counted import counted_lines, credited_seller, lines_touching
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerPosting
from portal.ledger.statements import EARNING_KINDS
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.partners.people.queries import visible_people
from portal.sales.journal.models import SaleLine
from portal.sales.products.models import Product
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class BadgeView:
    """A badge as one person sees it: earned (with its day), in progress, or not begun."""

    badge: Badge
    rule: Rule
    campaign: Campaign | None
    progress: Progress
    earned_on: dt.date | None

    @property
    def state(self) -> str:
        """earned, open or far."""
        if self.earned_on is not None:
            return "earned"
        return "open" if self.progress.count > 0 else "far"


@dataclass(frozen=True)
class BadgeRow:
    """A badge as those who make badges see it."""

    badge: Badge
    rule: Rule
    campaign: Campaign | None
    held: int

    @property
    def retired(self) -> bool:
        """Whether it is given no longer."""
        return self.rule.retired_on is not None


def list_badges() -> Sequence[Badge]:
    """All badges in their order, retired ones too."""
    return session.scalars(select(Badge).order_by(Badge.position, Badge.id)).all()


def list_given() -> list[Badge]:
    """The badges that can be earned."""
    return [badge for badge in list_badges() if parse_rule(badge.rule).retired_on is None]


def get_badge(code: str, *, lock: bool = False) -> Badge:
    """A badge by its code, locked for a change when asked to."""
    query = select(Badge).where(Badge.code == code)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def count_holders(viewer: Viewer) -> dict[int, int]:
    """How many people hold each badge, by badge id: of the vendor's people those in scope, else everybody."""
    query = select(BadgeAward.badge_id, func.count()).group_by(BadgeAward.badge_id)
    if viewer.is_vendor:
        query = query.where(BadgeAward.person_id.in_(visible_people(viewer).with_only_columns(Person.id)))
    return {badge: number for badge, number in session.execute(query)}


def search_badges(
    viewer: Viewer, *, q: str = "", state: str = "", sort: str = "", descending: bool = False
) -> list[BadgeRow]:
    """Badges with their rules and how many hold them, filtered and sorted; there are never many."""
    campaigns, held = campaigns_by_code(), count_holders(viewer)
    rows = [_row(badge, campaigns, held) for badge in list_badges()]
    words = q.casefold()
    found = [
        row
        for row in rows
        if (not words or words in f"{row.badge.name} {row.badge.sentence}".casefold())
        and (state not in ("given", "retired") or row.retired == (state == "retired"))
    ]
    if sort == "name":
        found.sort(key=lambda row: row.badge.name.casefold(), reverse=descending)
    elif sort == "held":
        found.sort(key=lambda row: row.held, reverse=descending)
    return found


def _row(badge: Badge, campaigns: Mapping[str, Campaign], held: Mapping[int, int]) -> BadgeRow:
    rule = parse_rule(badge.rule)
    return BadgeRow(badge, rule, campaigns.get(rule.program or ""), held.get(badge.id, 0))


def holders_of(viewer: Viewer, badge: Badge) -> Select[Person, str, BadgeAward]:
    """The people in scope who hold a badge: rows (person, partner's name, award), the newest award first."""
    people = visible_people(viewer).with_only_columns(Person.id)
    return (
        select(Person, Partner.name, BadgeAward)
        .join(BadgeAward, BadgeAward.person_id == Person.id)
        .outerjoin(Partner, Partner.id == Person.partner_id)
        .where(BadgeAward.badge_id == badge.id, Person.id.in_(people))
        .order_by(BadgeAward.earned_on.desc(), BadgeAward.id.desc())
    )


def families_in(campaign: Campaign | None) -> set[str]:
    """The product families that sales can come from."""
    rows = session.execute(select(Product.id, Product.category))
    return {
        category.partition(" / ")[0] for number, category in rows if campaign is None or number in campaign.product_ids
    }


def awards_of(person_ids: Collection[int]) -> dict[tuple[int, int], dt.date]:
    """The day each (person, badge) was earned."""
    query = select(BadgeAward.person_id, BadgeAward.badge_id, BadgeAward.earned_on)
    rows = session.execute(query.where(BadgeAward.person_id.in_(person_ids)))
    return {(person, badge): day for person, badge, day in rows}


def badges_of(
    person_id: int, badges: Sequence[Badge] | None = None, campaigns: Mapping[str, Campaign] | None = None
) -> list[BadgeView]:
    """Every badge (or these) as this person sees it; a fixed number of statements. Retired ones only if earned."""
    badges = list_badges() if badges is None else badges
    campaigns = campaigns_by_code() if campaigns is None else campaigns
    deeds = deeds_of([person_id]).get(person_id, Deeds())
    awards = awards_of([person_id])
    views = [view_of(badge, deeds, campaigns, awards.get((person_id, badge.id))) for badge in badges]
    return [view for view in views if view.earned_on is not None or view.rule.retired_on is None]


def view_of(badge: Badge, deeds: Deeds, campaigns: Mapping[str, Campaign], earned_on: dt.date | None) -> BadgeView:
    """One badge against one person's deeds."""
    rule = parse_rule(badge.rule)
    campaign = campaigns.get(rule.program) if rule.program else None
    return BadgeView(badge, rule, campaign, progress_of(rule, deeds, scope_of(campaign)), earned_on)


def find_closest(person_id: int) -> BadgeView | None:
    """The badge in progress that is nearest, the first of equals; None when nothing is open."""
    ahead = [view for view in badges_of(person_id) if view.earned_on is None]
    return max(ahead, key=lambda view: view.progress.share, default=None)


def campaigns_by_code() -> dict[str, Campaign]:
    """All campaigns of sellers by code."""
    return {campaign.code: campaign for campaign in list_campaigns()}


def goals_in(campaign: Campaign) -> list[int]:
    """The numbers of units at which a campaign's badges are given."""
    rules = [parse_rule(badge.rule) for badge in list_given()]
    return sorted(rule.at for rule in rules if rule.program == campaign.code and rule.count == "units")


def scope_of(campaign: Campaign | None) -> Scope | None:
    """What a campaign means to a rule."""
    return None if campaign is None else Scope(campaign.since, campaign.until, campaign.product_ids)


def deeds_of(person_ids: Collection[int]) -> dict[int, Deeds]:
    """What these people have done; three statements however many they are (give at most some hundreds at once)."""
    deeds: dict[int, Deeds] = defaultdict(Deeds)
    _read_sales(deeds, person_ids)
    claims = select(Claim.seller_id, Claim.decided_at).where(
        Claim.seller_id.in_(person_ids), Claim.state == ClaimState.APPROVED
    )
    for person, decided_at in session.execute(claims):
        if decided_at is not None:
            deeds[person].approved.append(clock.local(decided_at).date())
    _read_earnings(deeds, person_ids)
    return dict(deeds)


def _read_sales(deeds: dict[int, Deeds], person_ids: Collection[int]) -> None:
    seller = credited_seller()
    lines = (
        counted_lines()
        .where(lines_touching(person_ids))
        .add_columns(
            seller.label("seller"), SaleLine.sold_on, SaleLine.origin_on, SaleLine.product_id, SaleLine.flow,
            SaleLine.quantity,
        )
        .subquery()
    )  # fmt: skip
    keys = (lines.c.seller, lines.c.sold_on, lines.c.origin_on, lines.c.product_id, Product.category, lines.c.flow)
    query = (
        select(*keys, func.sum(lines.c.quantity))
        .join(Product, Product.id == lines.c.product_id)
        .where(lines.c.seller.in_(person_ids))
        .group_by(*keys)
    )
    for person, day, origin, product, category, flow, quantity in session.execute(query):
        deeds[person].sold.append(Sold(day, origin, product, category.partition(" / ")[0], flow, int(quantity)))


def _read_earnings(deeds: dict[int, Deeds], person_ids: Collection[int]) -> None:
    query = (
        select(Person.id, LedgerEntry.accounting_date, func.sum(LedgerPosting.amount))
        .select_from(Person)
        .join(LedgerAccount, LedgerAccount.owner_id == Person.owner_id)
        .join(LedgerPosting, LedgerPosting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .where(
            Person.id.in_(person_ids), LedgerAccount.unit == POINTS, LedgerAccount.kind.in_(PARTICIPANT_KINDS),
            LedgerEntry.kind.in_(EARNING_KINDS),
        )
        .group_by(Person.id, LedgerEntry.accounting_date)
    )  # fmt: skip
    for person, day, amount in session.execute(query):
        deeds[person].earned.append((day, int(amount)))


def sellers_in_batch(batch_id: int) -> set[int]:
    """Everybody whose count a batch may have changed."""
    query = select(credited_seller()).select_from(SaleLine).where(SaleLine.batch_id == batch_id).distinct()
    return {number for number in session.scalars(query) if number is not None}
