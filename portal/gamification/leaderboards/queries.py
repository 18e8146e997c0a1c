"""Boards: one aggregate over the journal, and the names of the rows that are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from portal.core.db import session
from portal.gamification.campaigns import Campaign
from portal.gamification.counted import counted_lines, counting_partner, credited_seller
from portal.gamification.leaderboards.models import BoardConsent
from portal.gamification.leaderboards.rules import Ranked, Score, alias, ranked, short_name
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import sees_all_partners
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import visible_people
from portal.partners.territories.models import Territory
from portal.sales.journal.models import Flow, SaleLine
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Board:
    """What is compared: units of a campaign, or revenue of a quarter in one currency."""

    code: str
    name: str
    noun: str
    since: dt.date
    until: dt.date
    flow: str = Flow.SELL_OUT
    product_ids: frozenset[int] | None = None
    currency: str | None = None

    @property
    def last_day(self) -> dt.date:
        """The last day that counts."""
        return self.until - dt.timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One row as it is shown: the name only where the viewer may read it."""

    rank: int
    score: int
    name: str
    hint: str
    you: bool


def campaign_board(campaign: Campaign) -> Board:
    """The board of a campaign: units sold."""
    return Board(
        campaign.code, campaign.name, campaign.noun, campaign.since, campaign.until, campaign.flow,
        campaign.product_ids,
    )  # fmt: skip


def quarter_board(today: dt.date, currency: str) -> Board:
    """The board of the running quarter: sell-out revenue in one currency, so that nothing is converted."""
    month = (today.month - 1) // 3 * 3 + 1
    since = dt.date(today.year, month, 1)
    until = dt.date(today.year + month // 10, (month + 2) % 12 + 1, 1)
    return Board("quarter", f"Sales of quarter {(month + 2) // 3}", "", since, until, currency=currency)


def read_board(board: Board, *, territory_id: int | None = None, partner_id: int | None = None) -> list[Ranked]:
    """Everybody's rank, best first, of one territory, one shop or all; one statement, one for mergers.

    A line lies where the shop it counts for lies today, and counts in the period of its origin, so that returns are
    taken off there.
    """
    score = SaleLine.quantity if board.currency is None else SaleLine.amount
    query = counted_lines().add_columns(credited_seller().label("seller"), score.label("score"))
    # nothing is returned before it is sold, so the day of sale narrows the lines by its index
    query = query.where(
        SaleLine.flow == board.flow, SaleLine.sold_on >= board.since, SaleLine.origin_on >= board.since,
        SaleLine.origin_on < board.until,
    )  # fmt: skip
    if board.product_ids is not None:
        query = query.where(SaleLine.product_id.in_(sorted(board.product_ids)))
    if board.currency is not None:
        query = query.where(SaleLine.currency == board.currency)
    if partner_id is not None:
        query = query.where(counting_partner() == partner_id)
    if territory_id is not None:
        query = query.where(counting_partner().in_(select(Partner.id).where(Partner.territory_id == territory_id)))
    lines = query.subquery()
    total = func.sum(lines.c.score)
    summed = (
        select(lines.c.seller, total)
        .join(Person, Person.id == lines.c.seller)
        .where(Person.state != PersonState.ENDED)
        .group_by(lines.c.seller)
    )
    return ranked(Score(person, int(number or 0)) for person, number in session.execute(summed))


def rows_of(viewer: Viewer, some: Sequence[Ranked]) -> list[Row]:
    """Rows with names: of the own shop, of consenting others, for the vendor of people in scope; else an alias."""
    people = {row[0]: row for row in session.execute(_named([row.person_id for row in some]))}
    in_scope = _in_scope(viewer, people.keys())
    shown = []
    for row in some:
        _, name, partner_id, partner, territory, consents = people[row.person_id]
        named = bool(consents) or row.person_id in in_scope or (
            viewer.partner_id is not None and partner_id == viewer.partner_id
        )  # fmt: skip
        shown.append(
            Row(
                row.rank, row.score, short_name(name) if named else alias(territory or ""),
                (partner or "") if named else "", row.person_id == viewer.person_id,
            )
        )  # fmt: skip
    return shown


def _named(person_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(Person.id, Person.name, Person.partner_id, Partner.name, Territory.name, BoardConsent.show_name)
        .outerjoin(Partner, Partner.id == Person.partner_id)
        .outerjoin(Territory, Territory.id == Partner.territory_id)
        .outerjoin(BoardConsent, BoardConsent.person_id == Person.id)
        .where(Person.id.in_(person_ids))
    )
    return query


def _in_scope(viewer: Viewer, person_ids: Collection[int]) -> set[int]:
    """Which of these people the vendor's viewer may know by name."""
    if not viewer.is_vendor:
        return set()
    if sees_all_partners(viewer):
        return set(person_ids)
    query = visible_people(viewer).with_only_columns(Person.id).where(Person.id.in_(person_ids))
    return set(session.scalars(query))


def shows_name(person_id: int | None) -> bool:
    """Whether the person lets other shops see the name."""
    query = select(BoardConsent.show_name).where(BoardConsent.person_id == person_id)
    return bool(session.scalar(query))


@dataclass(frozen=True)
class Home:
    """Where a viewer's shop lies and what it sells in."""

    territory_id: int | None = None
    territory: str = ""
    currency: str = "USD"


def home_of(viewer: Viewer) -> Home:
    """The territory and the currency of the viewer's shop; the vendor's people have none of their own."""
    if viewer.partner_id is None:
        return Home()
    query = select(Territory.id, Territory.name, Partner.currency).select_from(Partner)
    query = query.outerjoin(Territory, Territory.id == Partner.territory_id).where(Partner.id == viewer.partner_id)
    territory_id, name, currency = session.execute(query).one()
    return Home(territory_id, name or "", currency)
