"""What is still attainable: found by running the engine on hypothetical lines, never by a formula beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from portal.core.money import minor_digits
from portal.engine.compile import product_miss, rate_of, tags_of
from portal.engine.explain import explain, window_at
from portal.engine.frames import Facts, check
from portal.engine.periods import Program, Window
from portal.engine.pipeline import calculate
from portal.engine.plan import MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.tiers import PERCENT_SCALE, bands_of
from portal.engine.walk import measure_unit, rate_words

TRIES = 60


@dataclass(frozen=True)
class Offer:
    """What is supposed to be sold: a product at a unit price in minor units of the measuring currency, by a partner."""

    partner_id: int
    day: int
    product_id: int | None = None
    unit_price: int | None = None


@dataclass(frozen=True)
class NextStep:
    """One attainable step of a component.

    `more` of `measure_unit` (minor units or a count), or `units` of `product_id` when the offer names a price, sold by
    the day before `by` earns `earns` of `unit` on top of `earned`. `opens` is the start of the band it opens and
    `opens_rate` its rate in words; both None when there is no higher band: the step is the value of one more unit.
    """

    component: str
    earned: int
    unit: str
    measure: int
    measure_unit: str
    more: int
    units: int | None
    product_id: int
    earns: int
    opens: str | None
    opens_rate: str | None
    by: int


def what_if(
    programs: Sequence[Program],
    facts: Facts,
    lines: Sequence[dict[str, Any]],
    *,
    participant_id: int,
    period_start: int,
) -> int:
    """What hypothetical lines (columns of SALES without line_id) would add to a participant's period."""
    before = calculate(programs, facts)
    after = calculate(programs, with_lines(facts, lines))
    mine = (pl.col("participant_id") == participant_id) & (pl.col("period_start") == period_start)
    return int(after.filter(mine)["earned"].sum()) - int(before.filter(mine)["earned"].sum())


def with_lines(facts: Facts, lines: Sequence[dict[str, Any]]) -> Facts:
    """The facts with hypothetical lines added to the sales."""
    top = facts.sales["line_id"].max()
    first = (top if isinstance(top, int) else 0) + 1
    columns = facts.sales.schema
    rows = [
        {"line_id": first + index} | {name: line.get(name) for name in columns if name != "line_id"}
        for index, line in enumerate(lines)
    ]
    return replace(facts, sales=pl.concat([facts.sales, pl.DataFrame(rows, schema=columns)]))


def next_steps(
    program: Program, facts: Facts, *, participant_id: int, period_start: int, offer: Offer
) -> list[NextStep]:
    """The next step of each component for one participant's period; components that no sale can raise are left out.

    `facts` hold the participant's sales of the period and of the year before. Nothing is attainable outside the window.
    """
    window = window_at(program, period_start)
    if not window.start <= offer.day < window.end:
        return []
    trial = _Trial(program, check(facts), window, participant_id, offer)
    steps = (trial.step(component) for component in window.version.plan.components)
    return [step for step in steps if step is not None]


