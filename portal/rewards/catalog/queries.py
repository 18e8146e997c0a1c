"""Reading the catalog, always within what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import POINTS
from portal.ledger.queries import available
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.partners.tiers.rules import TIERS, rank_of
from portal.rewards.catalog.models import Reward, RewardPrice, RewardState
from portal.rewards.catalog.rules import PRICE_STEPS, Offer, is_open_to
from portal.security.viewer import Viewer


def visible_rewards(viewer: Viewer) -> Select[Reward]:
    """Everything for the vendor's people, what is still offered for everybody else."""
    query = select(Reward)
    return query if viewer.is_vendor else query.where(Reward.state == RewardState.ACTIVE)


def get_reward(viewer: Viewer, code: str) -> Reward:
    """A visible reward by its code."""
    found = session.scalar(visible_rewards(viewer).where(Reward.code == code))
    if found is None:
        raise NotFound
    return found


def lock_reward(reward_id: int) -> Reward:
    """The reward, fresh and locked until the transaction ends; always the first lock that is taken."""
    query = select(Reward).where(Reward.id == reward_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


@dataclass(frozen=True)
class Purse:
    """What a person can spend and how far the company has come; nothing of both for the vendor's people."""

    available: int = 0
    tier: str = ""

    def offer(self, reward: Reward) -> Offer:
        """How a reward stands for this purse."""
        return Offer(
            reward.points, self.available, is_open_to(reward.min_tier, self.tier), reward.stock == 0, reward.min_tier,
            reward.stock,
        )  # fmt: skip


def purse_of(viewer: Viewer) -> Purse:
    """The viewer's points and the tier of the viewer's company."""
    if viewer.partner_id is None or viewer.owner_id is None:
        return Purse()
    tier = session.scalar(select(Partner.tier).where(Partner.id == viewer.partner_id)) or ""
    return Purse(available(viewer.owner_id, POINTS), tier)


@dataclass(frozen=True)
class RewardFilter:
    """What the catalog is narrowed to; empty means everything."""

    q: str = ""
    type: str = ""
    price: str = ""
    afford: str = ""
    state: str = ""


SORTABLE: dict[str, Any] = {"points": Reward.points, "name": Reward.name, "newest": Reward.id}


def search_rewards(
    viewer: Viewer, wanted: RewardFilter, purse: Purse, *, sort: str = "points", descending: bool = False
) -> Select[Reward]:
    """Visible rewards, filtered and sorted; the code settles ties."""
    query = visible_rewards(viewer)
    for clause in _clauses(wanted, purse):
        query = query.where(clause)
    column = SORTABLE.get(sort, Reward.points)
    return query.order_by(column.desc() if descending else column.asc(), Reward.code)


def _clauses(wanted: RewardFilter, purse: Purse) -> Iterable[ColumnElement[bool]]:
    if wanted.q:
        yield or_(
            Reward.name.icontains(wanted.q, autoescape=True), Reward.description.icontains(wanted.q, autoescape=True)
        )
    if wanted.type:
        yield Reward.type == wanted.type
    if wanted.price in PRICE_STEPS:
        yield Reward.points.between(*PRICE_STEPS[wanted.price])
    if wanted.state:
        yield Reward.state == wanted.state
    if wanted.afford:
        yield Reward.points <= purse.available
        yield or_(Reward.stock.is_(None), Reward.stock > 0)
        yield open_to_tier(purse.tier)


def open_to_tier(tier: str) -> ColumnElement[bool]:
    """The condition that a reward is open to a company of that tier."""
    reached = [name for name in TIERS if rank_of(name) <= rank_of(tier)]
    return or_(Reward.min_tier.is_(None), Reward.min_tier.in_(reached))


def find_closest(viewer: Viewer, purse: Purse) -> Reward | None:
    """The cheapest reward that is open to the viewer and not affordable yet; else the dearest affordable one."""
    query = visible_rewards(viewer).where(
        Reward.state == RewardState.ACTIVE, open_to_tier(purse.tier), or_(Reward.stock.is_(None), Reward.stock > 0)
    )
    ahead = query.where(Reward.points > purse.available).order_by(Reward.points, Reward.code).limit(1)
    return session.scalar(ahead) or session.scalar(query.order_by(Reward.points.desc(), Reward.code).limit(1))


def list_prices(reward_id: int) -> Sequence[Any]:
    """Every price a reward had, newest first: rows (RewardPrice, name of who set it)."""
    query = select(RewardPrice, Person.name).outerjoin(Person, Person.id == RewardPrice.by_person_id)
    return session.execute(query.where(RewardPrice.reward_id == reward_id).order_by(RewardPrice.id.desc())).all()
