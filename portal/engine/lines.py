"""The judgment of single lines: does it count for a component, and if not, why, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from portal.engine.admission import joining_miss, with_grace
from portal.engine.certificates import certificate_miss, customer_miss
from portal.engine.compile import factor_for, product_miss, rate_of, tier_rate
from portal.engine.credit import first_miss
from portal.engine.errors import CalculationError
from portal.engine.floors import Floor
from portal.engine.frames import Facts
from portal.engine.free_goods import gifts_of
from portal.engine.measure import DISTINCT
from portal.engine.mergers import BOTH, NOW, PAST
from portal.engine.money import Exchange, Gaps
from portal.engine.periods import Window, spoken_day
from portal.engine.pilots import MISS, control_of
from portal.engine.plan import ACTIVITY, MONEY, Component, Plan, Qualify
from portal.engine.plan_values import plain_decimal

FLOW_WORDS = {
    "sell_in": "sell-in",
    "sell_through": "sell-through",
    "sell_out": "sell-out",
    "activity": "activities",
}
NOT_HERE = "not in this program: "


@dataclass(frozen=True)
class Term:
    """An amount in minor units of its own currency (a quantity has none) and its rate to the measuring currency's."""

    amount: int
    currency: str
    rate: Fraction


@dataclass(frozen=True)
class LineFact:
    """One line in a trace: whether it counts, why not, what it measures, its weight in the earning and its share.

    `made` and `weighs` are the amounts that measure and weight are the sums of; nothing where those are no such sums.
    """

    line_id: int
    source: str
    external_id: str
    sold_day: int
    sku: str
    quantity: int
    counted: bool
    reason: str
    measure: int
    weight: int
    factor: Fraction
    share: int | None = 0
    made: tuple[Term, ...] = ()
    weighs: tuple[Term, ...] = ()


def in_tie_order(sales: pl.DataFrame) -> list[dict[str, Any]]:
    """The lines by (sold_day, source, external_id) in byte order; line_id where there is no external_id."""
    rows = sales.to_dicts()
    for row in rows:
        row["external_id"] = row.get("external_id") or str(row["line_id"])
    return sorted(rows, key=lambda row: (row["sold_day"], row["source"].encode(), row["external_id"].encode()))


@dataclass(frozen=True)
class Judged:
    """The lines of a period and of its baseline, the counted rows, and the day the earliest line before counts on."""

    now: list[LineFact]
    past: list[LineFact]
    rows: list[dict[str, Any]]
    first_day: int | None


@dataclass(frozen=True)
class _Standing:
    """The lines that stand for an invoice or customer, and what each line carries of free goods."""

    firsts: dict[str, set[int]]
    gifts: dict[int, int]