class _Trial:
    """One participant's period, on which hypothetical sales are tried."""

    def __init__(self, program: Program, facts: Facts, window: Window, participant_id: int, offer: Offer) -> None:
        self.programs, self.window, self.participant_id, self.offer = [program], window, participant_id, offer
        self.plan = window.version.plan
        self.products = {part.code: _product_for(self.plan, part, facts, offer) for part in self.plan.components}
        nothing = [self._line(part, 0, 0, 0) for part in self.plan.components if self.products[part.code] is not None]
        self.facts = with_lines(facts, nothing)
        self.rows = _rows(self.programs, self.facts, participant_id, window)
        self.earned: int = sum(int(row["earned"]) for row in self.rows.values())

    def step(self, component: Component) -> NextStep | None:
        """The next step of one component, or None when a sale would earn nothing."""
        row = self.rows.get(component.code)
        if row is None or component.method == "rank":
            return None  # a contest is won against others, not by a number
        if component.method in ("bundle", "free_goods"):
            return self._set(component, row)
        edge = _next_edge(component, self.plan, row["measure"], row["baseline"])
        gain, counted = self._gain(component)
        if gain <= 0:
            return None
        count = -(-(edge[0] - row["measure"]) // gain) if edge else self._one(component, counted)
        earns = self._earns(component, count)
        tries = TRIES if counted else 0
        while tries and earns == self._earns(component, count - 1):
            count, tries = count + 1, tries - 1
            earns = self._earns(component, count)
        if earns <= 0:
            return None
        return NextStep(
            component.code, self.earned, self.plan.unit, row["measure"], measure_unit(self.plan, component.measured),
            count * gain, count if counted else None, int(self.products[component.code] or 0), earns,
            edge[1] if edge else None, edge[2] if edge else None, self.window.end,
        )  # fmt: skip

    def _set(self, component: Component, row: dict[str, Any]) -> NextStep | None:
        """The next complete set, or the next invoice that something is given for."""
        missing = {self.products[component.code]: component.per or 1}
        if component.method == "bundle":
            missing = self._missing(component)
        lines = [
            self._line(component, quantity, 0, 0) | {"product_id": product} for product, quantity in missing.items()
        ]
        earns = self._gained(lines)
        if earns <= 0:
            return None
        units, product = sum(missing.values()), max(missing, key=lambda number: missing[number])
        return NextStep(
            component.code, self.earned, self.plan.unit, row["measure"], "units", units, units, int(product or 0),
            earns, None, None, self.window.end,
        )  # fmt: skip

    def _missing(self, component: Component) -> dict[int | None, int]:
        """What one more set needs: all of it on a new invoice, or what the period does not hold yet."""
        items = component.items or {}
        numbers = {sku: number for number, sku in self.facts.products.select("product_id", "sku").iter_rows()}
        sold = dict.fromkeys(items, 0)
        if component.within != "invoice":
            told = explain(
                self.programs[0], self.facts, participant_id=self.participant_id, period_start=self.window.period_start
            )
            for line in next(one.lines for one in told if one.component == component.code):
                if line.counted:
                    sold[line.sku] += line.quantity
        sets = max(min(sold[sku] // needed for sku, needed in items.items()), 0) + 1
        found = {numbers.get(sku): max(needed * sets - sold[sku], 0) for sku, needed in items.items()}
        return {} if None in found else {number: quantity for number, quantity in found.items() if quantity}

    def _gain(self, component: Component) -> tuple[int, bool]:
        """What one more adds to the measure, and whether whole units are meant (not bare minor units of money)."""
        if component.measured not in MONEY:
            return 1, True
        if component.measured == "list_value":
            one = _rows(
                self.programs,
                with_lines(self.facts, [self._line(component, 1, 0, 0)]),
                self.participant_id,
                self.window,
            )
            return int(one[component.code]["measure"]) - int(self.rows[component.code]["measure"]), True
        if component.measured == "revenue" and self.offer.unit_price:
            return self.offer.unit_price, True
        return 1, False

    def _one(self, component: Component, counted: bool) -> int:
        return 1 if counted else int(10 ** minor_digits(str(self.plan.measuring_currency)))

    def _earns(self, component: Component, count: int) -> int:
        gain, counted = self._gain(component)
        price = self.offer.unit_price or 0
        if component.measured in ("invoices", "customers", "new_customers"):
            lines = [self._line(component, 1, price, index) for index in range(count)]
        elif counted:
            lines = [self._line(component, count, count * price, 0)]
        else:
            lines = [self._line(component, int(component.measured == "revenue"), count * gain, 0)]
        return self._gained(lines)

    def _gained(self, lines: Sequence[dict[str, Any]]) -> int:
        """What hypothetical lines add to all components together."""
        after = _rows(self.programs, with_lines(self.facts, lines), self.participant_id, self.window)
        total = sum(int(row["earned"]) for row in after.values())
        return total - self.earned

    def _line(self, component: Component, quantity: int, amount: int, index: int) -> dict[str, Any]:
        qualify, name = self.plan.qualify_of(component), f"hypothetical {index}"
        return {
            "flow": qualify.flow,
            "partner_id": self.offer.partner_id,
            "seller_id": self.participant_id if self.plan.participant == "seller" else None,
            "product_id": self.products[component.code],
            "quantity": quantity,
            "amount": amount,
            "currency": self.plan.measuring_currency or "USD",
            "sold_day": self.offer.day,
            "origin_day": self.offer.day,
            "source": qualify.sources[0] if qualify.sources else "hypothetical",
            "invoice_no": name,
            "end_customer": name,
            "external_id": name,
        }


def _rows(programs: Sequence[Program], facts: Facts, participant_id: int, window: Window) -> dict[str, dict[str, Any]]:
    rows = calculate(programs, facts, from_day=window.start, until_day=window.start + 1)
    mine = rows.filter(pl.col("participant_id") == participant_id)
    return {row["component"]: row for row in mine.iter_rows(named=True)}


def _product_for(plan: Plan, component: Component, facts: Facts, offer: Offer) -> int | None:
    """The offered product if it qualifies, else (when none was named) the first by SKU that does."""
    qualify = plan.qualify_of(component)
    listed = _with_list_price(facts) if component.method == "free_goods" or component.measured == "list_value" else None
    columns = ("product_id", "sku", "category", tags_of(facts.products))
    for product_id, sku, category, tags in facts.products.select(columns).sort("sku").iter_rows():
        wanted = offer.product_id in (None, product_id) and (listed is None or product_id in listed)
        if (
            wanted
            and not product_miss(qualify, sku, category, tags)
            and rate_of(component, plan, sku, category) is not None
        ):
            return int(product_id)
    return None


def _with_list_price(facts: Facts) -> set[int]:
    """The products whose value is known."""
    prices = facts.product_prices
    if "list_price" not in prices.columns:
        return set()
    return set(prices.filter(pl.col("list_price").is_not_null())["product_id"])


Edge = tuple[int, str | None, str | None]


def _next_edge(component: Component, plan: Plan, measure: int, baseline: int | None) -> Edge | None:
    """The next band's start in units of the measure, as written, and its rate in words."""
    if component.method == "milestone":
        at = bands_of(component, plan)[0][0]
        again = component.repeat == "every" and measure >= 0
        edge = (measure // at + 1) * at if again else at
        return (edge, None, None) if edge > measure else None
    if not component.bands:
        return None
    for index, (start, _, _) in enumerate(bands_of(component, plan)):
        edge = start if not component.is_relative else -(-start * (baseline or 0) // PERCENT_SCALE)
        if edge > measure:
            return edge, plain_decimal(component.bands[index].from_), rate_words(component, plan, index)
    return None
