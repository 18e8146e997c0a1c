"""The judgment of single lines: does it count for a component, and if not, why, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import polars as pl

from portal.engine.compile import factor_for, product_miss, rate_of
from portal.engine.credit import first_miss
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.measure import DISTINCT
from portal.engine.mergers import BOTH, NOW, PAST
from portal.engine.money import Gaps
from portal.engine.periods import Window, day_of
from portal.engine.plan import MONEY, Component, Plan, Qualify

FLOW_WORDS = {"sell_in": "sell-in", "sell_through": "sell-through", "sell_out": "sell-out"}
NOT_HERE = "not in this program: "


@dataclass(frozen=True)
class LineFact:
    """One line in a trace: whether it counts, why not, what it measures, its weight in the earning and its share."""

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


def in_tie_order(sales: pl.DataFrame) -> list[dict[str, Any]]:
    """The lines by (sold_day, source, external_id) in byte order; line_id where there is no external_id."""
    rows = sales.to_dicts()
    for row in rows:
        row["external_id"] = row.get("external_id") or str(row["line_id"])
    return sorted(rows, key=lambda row: (row["sold_day"], row["source"].encode(), row["external_id"].encode()))


class Judge:
    """Judges the lines of one participant and window against components."""

    def __init__(self, facts: Facts, plan: Plan, window: Window, participant_id: int, gaps: Gaps) -> None:
        self.plan, self.window, self.participant_id, self._gaps = plan, window, participant_id, gaps
        partners = facts.sales["partner_id"].unique().to_list()
        wanted = facts.partner_values.filter(pl.col("partner_id").is_in([*partners, participant_id]))
        self._values: dict[int, list[dict[str, Any]]] = {}
        for row in wanted.sort("valid_from", maintain_order=True).iter_rows(named=True):
            self._values.setdefault(row["partner_id"], []).append(row)
        products = facts.products.filter(pl.col("product_id").is_in(facts.sales["product_id"].unique().implode()))
        self._products = {row["product_id"]: row for row in products.iter_rows(named=True)}

    def judged(self, component: Component, rows: Iterable[dict[str, Any]]) -> tuple[list[LineFact], list[LineFact]]:
        """The lines of the period, counted or not, and the counted lines of the baseline."""
        now, past = [], []
        before, until = self.window.year_before()
        for row in rows:
            day = self._day(row)
            side = row.get("side", BOTH)
            if side != PAST and self.window.period_start <= day < self.window.period_end:
                now.append((row, self._miss(component, row, day)))
            if side == NOW or component.method != "growth" or not before <= day < until:
                continue
            if not self._miss_past(component, row):
                past.append((row, ""))
        if all(miss for _, miss in now):
            past = []  # without a line that counts there is nothing to compare
        return self._facts(component, now), self._facts(component, past)

    def _day(self, row: dict[str, Any]) -> int:
        return int(row["sold_day"] if self.plan.returns == "return_period" else row["origin_day"])

    def _miss_past(self, component: Component, row: dict[str, Any]) -> str:
        return self._unqualified(component, row) or self._not_theirs(row)

    def _miss(self, component: Component, row: dict[str, Any], day: int) -> str:
        if not self.window.start <= day < self.window.end:
            return f"outside the program's dates: sold on {spoken_day(day)}"
        return self._unqualified(component, row) or self._not_theirs(row) or self._ineligible(row)

    def _unqualified(self, component: Component, row: dict[str, Any]) -> str:
        qualify = self.plan.qualify_of(component)
        product = self._products[row["product_id"]]
        miss = product_miss(qualify, product["sku"], product["category"]) or _other_stream(qualify, row)
        if not miss and rate_of(component, self.plan, product["sku"], product["category"]) is None:
            miss = f"no amount for product {product['sku']}"
        return NOT_HERE + miss if miss else ""

    def _not_theirs(self, row: dict[str, Any]) -> str:
        if self.plan.participant != "parent" or self._at(row)["parent_id"] == self.participant_id:
            return ""
        return f"belonged to another parent on {spoken_day(row['origin_day'])}"

    def _ineligible(self, row: dict[str, Any]) -> str:
        values = self._at(row)
        name = first_miss(self.plan.eligibility, values)
        if not name:
            return ""
        held = f"{name} {values[name]}" if values[name] is not None else f"no {name}"
        return f"not eligible: {held} on {spoken_day(row['origin_day'])}"

    def _at(self, row: dict[str, Any], partner_id: int | None = None) -> dict[str, Any]:
        """The partner's values on a line's day; the first ones hold from the beginning."""
        known = self._values[row["partner_id"] if partner_id is None else partner_id]
        return next((values for values in reversed(known) if values["valid_from"] <= row["origin_day"]), known[0])

    def _facts(self, component: Component, judged: Sequence[tuple[dict[str, Any], str]]) -> list[LineFact]:
        firsts = self._first_lines(component, [row for row, miss in judged if not miss])
        return [self._fact(component, row, miss, firsts) for row, miss in judged]

    def _fact(self, component: Component, row: dict[str, Any], miss: str, firsts: dict[str, set[int]]) -> LineFact:
        sku = self._products[row["product_id"]]["sku"]
        names = (row["line_id"], row["source"], row["external_id"], row["sold_day"], sku, row["quantity"])
        if miss:
            return LineFact(*names, counted=False, reason=miss, measure=0, weight=0, factor=Fraction(1))
        weight = self._value(component.earning_measure, row, firsts)
        if component.amounts is not None:
            category = self._products[row["product_id"]]["category"]
            weight *= rate_of(component, self.plan, sku, category) or 0
        payee = self.participant_id if self.plan.participant == "parent" else None
        factor = factor_for(self.plan, self._at(row, payee)) if self.plan.multipliers else Fraction(1)
        fact = LineFact(*names, counted=True, reason="", measure=0, weight=weight, factor=factor)
        return replace(fact, measure=self._value(component.measured, row, firsts))

    def _value(self, measure: str, row: dict[str, Any], firsts: dict[str, set[int]]) -> int:
        if measure in MONEY:
            column = f"{measure}_{self.plan.measuring_currency}"
            if row[f"gap_{column}"] is not None:
                raise CalculationError(self._gaps.sentences[row[f"gap_{column}"]])
            return int(row[column])
        return int(row["quantity"]) if measure == "units" else int(row["line_id"] in firsts[measure])

    @staticmethod
    def _first_lines(component: Component, rows: Sequence[dict[str, Any]]) -> dict[str, set[int]]:
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
            found[measure] = {first[key] for key, quantity in net.items() if quantity > 0}
        return found


def _other_stream(qualify: Qualify, row: dict[str, Any]) -> str:
    if row["flow"] != qualify.flow:
        return f"a {FLOW_WORDS[row['flow']]} line, and the program counts {FLOW_WORDS[str(qualify.flow)]}"
    if qualify.sources and row["source"] not in qualify.sources:
        return f"source {row['source']}"
    return ""


def spoken_day(number: int) -> str:
    """A day as it stands in a sentence: 3 May 2013."""
    day = day_of(number)
    return f"{day.day} {day:%B} {day.year}"
