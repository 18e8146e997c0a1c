"""Who is on which side of a pilot, and what both sides sold before and during the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from sqlalchemy import func, select

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session
from portal.core.errors import NotFound
from portal.engine.credit import matches
from portal.engine.frames import check
from portal.engine.money import measured_sales
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version
from portal.engine.pilots import Pilot, company_of, is_chosen
from portal.engine.pipeline import needs_names, rate_all
from portal.engine.plan import Caps, Component, Credit, Effective, Eligibility, Plan, Qualify, Stack
from portal.partners.organizations.frames import read_partner_values
from portal.partners.organizations.models import Partner
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import plan_of
from portal.programs.pilots.rules import Company, Comparison, compare
from portal.programs.pilots.sides import read_timelines, version_of
from portal.programs.runs.facts import read_facts
from portal.programs.runs.models import EarnedGroup

PILOT, CONTROL = "pilot", "control"


@dataclass(frozen=True)
class Side:
    """One partner the pilot is open to: the company whose code decides, and the side it is on."""

    partner_id: int
    code: str
    name: str
    company_id: int
    company: str
    tier: str
    territory: str
    side: str


@dataclass(frozen=True)
class Draw:
    """A program's pilot as it was drawn: `until` is the first day after it, where one is known."""

    program: Program
    version: Version
    pilot: Pilot
    since: dt.date
    until: dt.date | None
    sides: Sequence[Side]

    def of(self, side: str) -> list[Side]:
        """The partners of one side."""
        return [one for one in self.sides if one.side == side]

    @property
    def begun(self) -> bool:
        """Whether its first day has come."""
        return self.since <= clock.today()


def get_draw(program: Program) -> Draw:
    """The newest pilot of a program with the partners it is open to; NotFound where it has none."""
    versions = sorted(program.versions, key=lambda version: version.number)
    piloted = [one for one in versions if plan_of(one).pilot is not None]
    if not piloted:
        raise NotFound
    last = piloted[-1]
    shaped = version_of(versions, last)
    plan = shaped.plan
    if plan.pilot is None:
        raise NotFound
    after = next((one.effective_from for one in versions if one.number > last.number), None)
    ends = [day for day in (after, last.effective_until) if day is not None]
    sides = _sides(shaped, plan.pilot)
    return Draw(program, shaped, plan.pilot, versions[0].effective_from, min(ends, default=None), sides)


def _sides(version: Version, pilot: Pilot) -> list[Side]:
    """The partners that fit by their values of the first day, with their sides, by name."""
    day = version.split_on
    held: dict[int, dict[str, str]] = {}
    for row in read_partner_values().iter_rows(named=True):
        if row["valid_from"] <= day or row["partner_id"] not in held:
            held[row["partner_id"]] = row
    fit = {number: row for number, row in held.items() if matches(version.plan.eligibility, row)}
    timelines = read_timelines(fit)
    query = select(Partner.id, Partner.code, Partner.name).order_by(Partner.name, Partner.code)
    names = {number: (code, name) for number, code, name in session.execute(query)}
    found = []
    for number, (code, name) in names.items():
        if number in fit:
            company = company_of(number, day, timelines)
            side = PILOT if is_chosen(pilot, names[company][0]) else CONTROL
            values = fit[number]
            found.append(
                Side(number, code, name, company, names[company][0], values["tier"], values["territory"], side)
            )
    return found


@dataclass(frozen=True)
class Result:
    """The comparison with the days it looks at; `unit` is the currency sales are measured in.

    `no_cost` is true where the cost of some goods is not known, so that no margin can be told.
    """

    comparison: Comparison | None
    unit: str
    first: dt.date
    since: dt.date
    until: dt.date
    earned: int
    no_cost: bool = False
    companies: Mapping[str, int] | None = None


