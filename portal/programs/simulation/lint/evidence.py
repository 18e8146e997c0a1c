"""What history says about a plan, measured by the engine: reads the database, writes nothing."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass, replace

import polars as pl
from sqlalchemy import func, or_, select

from portal.core import clock
from portal.core.db import session
from portal.core.money import POINTS
from portal.engine.compile import under
from portal.engine.credit import KEYS, matches
from portal.engine.errors import CalculationError
from portal.engine.periods import MONTHS
from portal.engine.plan import MONEY, Component, Plan
from portal.partners.organizations.models import Partner
from portal.partners.spif.models import SpifAnswer
from portal.programs.definitions.models import Program
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation import figures
from portal.programs.simulation.calculation import History, Outcome, read_history, try_plans
from portal.programs.simulation.cliffs import edges_of, usual_baseline
from portal.programs.simulation.lint.findings import (
    Answers,
    Evidence,
    Goods,
    Jump,
    Leaner,
    Loser,
    Reach,
    Rival,
    Unit,
)
from portal.programs.simulation.lint.mend import leave_out, mended
from portal.programs.simulation.lint.probes import main_currency, measured, paid_at, skus_of
from portal.programs.simulation.lint.rules_margin import clear_losses
from portal.programs.simulation.spans import Span, last_closed, same_terms
from portal.sales.journal.models import SaleLine

BACK = {"month": 3, "quarter": 3, "half": 1}  # periods before the last closed one whose bands are counted
FEW = 3
TINY = 1000  # a growth baseline below this many major units is noise
CURVES = ("tiered", "growth", "attainment", "milestone")


@dataclass(frozen=True)
class Measuring:
    """One plan with the history it is measured on: `last` is the last closed period, the history goes further back."""

    plan: Plan
    text: str
    last: Span
    history: History
    outcome: Outcome
    currency: str

    @property
    def recent(self) -> pl.DataFrame:
        """The earnings of the last closed period."""
        return self.outcome.own.filter(pl.col("period_end") > self.last.first)


def gather(text: str, today: dt.date | None = None) -> Evidence:
    """Everything the rules ask about a plan text, as known now."""
    plan, day = parse_plan(text), today or clock.today()
    last = last_closed(plan, day)
    span = Span(_back(plan, last.since), last.until)
    history = read_history([plan], span)
    outcome = try_plans([plan], history)[0]
    case = Measuring(plan, text, last, history, outcome, main_currency(plan, history.known.facts, last))
    goods = tuple(one for component in plan.components for one in _goods(case, component))
    losing = clear_losses(goods)
    eligible, published = _eligible(case), history.find(plan.code)
    units = {one.code: unit for one in plan.components if (unit := _unit(case, one, goods)) is not None}
    return Evidence(
        since=last.since, until=last.until, cost=int(case.recent["earned"].sum()),
        participants=figures.paid_count(case.recent), lines=history.known.facts.sales.height, currency=case.currency,
        foreign_costs=_foreign_costs(case), goods=goods,
        reach=tuple(one for component in plan.components for one in _reach(case, component)),
        units=units,
        jumps=tuple(one for component in plan.components for one in _jumps(case, component, units.get(component.code))),
        leaner=_leaner(case, losing) if losing else None, rivals=tuple(_rivals(case, day)),
        eligible=_names(eligible) if len(eligible) <= FEW else (), eligible_count=len(eligible),
        answers=_answers(eligible, day), own_customers=_own_customers(), noise=_noise(case), unknown=_unknown(case),
        owner=_owner(plan.code), in_force=published is not None and same_terms(published, plan, anywhen=True),
    )  # fmt: skip


def _back(plan: Plan, since: dt.date) -> dt.date:
    months = MONTHS.get(plan.period, 0) * BACK.get(plan.period, 0)
    year, month = divmod(since.year * 12 + since.month - 1 - months, 12)
    return dt.date(year, month + 1, 1) if months else since


def _goods(case: Measuring, component: Component) -> list[Goods]:
    """Revenue, margin and payout of each category of a component; nothing where a cost is missing."""
    facts = case.history.known.facts
    groups = skus_of(case.plan, component, facts.products)
    flow = str(case.plan.qualify_of(component).flow)
    try:
        seen = measured(case.plan, case.last, case.currency, groups, facts, ("revenue", "margin"), flow)
    except CalculationError:
        return []
    wide = seen.pivot("measure", index=["group", "participant"], values="value") if seen.height else seen
    if "margin" not in wide.columns or "revenue" not in wide.columns:
        return []
    earned = case.recent.filter(pl.col("component") == component.code)
    own = earned.group_by(pl.col("participant_id").alias("participant")).agg(pl.col("earned").sum())
    whole = pl.col("revenue").sum().over("participant")
    share = pl.col("earned").fill_null(0).cast(pl.Int128) * pl.col("revenue") // pl.when(whole != 0).then(whole)
    paid = share.fill_null(0).cast(pl.Int64).alias("payout")
    sums = wide.join(own, on="participant", how="left").with_columns(paid)
    found = sums.group_by("group").agg(pl.col("revenue", "margin", "payout").sum()).sort("group")
    points = case.plan.unit == POINTS
    return [
        Goods(component.code, group, int(revenue), int(margin), 0 if points else int(payout))
        for group, revenue, margin, payout in found.iter_rows()
    ]


def _foreign_costs(case: Measuring) -> bool:
    """Whether costs stand in another currency than is measured in, so that a margin hangs on rates of exchange."""
    prices = case.history.known.facts.product_prices
    return prices.filter(pl.col("cost").is_not_null() & (pl.col("currency") != case.currency)).height > 0


def _reach(case: Measuring, component: Component) -> list[Reach]:
    rows = case.outcome.own.filter(pl.col("component") == component.code)
    if component.method not in CURVES or rows.is_empty():
        return []
    stands: list[tuple[dict[str, int], int]] = [
        ({label: edge for edge, label in edges_of(component, case.plan, baseline, 0)}, measure)
        for measure, baseline in rows.select("measure", "baseline").iter_rows()
    ]
    active = sum(measure > 0 for _, measure in stands)
    first = _largest(case, rows)
    found = []
    for number, label in enumerate(dict.fromkeys(name for edges, _ in stands for name in edges)):
        there = [index for index, (edges, measure) in enumerate(stands) if measure >= edges.get(label, measure + 1) > 0]
        largest = bool(there) and all(index in first for index in there)
        found.append(Reach(component.code, label, number == 0, len(there), active, largest))
    return found


def _largest(case: Measuring, rows: pl.DataFrame) -> set[int]:
    """The rows that are the largest of their type, territory and period, among at least five."""
    values = case.history.known.facts.partner_values.sort("partner_id", "valid_from").unique("partner_id", keep="last")
    who = values.select(pl.col("partner_id").alias("participant_id"), "type", "territory")
    group = ["type", "territory", "period_start"]
    placed = rows.with_row_index("row").join(who, on="participant_id", how="left")
    sized = placed.with_columns(pl.col("measure").max().over(group).alias("most"), pl.len().over(group).alias("count"))
    return set(sized.filter((pl.col("measure") == pl.col("most")) & (pl.col("count") >= 5))["row"].to_list())


def _unit(case: Measuring, component: Component, goods: tuple[Goods, ...]) -> Unit | None:
    """The median price of a unit of a component's goods, and what of it is margin."""
    facts = case.history.known.facts
    skus = [sku for some in skus_of(case.plan, component, facts.products).values() for sku in some]
    ids = facts.products.filter(pl.col("sku").is_in(skus))["product_id"]
    sold = facts.sales.filter(
        pl.col("product_id").is_in(ids.implode()), pl.col("quantity") > 0, pl.col("amount") > 0,
        pl.col("currency") == case.currency, pl.col("flow") == case.plan.qualify_of(component).flow,
    )  # fmt: skip
    if sold.is_empty():
        return None
    price = int(statistics.median_low((sold["amount"] // sold["quantity"]).to_list()))
    mine = [one for one in goods if one.component == component.code]
    revenue = sum(one.revenue for one in mine)
    return Unit(price, sum(one.margin for one in mine) * price // revenue if revenue > 0 else None)


def _jumps(case: Measuring, component: Component, unit: Unit | None) -> list[Jump]:
    """What the component pays on both sides of each of its bands."""
    if (
        component.method not in CURVES
        or component.measured == "list_value"
        or component.measured.startswith("activity")
    ):
        return []
    baseline = usual_baseline(case.outcome, component)
    edges = edges_of(component, case.plan, baseline, 0)
    price = unit.price if unit is not None else 1
    step = price if component.measured in MONEY else 1
    points = [max(point, 0) for edge, _ in edges for point in (edge - step, edge, edge + step, edge // 2)]
    if not points or getattr(component, "curve", None) == "linear":
        return []
    paid = paid_at(case.plan, component, points, price, baseline)
    return [
        Jump(component.code, label, paid[at], paid[at + 1], paid[at + 2], 2 * paid[at + 3])
        for at, (_, label) in zip(range(0, len(paid), 4), edges, strict=True)
    ]


def _leaner(case: Measuring, categories: tuple[str, ...]) -> Leaner | None:
    """The last closed period under the plan without some categories."""
    text = mended(case.text, leave_out(categories))
    if text is None:
        return None
    history = replace(case.history, span=case.last)
    thin = try_plans([parse_plan(text)], history)[0]
    before, after = figures.totals(replace(case.outcome, own=case.recent)), figures.totals(thin)
    joined = before.select(*figures.WHO, "own").join(
        after.select(*figures.WHO, pl.col("own").alias("after")), on=figures.WHO, how="left"
    )
    worst = joined.with_columns(pl.col("after").fill_null(0)).sort(pl.col("after") - pl.col("own")).head(FEW)
    names = figures.people_of([worst])
    losers = [Loser(names[kind, number].name, own, left) for kind, number, own, left in worst.iter_rows() if left < own]
    return Leaner(categories, figures.cost_of(thin), tuple(losers))


def _rivals(case: Measuring, today: dt.date) -> list[Rival]:
    """Other programs in force that pay for lines this plan counts."""
    found = []
    for program in case.history.programs:
        other = program.versions[-1].plan
        ended = other.effective.until is not None and other.effective.until <= today
        if program.code == case.plan.code or ended:
            continue
        shared, whole = _shared(case, other)
        if shared > 0:
            stacked = other.stack.group is not None and other.stack.group == case.plan.stack.group
            found.append(Rival(program.code, other.name, shared, whole, stacked))
    return found


def _shared(case: Measuring, other: Plan) -> tuple[int, int]:
    """The revenue both plans count in the last closed period, and what this one counts."""
    facts = case.history.known.facts
    mine, theirs = _counted(case.plan, facts.products), _counted(other, facts.products)
    both = {flow: sorted(mine[flow] & theirs[flow]) for flow in mine.keys() & theirs.keys()}
    met = _met(case.plan, other)
    shared = sum(_revenue(case, met, flow, skus) for flow, skus in both.items() if skus) if met is not None else 0
    whole = sum(_revenue(case, case.plan, flow, sorted(skus)) for flow, skus in mine.items()) if shared else 0
    return shared, whole


def _revenue(case: Measuring, plan: Plan, flow: str, skus: list[str]) -> int:
    shops = plan.model_copy(update={"participant": "partner"})
    facts = case.history.known.facts
    found = measured(shops, case.last, case.currency, {"all": skus}, facts, ("revenue",), flow)
    return int(found["value"].sum())


def _counted(plan: Plan, products: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for component in plan.components:
        skus = {sku for some in skus_of(plan, component, products).values() for sku in some}
        found.setdefault(str(plan.qualify_of(component).flow), set()).update(skus)
    return found


def _met(plan: Plan, other: Plan) -> Plan | None:
    """The plan open to those only who may take part in both; None when nobody may."""
    values = {}
    for key in KEYS:
        mine, theirs = getattr(plan.eligibility, key), getattr(other.eligibility, key)
        values[key] = tuple(one for one in mine if one in theirs) if mine and theirs else mine or theirs
        if mine and theirs and not values[key]:
            return None
    return plan.model_copy(update={"eligibility": plan.eligibility.model_copy(update=values)})


def _eligible(case: Measuring) -> list[int]:
    """The partners that may take part today."""
    values = case.history.known.facts.partner_values.sort("partner_id", "valid_from").unique("partner_id", keep="last")
    names = list(dict.fromkeys(KEYS.values()))
    rows = values.sort("partner_id").select("partner_id", *(name for name in names if name in values.columns))
    return [row["partner_id"] for row in rows.to_dicts() if matches(case.plan.eligibility, row)]


def _names(partner_ids: list[int]) -> tuple[str, ...]:
    query = select(Partner.name).where(Partner.id.in_(partner_ids)).order_by(Partner.name)
    return tuple(session.scalars(query))


def _answers(eligible: list[int], today: dt.date) -> Answers:
    """What the shops that may take part answer about SPIFs today."""
    query = select(SpifAnswer.partner_id, SpifAnswer.answer).where(SpifAnswer.valid_from <= today)
    given = {
        shop: str(answer) for shop, answer in session.execute(query.order_by(SpifAnswer.valid_from, SpifAnswer.seq))
    }
    told = [given.get(shop, "") for shop in eligible]
    return Answers(*(told.count(name) for name in ("allowed", "to_company", "forbidden", "")))


def _own_customers() -> int:
    """How many sales name the selling partner itself as the end customer."""
    name = func.lower(SaleLine.end_customer)
    query = select(func.count()).select_from(SaleLine).join(Partner, Partner.id == SaleLine.partner_id)
    return session.scalar(query.where(or_(name == func.lower(Partner.name), name == func.lower(Partner.code)))) or 0


def _noise(case: Measuring) -> tuple[int, int]:
    """Growth money of the last closed period on a tiny baseline, and all of it."""
    codes = [one.code for one in case.plan.components if one.method == "growth" and one.measured in MONEY]
    if not codes:
        return 0, 0
    rows = case.recent.filter(pl.col("component").is_in(codes))
    tiny = rows.filter(pl.col("baseline") < TINY * 100)
    return int(tiny["earned"].sum()), int(rows["earned"].sum())


def _unknown(case: Measuring) -> tuple[str, ...]:
    """Categories and products the plan names that no product has; nothing while there is no catalog."""
    products = case.history.known.facts.products
    skus, categories = set(products["sku"]), [name for name in products["category"].unique() if name]
    if not skus:
        return ()
    found: dict[str, None] = {}
    for component in case.plan.components:
        if component.activity is not None:
            continue  # it counts what people did, not goods
        qualify = case.plan.qualify_of(component)
        found |= dict.fromkeys(one for one in qualify.categories or () if not any(under(c, [one]) for c in categories))
        found |= dict.fromkeys(one for one in qualify.skus or () if one not in skus)
    return tuple(found)


def _owner(code: str) -> bool:
    """Whether a program has an owner; a new one gets the person who writes it."""
    row = session.execute(select(Program.owner_person_id).where(Program.code == code)).first()
    return row is None or row[0] is not None