class Judge:
    """Judges the lines of one participant and window against components."""

    def __init__(
        self, facts: Facts, plan: Plan, window: Window, participant_id: int, gaps: Gaps,
        history: Sequence[dict[str, Any]] = (),
    ) -> None:  # fmt: skip
        self.history = history  # the lines of all participants, where the first purchase of a customer decides
        self.plan, self.window, self.participant_id, self._gaps = plan, window, participant_id, gaps
        self._known = facts
        partners = facts.sales["partner_id"].unique().to_list()
        self._control = control_of(window.version, facts, partners)
        wanted = facts.partner_values.filter(pl.col("partner_id").is_in([*partners, participant_id]))
        wanted = with_grace(wanted, [plan])
        self._values: dict[int, list[dict[str, Any]]] = {}
        for row in wanted.sort("valid_from", maintain_order=True).iter_rows(named=True):
            self._values.setdefault(row["partner_id"], []).append(row)
        products = facts.products
        if not history:
            products = products.filter(pl.col("product_id").is_in(facts.sales["product_id"].unique().implode()))
        self._floor = None
        if any(plan.floor_of(component) is not None for component in plan.components):
            self._floor = Floor(facts, [*history, *facts.sales.iter_rows(named=True)])
        self._products = {row["product_id"]: row for row in products.iter_rows(named=True)}

    def judged(self, component: Component, rows: Iterable[dict[str, Any]]) -> Judged:
        """The lines of the period, counted or not, and the counted lines of the baseline."""
        now: list[tuple[dict[str, Any], str]] = []
        past: list[tuple[dict[str, Any], str]] = []
        early: list[int] = []
        before, until = self.window.year_before()
        for row in rows:
            day = self._day(row)
            side = row.get("side", BOTH)
            if side != PAST and self.window.period_start <= day < self.window.period_end:
                now.append((row, self._miss(component, row, day)))
            if side == NOW or component.method != "growth" or day >= until:
                continue
            if not self._miss_past(component, row):
                early.append(day)
                past += [(row, "")] if before <= day else []
        counted = [row for row, miss in now if not miss]
        if not counted:
            past = []  # without a line that counts there is nothing to compare
        first = min(early, default=None)
        return Judged(self._facts(component, now), self._past_facts(component, past), counted, first)

    def _day(self, row: dict[str, Any]) -> int:
        return int(row["sold_day"] if self.plan.returns == "return_period" else row["origin_day"])

    def _miss_past(self, component: Component, row: dict[str, Any]) -> str:
        return self._unqualified(component, row) or self._not_theirs(row)

    def _miss(self, component: Component, row: dict[str, Any], day: int) -> str:
        if not self.window.start <= day < self.window.end:
            return f"outside the program's dates: sold on {spoken_day(day)}"
        return self._unqualified(component, row) or self._not_theirs(row) or self._ineligible(component, row)

    def _unqualified(self, component: Component, row: dict[str, Any]) -> str:
        qualify = self.plan.qualify_of(component)
        product = self._products[row["product_id"]]
        if "activity" in (qualify.flow, row["flow"]):
            miss = _other_stream(qualify, row) or _other_activity(component, product["sku"])
        else:
            miss = product_miss(qualify, product["sku"], product["category"], product.get("tags"))
            miss = miss or _other_stream(qualify, row)
        if not miss and rate_of(component, self.plan, product["sku"], product["category"]) is None:
            miss = f"product {product['sku']} is not part of the bundle"
            miss = miss if component.items is not None else f"no amount for product {product['sku']}"
        if miss:
            return NOT_HERE + miss
        return self._too_cheap(component, row)

    def _too_cheap(self, component: Component, row: dict[str, Any]) -> str:
        percent = self.plan.floor_of(component)
        if percent is None or self._floor is None or not self._floor.is_under(row, percent):
            return ""
        return f"sold under {plain_decimal(percent)} % of the list price"

    def _not_theirs(self, row: dict[str, Any]) -> str:
        if self.plan.participant != "parent" or self._at(row)["parent_id"] == self.participant_id:
            return ""
        return f"belonged to another parent on {spoken_day(row['origin_day'])}"

    def _ineligible(self, component: Component, row: dict[str, Any]) -> str:
        values = self._at(row)
        name = first_miss(self.plan.eligibility, values)
        if not name and row["partner_id"] in self._control:
            return MISS
        outside = joining_miss(self.plan, values)
        if outside:
            return f"{outside} on {spoken_day(row['origin_day'])}"
        lacking = "" if name else certificate_miss(self.plan, self._known, row)
        lacking = lacking or ("" if name else customer_miss(self.plan, self._known, row))
        if lacking:
            return f"not eligible: {lacking} on {spoken_day(row['origin_day'])}"
        if not name and tier_rate(component, self.plan, values) is None:
            return f"no amount for tier {values['tier']} on {spoken_day(row['origin_day'])}"
        if not name:
            return ""
        held = f"{name} {values[name]}" if values[name] is not None else f"no {name}"
        return f"not eligible: {held} on {spoken_day(row['origin_day'])}"

    def _at(self, row: dict[str, Any], partner_id: int | None = None) -> dict[str, Any]:
        """The partner's values on a line's day; the first ones hold from the beginning."""
        known = self._values[row["partner_id"] if partner_id is None else partner_id]
        return next((values for values in reversed(known) if values["valid_from"] <= row["origin_day"]), known[0])

    def _facts(self, component: Component, judged: Sequence[tuple[dict[str, Any], str]]) -> list[LineFact]:
        rows = [row for row, miss in judged if not miss]
        stands = _Standing(self._first_lines(component, rows), {})
        if component.method == "free_goods":
            stands = _Standing({}, gifts_of(rows, component, self.plan, self._known))
        return [self._fact(component, row, miss, stands) for row, miss in judged]

    def _past_facts(self, component: Component, judged: Sequence[tuple[dict[str, Any], str]]) -> list[LineFact]:
        """The lines of the baseline; in a constant currency at the rates of a year later."""
        found = self._facts(component, judged)
        if component.method != "growth" or component.growth_base.currency != "constant":
            return found
        values = [self._money("revenue_then", row) for row, _ in judged]
        return [replace(fact, measure=value) for fact, value in zip(found, values, strict=True)]

    def _fact(self, component: Component, row: dict[str, Any], miss: str, stands: _Standing) -> LineFact:
        sku = self._products[row["product_id"]]["sku"]
        names = (row["line_id"], row["source"], row["external_id"], row["sold_day"], sku, row["quantity"])
        if miss:
            return LineFact(*names, counted=False, reason=miss, measure=0, weight=0, factor=Fraction(1))
        weight = stands.gifts.get(row["line_id"])
        if weight is None:
            weight = self._value(component.earning_measure, row, stands.firsts) * self._rate(component, row)
        payee = self.participant_id if self.plan.participant == "parent" else None
        factor = factor_for(self.plan, self._at(row, payee)) if self.plan.multipliers else Fraction(1)
        measure, made = self._value(component.measured, row, stands.firsts), self._made(component.measured, row)
        weighs = self._made(component.earning_measure, row) if _weighs_plainly(component) else ()
        return LineFact(
            *names, counted=True, reason="", measure=measure, weight=weight, factor=factor, made=made, weighs=weighs
        )

    def _rate(self, component: Component, row: dict[str, Any]) -> int:
        """What one unit weighs: its own amount where a table by product or tier says so, else 1."""
        if component.amounts is not None:
            product = self._products[row["product_id"]]
            return rate_of(component, self.plan, product["sku"], product["category"]) or 0
        if component.amounts_by_tier is not None:
            return tier_rate(component, self.plan, self._at(row)) or 0
        return 1

    def _value(self, measure: str, row: dict[str, Any], firsts: dict[str, set[int]]) -> int:
        if measure in MONEY:
            return self._money(measure, row)
        if measure == "units" or measure.startswith(ACTIVITY):
            return int(row["quantity"])
        return int(row["line_id"] in firsts[measure])

    def _money(self, measure: str, row: dict[str, Any]) -> int:
        column = f"{measure}_{self.plan.measuring_currency}"
        if row[f"gap_{column}"] is not None:
            raise CalculationError(self._gaps.sentences[row[f"gap_{column}"]])
        return int(row[column])

    def _made(self, measure: str, row: dict[str, Any]) -> tuple[Term, ...]:
        """What a measure of a line is the sum of; nothing for invoices and customers."""
        if measure in DISTINCT:
            return ()
        if measure not in MONEY:
            return (Term(int(row["quantity"]), "", Fraction(1)),)
        if measure == "list_value":
            return (self._term(row["_list_price"], row["_list_price_currency"], row),)
        sold = self._term(row["amount"], row["currency"], row)
        return (sold,) if measure == "revenue" else (sold, self._term(-row["_cost"], row["_cost_currency"], row))

    def _term(self, amount: int, currency: str, row: dict[str, Any]) -> Term:
        base = str(self.plan.measuring_currency)
        rate = Fraction(1) if currency == base else self._exchange.find_minor_rate(currency, base, row["origin_day"])
        return Term(int(amount), currency, rate or Fraction(0))

    @cached_property
    def _exchange(self) -> Exchange:
        return Exchange(self._known.rates)

    def _first_lines(self, component: Component, rows: Sequence[dict[str, Any]]) -> dict[str, set[int]]:
        """For each distinct count, the lines that stand for an invoice or customer: the first of each live one."""
        found: dict[str, set[int]] = {}
        for measure in {component.measured, component.earning_measure} & set(DISTINCT):
            net: dict[str, int] = {}
            first: dict[str, int] = {}
            for row in rows:
                key = row[DISTINCT[measure]]
                if key:
                    net[key] = net.get(key, 0) + row["quantity"]
                    first.setdefault(key, row["line_id"])
            live = {key for key, quantity in net.items() if quantity > 0}
            if measure == "new_customers":
                live &= self._won(component, rows)
            found[measure] = {first[key] for key in live}
        return found

    def _won(self, component: Component, rows: Sequence[dict[str, Any]]) -> set[str]:
        """The end customers whose first counted purchase from a partner is among these lines."""
        net: dict[tuple[int, str, int], int] = {}
        for row in self.history:
            if row["end_customer"] and self._ever_counts(component, row):
                key = (row["partner_id"], row["end_customer"], self._day(row))
                net[key] = net.get(key, 0) + row["quantity"]
        first: dict[tuple[int, str], int] = {}
        for partner, customer, day in sorted(key for key, quantity in net.items() if quantity > 0):
            first.setdefault((partner, customer), day)
        mine: dict[tuple[int, str], int] = {}
        for row in rows:
            pair = (row["partner_id"], row["end_customer"])
            if first.get(pair) == self._day(row):
                mine[pair] = mine.get(pair, 0) + row["quantity"]
        return {customer for (_, customer), quantity in mine.items() if quantity > 0}

    def _ever_counts(self, component: Component, row: dict[str, Any]) -> bool:
        """Whether a line of any time counts for anybody."""
        payee = {"partner": row["partner_id"], "seller": row["seller_id"]}
        paid = payee.get(self.plan.participant, self._at(row)["parent_id"]) is not None
        return paid and not self._unqualified(component, row) and not self._ineligible(component, row)


def _weighs_plainly(component: Component) -> bool:
    """Whether a line weighs what it measures, or what is earned on; not by a table, nor by what is given."""
    return not component.rates_by_product and component.method != "free_goods"


def _other_stream(qualify: Qualify, row: dict[str, Any]) -> str:
    if row["flow"] != qualify.flow:
        what = "an activity" if row["flow"] == "activity" else f"a {FLOW_WORDS[row['flow']]} line"
        return f"{what}, and the program counts {FLOW_WORDS[str(qualify.flow)]}"
    if qualify.sources and row["source"] not in qualify.sources:
        return f"source {row['source']}"
    return ""


def _other_activity(component: Component, sku: str) -> str:
    return "" if sku == component.measured else f"activity {sku.removeprefix(ACTIVITY)}"