def read_result(draw: Draw) -> Result:
    """What both sides sold of what counts: as many days before the first one as the program has run."""
    until = min(draw.until or dt.date.max, clock.today() + dt.timedelta(days=1))
    days = max((until - draw.since).days, 0)
    first = draw.since - dt.timedelta(days=days)
    sold, unit, no_cost = _sold(draw, first, until)
    groups: dict[str, dict[int, Company]] = {PILOT: {}, CONTROL: {}}
    for side in draw.sides:
        was = groups[side.side].get(side.company_id, Company(0, 0))
        now = sold.get(side.partner_id, Company(0, 0))
        added = Company(was.before + now.before, was.during + now.during, was.margin + now.margin)
        groups[side.side][side.company_id] = added
    found = compare(list(groups[PILOT].values()), list(groups[CONTROL].values())) if days else None
    counts = {side: len(companies) for side, companies in groups.items()}
    return Result(found, unit, first, draw.since, until, _earned(draw), no_cost, counts)


def _earned(draw: Draw) -> int:
    """What the program has earned its participants while it was a pilot, in its own unit."""
    query = select(func.coalesce(func.sum(EarnedGroup.earned), 0)).where(EarnedGroup.program_id == draw.program.id)
    if draw.until is not None:
        query = query.where(EarnedGroup.period_start < draw.until)
    return int(session.scalar(query) or 0)


def _sold(draw: Draw, first: dt.date, until: dt.date) -> tuple[dict[int, Company], str, bool]:
    """What each partner sold, the currency it is measured in, and whether some cost is missing."""
    plan = probe_of(draw.version.plan, first, until)
    shaped = EngineProgram(plan.code, [Version(1, plan)])
    ids = [side.partner_id for side in draw.sides]
    if first >= until or not ids or not plan.components:
        return {}, draw.version.plan.measuring_currency or "", False
    facts = check(read_facts(since=first, until=until, names=needs_names([shaped]), partner_ids=ids).facts)
    unit = draw.version.plan.measuring_currency or _usual(facts.sales)
    rated = rate_all([shaped], facts, None, None)
    if rated is None:
        return {}, unit, False
    counted = rated[0].weights["line_id"].unique().implode()
    sales, _ = measured_sales(facts, [("revenue", unit), ("margin", unit)])
    sales = sales.filter(pl.col("line_id").is_in(counted))
    revenue, margin, late = (
        pl.col(f"revenue_{unit}"),
        pl.col(f"margin_{unit}"),
        pl.col("origin_day") >= day_number(draw.since),
    )
    sums = sales.group_by("partner_id").agg(
        revenue.filter(~late).sum().alias("before"), revenue.filter(late).sum().alias("during"),
        margin.filter(late).sum().alias("margin"),
    )  # fmt: skip
    no_cost = not sales.filter(late & pl.col(f"gap_margin_{unit}").is_not_null()).is_empty()
    return {number: Company(*figures) for number, *figures in sums.iter_rows()}, unit, no_cost


def _usual(sales: pl.DataFrame) -> str:
    """The currency most lines were sold in."""
    counted = sales.group_by("currency").len().sort("len", "currency", descending=[True, False])
    return str(counted["currency"][0]) if counted.height else "USD"


def probe_of(plan: Plan, first: dt.date, until: dt.date) -> Plan:
    """A plan that counts the lines the other one would, whoever sold them: both groups are measured alike."""
    components = tuple(
        Component(
            code=one.code, method="percent", percent=Decimal(1), qualify=plan.qualify_of(one), items=one.items,
            amounts=one.amounts,
        )
        for one in plan.components if one.activity is None
    )  # fmt: skip
    return plan.model_copy(
        update={
            "pilot": None, "eligibility": Eligibility(), "enrollment": "automatic", "participant": "partner",
            "terms": None, "period": "campaign", "multipliers": (), "credit": Credit(), "budget": None,
            "minimum_payout": None, "stack": Stack(), "qualify": Qualify(), "components": components,
            "caps": Caps(per_line=Decimal(10**9)), "effective": Effective(**{"from": first, "until": until}),
        }
    )  # fmt: skip
