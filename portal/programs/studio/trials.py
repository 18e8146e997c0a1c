"""Worked examples of a plan: invented sales at the edges of its bands, calculated by the engine that pays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import polars as pl

from portal.core.money import minor_digits, show_minor
from portal.engine.errors import CalculationError
from portal.engine.frames import PARTNER_VALUES, PRODUCTS, TARGET_SCALE, Facts
from portal.engine.periods import Program, Version, day_number, windows_of
from portal.engine.pipeline import calculate
from portal.engine.plan import MONEY, Component, Eligibility, Plan
from portal.engine.plan_values import plain_decimal

PRICE = 100  # major units: what one unit costs where a rule needs money beside the count
MOST_LINES = 400
Line = dict[str, Any]


@dataclass(frozen=True)
class Occasion:
    """One invented participant: what it sold, where that stands on the axis, and in words."""

    x: int
    said: str
    lines: tuple[Line, ...]
    tier: str = ""
    target: int | None = None
    shown: bool = True


@dataclass(frozen=True)
class Example:
    """What an occasion pays, in minor units or points; `x` is its place on the axis."""

    x: int
    said: str
    paid: int
    shown: bool


@dataclass(frozen=True)
class Trial:
    """The worked examples of one component; `axis` names what x counts, empty when there is no curve to draw."""

    component: Component
    axis: str
    axis_unit: str
    examples: tuple[Example, ...]
    edges: tuple[int, ...]
    unit: str
    problem: str = ""


def try_plan(plan: Plan) -> list[Trial]:
    """Examples for every component, each alone, for a participant who meets every condition of the plan."""
    return [_try_component(plan, component) for component in plan.components]


def _try_component(plan: Plan, component: Component) -> Trial:
    bench = _Bench(plan, component)
    axis, axis_unit, occasions, edges = bench.occasions()
    trial = Trial(component, axis, axis_unit, (), tuple(edges), plan.unit)
    if not occasions:
        return replace(trial, problem="This rule pays on what only the sales of a whole channel can show.")
    try:
        paid = bench.calculate(occasions)
    except CalculationError as error:
        return replace(trial, problem=str(error))
    examples = tuple(Example(one.x, one.said, amount, one.shown) for one, amount in zip(occasions, paid, strict=True))
    return replace(trial, examples=examples)


Occasions = tuple[str, str, list[Occasion], list[int]]


class _Bench:
    """One component on which sales are tried."""

    def __init__(self, plan: Plan, component: Component) -> None:
        self.plan, self.component, self.qualify = plan, component, plan.qualify_of(component)
        self.currency = plan.measuring_currency or "USD"
        self.minor = 10 ** minor_digits(self.currency)
        self.products: dict[str, tuple[int, str]] = {}
        self.number = 0

    def occasions(self) -> Occasions:
        """What is tried: the axis, its unit, the occasions and the edges on it."""
        component = self.component
        if component.amounts is not None:
            return self._by_table(component.amounts)
        if component.amounts_by_tier is not None:
            return self._by_tier(component.amounts_by_tier)
        if component.method == "bundle":
            return self._sets(component.items or {})
        if component.method == "rank":
            return self._ranks(component.prizes or {})
        if component.is_relative:
            return self._relative()
        return self._counted()

    def _counted(self) -> Occasions:
        """Sales of growing size on the measure itself, finest beside the edges."""
        component, money = self.component, self.component.measured in MONEY
        scale = self.minor if money else 1
        edges = [int(band.from_ * scale) for band in component.bands or ()]
        if component.at is not None:
            edges = [int(component.at * scale) * time for time in range(1, 4 if component.repeat == "every" else 2)]
        if component.per is not None:
            edges = [component.per * time for time in (1, 2, 3)]
        edges = [edge for edge in edges if edge > 0]
        plain = [] if edges else [scale, 10 * scale, 100 * scale] if money else [1, 2, 10]
        unit = self.currency if money else ""
        axis = {"revenue": "Revenue", "margin": "Margin", "list_value": "List value"}.get(component.measured)
        places = _places(edges) if edges else [(x, x > 0) for x in (0, *plain)]
        occasions = [Occasion(x, self._said(x), tuple(self._lines(x)), shown=shown) for x, shown in places]
        return axis or self._noun().capitalize(), unit, occasions, [0, *(edges or plain)]

    def _relative(self) -> Occasions:
        """Percents of a baseline or target of 10,000 (or the smallest baseline that counts)."""
        component, money = self.component, self.component.measured in MONEY
        scale, base = (self.minor, component.growth_base) if money else (1, component.growth_base)
        given = base.of if isinstance(base.of, Decimal) else Decimal(10_000 if money else 100)
        basis = int(max(given, base.min or Decimal(0)) * scale)
        edges = [int(band.from_ * 100) for band in component.bands or ()]
        against = "target" if component.method == "attainment" else "year before"
        occasions = []
        for x, shown in _places(edges):
            measure = basis * x // 10_000
            words = f"{plain_decimal(Decimal(x) / 100)} % of the {against}: {self._said(measure)}"
            words += f" against {self._said(basis)}"
            occasions.append(Occasion(x, words, tuple(self._lines(measure)), target=basis, shown=shown))
        return f"Percent of the {against}", "percent", occasions, edges

    def _by_table(self, amounts: dict[str, Decimal]) -> Occasions:
        named = list(amounts)[:12]
        occasions = [Occasion(1, f"One {name}", (self._line(name, 1),)) for name in named]
        return "", "", occasions, []

    def _by_tier(self, amounts: dict[str, Decimal]) -> Occasions:
        occasions = [Occasion(1, f"One unit, tier {tier}", tuple(self._lines(1)), tier=tier) for tier in amounts]
        return "", "", occasions, []

    def _sets(self, items: dict[str, int]) -> Occasions:
        said = " + ".join(f"{count} {sku}" for sku, count in items.items())
        occasions = [
            Occasion(sets, f"{sets} × ({said})", tuple(self._line(sku, count * sets) for sku, count in items.items()))
            for sets in (1, 2, 5)
        ]
        occasions = [replace(one, lines=_on_one_invoice(one.lines)) for one in occasions]
        return "", "", occasions, []

    def _ranks(self, prizes: dict[int, Decimal]) -> Occasions:
        ranks = sorted(prizes)[:9]
        last = (ranks[-1] if ranks else 0) + 1
        scale = self.minor * 100 if self.component.measured in MONEY else 1
        occasions = [
            Occasion(rank, f"Rank {rank}", tuple(self._lines((last + 1 - rank) * scale))) for rank in (*ranks, last)
        ]
        return "", "", occasions, []

    def _lines(self, measure: int) -> Iterable[Line]:
        """Sales that bring exactly this much of the measure."""
        measured, name = self.component.measured, self._name()
        if measure <= 0:
            return [self._line(name, 0, 0)]
        if measured == "list_value":
            return [self._line(name, measure, 0)]
        if measured in MONEY:
            return [self._line(name, 1, measure)]
        if measured in ("invoices", "customers", "new_customers"):
            return [self._line(name, 1) for _ in range(min(measure, MOST_LINES))]
        return [self._line(name, measure)]

    def _line(self, name: str, quantity: int, amount: int | None = None) -> Line:
        self.number += 1
        product_id, _ = self.products.setdefault(name, (len(self.products) + 1, name))
        return {
            "line_id": self.number, "flow": self.qualify.flow, "product_id": product_id, "quantity": quantity,
            "amount": quantity * PRICE * self.minor if amount is None else amount, "currency": self.currency,
            "source": self.qualify.sources[0] if self.qualify.sources else "example",
            "invoice_no": f"E-{self.number}", "end_customer": f"Customer {self.number}",
            "external_id": f"{self.number}",
        }  # fmt: skip

    def _name(self) -> str:
        """A product that counts: the first that the plan names, else one of the first category."""
        if self.qualify.skus:
            return self.qualify.skus[0]
        return self.qualify.categories[0] if self.qualify.categories else "Any product"

    def _said(self, measure: int) -> str:
        if self.component.measured in MONEY:
            return f"{show_minor(measure, self.currency)} {self.currency}"
        return f"{measure:,} {self._noun(measure)}"

    def _noun(self, count: int = 2) -> str:
        noun = (self.component.activity or self.component.measured).replace("_", " ").replace("-", " ")
        if self.component.activity is not None:
            return noun if count == 1 else f"{noun}s"
        return noun.removesuffix("s") if count == 1 else noun

    def calculate(self, occasions: Sequence[Occasion]) -> list[int]:
        """What the engine pays each occasion, each a participant of its own."""
        day = day_number(self.plan.starts)
        rows = [
            line | {"partner_id": number, "seller_id": None, "sold_day": day, "origin_day": day}
            for number, occasion in enumerate(occasions, 1)
            for line in occasion.lines
        ]
        facts = Facts(
            sales=pl.DataFrame(rows, schema_overrides={"seller_id": pl.Int64}, infer_schema_length=None),
            partner_values=_partners(occasions),
            products=pl.DataFrame([self._product(*found) for found in self.products.values()], schema=PRODUCTS),
            product_prices=self._prices(),
        )
        facts = self._with_targets(facts, occasions, day)
        program = Program(self.plan.code, [Version(1, self._alone())])
        found = calculate([program], facts, from_day=day, until_day=day + 1)
        paid = dict(found.select("participant_id", "earned").iter_rows())
        return [int(paid.get(number, 0)) for number in range(1, len(occasions) + 1)]

    def _alone(self) -> Plan:
        """The plan with this component only, without what needs other programs, partners or people."""
        flow = self.plan.qualify.model_copy(update={"flow": self.qualify.flow})
        component = self.component
        if component.method == "growth":
            base = component.growth_base
            given = base.of if isinstance(base.of, Decimal) else Decimal(10_000 if component.measured in MONEY else 100)
            live = {"freeze": "live", "currency": "dated", "partial_year": None}
            fixed = base.model_copy(update={"of": max(given, base.min or Decimal(0))} | live)
            component = component.model_copy(update={"baseline": fixed})
        plain = Plan.model_fields
        others = ("stack", "credit", "budget", "multipliers", "pilot")
        changes: dict[str, Any] = {name: plain[name].get_default() for name in others}
        changes |= {"enrollment": "automatic", "eligibility": Eligibility(), "participant": "partner", "qualify": flow}
        return self.plan.model_copy(update=changes | {"components": (component,)})

    def _product(self, product_id: int, name: str) -> dict[str, Any]:
        """A product called after a SKU, in the category that lets it count."""
        category = self.qualify.categories[0] if self.qualify.categories else "Examples"
        known = [*(self.qualify.categories or ()), *(self.component.amounts or {})]
        under = next((one for one in known if one == name), category)
        return {"product_id": product_id, "sku": name, "category": under}

    def _prices(self) -> pl.DataFrame:
        """No cost, so that the margin is the amount; a list price of one minor unit, or of one example unit."""
        price = 1 if self.component.measured == "list_value" else PRICE * self.minor
        rows = [
            {"product_id": number, "valid_from": 0, "cost": 0, "list_price": price, "currency": self.currency}
            for number, _ in self.products.values()
        ]
        return pl.DataFrame(rows)

    def _with_targets(self, facts: Facts, occasions: Sequence[Occasion], day: int) -> Facts:
        if self.component.method != "attainment":
            return facts
        scale = self.minor if self.component.measured in MONEY else 1
        start = _period_start(self._alone(), day)
        rows = [
            {"participant_kind": "partner", "participant_id": number, "measure": self.component.measured,
             "period_start": start, "target": (occasion.target or 0) * TARGET_SCALE // scale}
            for number, occasion in enumerate(occasions, 1)
        ]  # fmt: skip
        return replace(facts, targets=pl.DataFrame(rows))


def _on_one_invoice(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line | {"invoice_no": "E-1"} for line in lines)


def _period_start(plan: Plan, day: int) -> int:
    return windows_of(Program(plan.code, [Version(1, plan)]), day)[0].period_start


def _partners(occasions: Sequence[Occasion]) -> pl.DataFrame:
    rows = [
        {"partner_id": number, "valid_from": -719162, "type": "reseller", "tier": occasion.tier, "territory": "",
         "segment": "", "parent_id": None}
        for number, occasion in enumerate(occasions, 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=PARTNER_VALUES)


def _places(edges: Sequence[int]) -> list[tuple[int, bool]]:
    """Where on the axis to look: at every edge, one less, and between; the edges and their neighbors are shown."""
    known = sorted({0, *edges})
    top = known[-1] + max(known[-1] - known[-2] if len(known) > 1 else 1, known[-1] * 3 // 10, 1)
    found: dict[int, bool] = {0: False}
    for start, end in zip(known, [*known[1:], top + 1], strict=True):
        found.update({start + (end - start) * part // 4: False for part in (1, 2, 3)})
        found[max(end - 1, 0)] = end <= known[-1] and end - 1 > 0
    found.update(dict.fromkeys((edge for edge in known if edge > 0), True))
    found[top] = True
    return sorted(found.items())
