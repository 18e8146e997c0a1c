"""Campaigns of sellers: what counts in them, since when, until when, what one unit pays."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.core.clock import FIRST_DAY
from portal.core.db import session
from portal.core.money import POINTS
from portal.engine.compile import product_miss
from portal.engine.plan import Plan, plan_from_document
from portal.gamification.counted import counted_lines, credited_seller, lines_touching
from portal.programs.definitions.models import Program, ProgramState, ProgramVersion
from portal.sales.journal.models import SaleLine
from portal.sales.products.models import Product


@dataclass(frozen=True)
class Campaign:
    """A program for sellers with a beginning and an end; `noun` names what is sold, `each` the points of one unit."""

    code: str
    name: str
    since: dt.date
    until: dt.date
    flow: str
    product_ids: frozenset[int]
    noun: str
    each: int | None

    @property
    def last_day(self) -> dt.date:
        """The last day that counts."""
        return self.until - dt.timedelta(days=1)

    def days_left(self, today: dt.date) -> int:
        """How many days it still runs, today included."""
        return max(0, (self.until - today).days)

    def is_running(self, today: dt.date) -> bool:
        """Whether a sale of today counts."""
        return self.since <= today < self.until

    def counted(self, number: int) -> str:
        """1 helmet, 22 helmets."""
        return f"{number:,} {singular(self.noun) if number == 1 else self.noun}"


def singular(noun: str) -> str:
    """One of them: helmets, helmet."""
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def list_campaigns() -> list[Campaign]:
    """Every published campaign of sellers by its newest version, the one that ends last first; two statements."""
    query = (
        select(Program, ProgramVersion.document)
        .join(ProgramVersion, ProgramVersion.program_id == Program.id)
        .where(Program.participant == "seller", Program.state != ProgramState.DRAFT)
        .order_by(Program.code, ProgramVersion.number)
    )
    newest = {program: document for program, document in session.execute(query)}
    plans = {program: plan_from_document(json.loads(document)) for program, document in newest.items()}
    dated = {program: plan for program, plan in plans.items() if plan.period == "campaign" and plan.effective.until}
    if not dated:
        return []
    columns = select(Product.id, Product.sku, Product.category, Product.tags)
    products = [(number, sku, category, tags) for number, sku, category, tags in session.execute(columns)]
    found = [_campaign(program, plan, products) for program, plan in dated.items()]
    return sorted(found, key=lambda campaign: (-campaign.until.toordinal(), campaign.code))


def find_running(campaigns: Collection[Campaign], today: dt.date) -> Campaign | None:
    """The campaign that runs today and ends first."""
    running = [campaign for campaign in campaigns if campaign.is_running(today)]
    return min(running, key=lambda campaign: (campaign.until, campaign.code), default=None)


def units_sold(person_id: int, campaign: Campaign) -> int:
    """What a person has sold in a campaign, returns taken off; one statement."""
    lines = (
        counted_lines()
        .where(
            lines_touching([person_id]), SaleLine.flow == campaign.flow, SaleLine.origin_on >= campaign.since,
            SaleLine.origin_on < campaign.until, SaleLine.product_id.in_(sorted(campaign.product_ids)),
        )
        .add_columns(credited_seller().label("seller"), SaleLine.quantity)
        .subquery()
    )  # fmt: skip
    return int(session.scalar(select(func.sum(lines.c.quantity)).where(lines.c.seller == person_id)) or 0)


def _campaign(program: Program, plan: Plan, products: list[tuple[int, str, str, str]]) -> Campaign:
    wanted = [plan.qualify_of(component) for component in plan.components]
    chosen = {
        number: category
        for number, sku, category, tags in products
        if any(not product_miss(qualify, sku, category, tags) for qualify in wanted)
    }
    return Campaign(
        code=program.code, name=program.name, since=plan.starts, until=plan.effective.until or FIRST_DAY,
        flow=wanted[0].flow or "sell_out", product_ids=frozenset(chosen), noun=_noun(set(chosen.values())),
        each=_each(plan),
    )  # fmt: skip


def _noun(categories: set[str]) -> str:
    words = {category.rpartition(" / ")[2].lower() for category in categories}
    word = words.pop() if len(words) == 1 else ""
    return word if word.endswith("s") and " and " not in word else "units"


def _each(plan: Plan) -> int | None:
    """The points of one unit, when there is one rate for all."""
    rates = {component.amount for component in plan.components if component.method == "per_unit"}
    rate = rates.pop() if len(rates) == 1 and len(plan.components) == 1 and plan.unit == POINTS else None
    return int(rate) if rate is not None and rate == int(rate) else None
