"""An independent reading of the domain in plain loops and exact fractions, written apart from the engine.

It reads plan documents (not the engine's model) and rows of plain values, and rates one line after another.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from portal.engine.frames import Facts

EPOCH = date(1970, 1, 1)
MINOR = {"USD": 100, "EUR": 100, "JPY": 1, "KWD": 1000, "points": 1}
LENGTH = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Key = tuple[str, str, int, int]


def half_away(value: Fraction) -> int:
    """Round half away from zero."""
    doubled = 2 * abs(value) + 1
    magnitude = doubled.numerator // doubled.denominator // 2
    return magnitude if value >= 0 else -magnitude


def the_day(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


class Oracle:
    """Everything known, as plain rows."""

    def __init__(self, facts: Facts) -> None:
        self.lines = facts.sales.to_dicts()
        self.values = facts.partner_values.to_dicts()
        self.products = {row["product_id"]: row for row in facts.products.to_dicts()}
        self.prices = facts.product_prices.to_dicts()
        self.rates = facts.rates.to_dicts()
        self.certificates = facts.certificates.to_dicts()

    def earnings(self, document: dict[str, Any]) -> dict[Key, tuple[int, int | None, int]]:
        """(component, kind, participant, period start) -> (measure, baseline, earned)."""
        found: dict[Key, tuple[int, int | None, int]] = {}
        for participant, first in sorted(self._groups(document)):
            left = _minor(document.get("caps", {}).get("per_participant_period"), document["pay"]["in"])
            for component in document["components"]:
                one = self._one(document, component, participant, first)
                if one is None:
                    continue
                measure, baseline, earned = one
                if left is not None and earned > 0:
                    earned = min(earned, left)
                    left -= earned
                found[component["code"], document["participant"], participant, (first - EPOCH).days] = (
                    measure,
                    baseline,
                    earned,
                )
        return found

    def _groups(self, document: dict[str, Any]) -> set[tuple[int, date]]:
        groups = set()
        for line in self.lines:
            participant, day = self._payee(document, line), the_day(self._day(document, line))
            if participant is not None and _inside(document, day):
                groups.add((participant, _period(document, day)[0]))
        return groups

    def _one(
        self, document: dict[str, Any], component: dict[str, Any], participant: int, first: date
    ) -> tuple[int, int | None, int] | None:
        window = _window(document, first)
        mine = [line for line in self.lines if self._payee(document, line) == participant]
        mine = [line for line in mine if self._qualifies(document, component, line)]
        now = [line for line in mine if window[0] <= the_day(self._day(document, line)) < window[1]]
        now = [line for line in now if _meets(document["eligibility"], self._at(line["partner_id"], line))]
        now = [line for line in now if self._is_certified(document, line)]
        if not now:
            return None
        measured, earn_on = _measures(component)
        measure = self._sum(document, measured, now)
        baseline = None
        if component["method"] == "growth":
            back = _year_back(window[0]), _year_back(window[1])
            past = [line for line in mine if back[0] <= the_day(self._day(document, line)) < back[1]]
            baseline = self._baseline(document, component, measured, past)
        exact = self._rate(document, component, measure, self._sum(document, earn_on, now), baseline, now)
        return measure, baseline, half_away(self._adjusted(document, component, earn_on, exact, now))

    def _baseline(self, document: dict[str, Any], component: dict[str, Any], measured: str, past: list[Any]) -> int:
        given = component.get("baseline", {}).get("of", "prior_year")
        if given == "prior_year":
            return self._sum(document, measured, past)
        return int(Fraction(given) * _scale(document, measured))

    def _day(self, document: dict[str, Any], line: dict[str, Any]) -> int:
        return int(line["sold_day"] if document["returns"] == "return_period" else line["origin_day"])

    def _at(self, partner: int, line: dict[str, Any]) -> dict[str, Any]:
        known = sorted((row for row in self.values if row["partner_id"] == partner), key=lambda row: row["valid_from"])
        held = known[0]
        for row in known:
            if row["valid_from"] <= line["origin_day"]:
                held = row
        return held

    def _payee(self, document: dict[str, Any], line: dict[str, Any]) -> int | None:
        kind = document["participant"]
        if kind == "parent":
            parent = self._at(line["partner_id"], line)["parent_id"]
            return None if parent is None else int(parent)
        payee: int | None = line["partner_id"] if kind == "partner" else line["seller_id"]
        return payee

    def _qualifies(self, document: dict[str, Any], component: dict[str, Any], line: dict[str, Any]) -> bool:
        wanted = {**document["qualify"], **component["qualify"]}
        product = self.products[line["product_id"]]
        flow = wanted.get("flow") or ("sell_out" if document["participant"] == "seller" else "sell_in")
        if line["flow"] != flow or (wanted.get("sources") and line["source"] not in wanted["sources"]):
            return False
        if wanted.get("skus") and product["sku"] not in wanted["skus"]:
            return False
        if wanted.get("categories") and not _below(product["category"], wanted["categories"]):
            return False
        if product["sku"] in wanted.get("exclude_skus", []):
            return False
        if _below(product["category"], wanted.get("exclude_categories", [])):
            return False
        if "price_floor" in wanted and self._is_cheap(line, Fraction(wanted["price_floor"]["percent_of_list"])):
            return False
        return "amounts" not in component or self._amount(component, line) is not None

    def _is_certified(self, document: dict[str, Any], line: dict[str, Any]) -> bool:
        """Whether the seller (or the partner, where no seller is paid) held one of the certificates that day."""
        wanted = document["eligibility"].get("certificates")
        if not wanted:
            return True
        owner = (
            ("person", line["seller_id"]) if document["participant"] == "seller" else ("partner", line["partner_id"])
        )
        for one in self.certificates:
            begun = one["valid_from"] <= line["origin_day"]
            over = one["valid_until"] is not None and one["valid_until"] <= line["origin_day"]
            if (one["owner_kind"], one["owner_id"]) == owner and one["name"] in wanted and begun and not over:
                return True
        return False

    def _is_cheap(self, line: dict[str, Any], percent: Fraction) -> bool:
        """Whether a piece brought less than a percent of its list price; a return asks the piece it takes back."""
        for other in self.lines:
            same = all(other[name] == line[name] for name in ("partner_id", "seller_id"))
            if other["line_id"] == line.get("returns_line_id") and same:
                line = other
        prices = [row for row in self.prices if row["product_id"] == line["product_id"]]
        prices.sort(key=lambda row: row["valid_from"])
        held = prices[0]
        for row in prices:
            if row["valid_from"] <= line["origin_day"]:
                held = row
        if held["list_price"] is None or line["quantity"] == 0:
            return False
        paid = Fraction(line["amount"], line["quantity"]) / MINOR[line["currency"]]
        if line["currency"] != held["currency"]:
            paid *= self._newest_rate(line["currency"], held["currency"], line["origin_day"])
        return paid < Fraction(held["list_price"], MINOR[held["currency"]]) * percent / 100

    def _newest_rate(self, currency: str, base: str, day: int) -> Fraction:
        """The newest rate of a day between two currencies, either way."""
        for one, other in ((currency, base), (base, currency)):
            known = [row for row in self.rates if (row["currency"], row["base"]) == (one, other)]
            known = [row for row in known if row["valid_from"] <= day]
            if known:
                rate = Fraction(max(known, key=lambda row: row["valid_from"])["rate"], 10**10)
                return rate if one == currency else 1 / rate
        raise AssertionError(f"no rate from {currency} to {base}")

    def _amount(self, component: dict[str, Any], line: dict[str, Any]) -> Fraction | None:
        product = self.products[line["product_id"]]
        table = component["amounts"]
        names = [product["sku"]]
        parts = product["category"].split(" / ")
        names += [" / ".join(parts[:count]) for count in range(len(parts), 0, -1)]
        return next((Fraction(table[name]) for name in names if name in table), None)

    def _value(self, document: dict[str, Any], measure: str, line: dict[str, Any]) -> int:
        if measure == "units":
            return int(line["quantity"])
        base = document["pay"].get("measured_in") or document["pay"]["in"]
        revenue = self._converted(line["amount"], line["currency"], base, line["origin_day"])
        if measure == "revenue":
            return revenue
        prices = sorted(
            (row for row in self.prices if row["product_id"] == line["product_id"]), key=lambda row: row["valid_from"]
        )
        price = [row for row in prices if row["valid_from"] <= line["origin_day"]][-1:] or prices[:1]
        return revenue - self._converted(
            price[0]["cost"] * line["quantity"], price[0]["currency"], base, line["origin_day"]
        )

    def _converted(self, amount: int, currency: str, base: str, day: int) -> int:
        if currency == base:
            return amount
        newest = None
        for row in sorted(self.rates, key=lambda row: row["valid_from"]):
            if (row["currency"], row["base"]) == (currency, base) and row["valid_from"] <= day:
                newest = Fraction(row["rate"], 10**10)
        assert newest is not None
        return half_away(Fraction(amount, MINOR[currency]) * newest * MINOR[base])

    def _sum(self, document: dict[str, Any], measure: str, lines: list[dict[str, Any]]) -> int:
        if measure in ("invoices", "customers"):
            column = "invoice_no" if measure == "invoices" else "end_customer"
            net: dict[str, int] = {}
            for line in lines:
                if line[column]:
                    net[line[column]] = net.get(line[column], 0) + line["quantity"]
            return sum(1 for quantity in net.values() if quantity > 0)
        return sum(self._value(document, measure, line) for line in lines)

    def _weights_of(
        self, document: dict[str, Any], component: dict[str, Any], earn_on: str, now: list[Any]
    ) -> list[Fraction]:
        """The weight of each line; what is counted once stands on the first of its lines."""
        if earn_on not in ("invoices", "customers"):
            return [self._weight(document, component, earn_on, line) for line in now]
        column = "invoice_no" if earn_on == "invoices" else "end_customer"
        return self._on_firsts(column, {line[column] for line in now if line[column]}, now)

    @staticmethod
    def _on_firsts(column: str, names: set[str], now: list[Any]) -> list[Fraction]:
        standing = set()
        for name in names:
            own = [line for line in now if line[column] == name]
            if sum(line["quantity"] for line in own) > 0:
                first = min(own, key=lambda line: (line["sold_day"], line["source"], line["external_id"]))
                standing.add(first["line_id"])
        return [Fraction(line["line_id"] in standing) for line in now]

    def _weight(self, document: dict[str, Any], component: dict[str, Any], earn_on: str, line: Any) -> Fraction:
        value = Fraction(self._value(document, earn_on, line))
        return value * (self._amount(component, line) or 0) if "amounts" in component else value

    def _rate(
        self,
        document: dict[str, Any],
        component: dict[str, Any],
        measure: int,
        earn: int,
        baseline: int | None,
        now: Any,
    ) -> Fraction:
        """The exact earning in minor units of pay."""
        pay, method = document["pay"]["in"], component["method"]
        if method == "per_unit":
            if "amounts" in component:
                return sum((self._weight(document, component, "units", line) for line in now), Fraction(0)) * MINOR[pay]
            return Fraction(component["amount"]) * earn * MINOR[pay]
        if method == "percent":
            return _pays(document, component, component, Fraction(earn))
        if method == "growth":
            least = Fraction(component.get("baseline", {}).get("min", 0)) * _scale(document, _measures(component)[0])
            if baseline is None or baseline <= 0 or baseline < least:
                return Fraction(0)
            edges = [Fraction(band["from"]) * baseline / 100 for band in component["bands"]]
        else:
            edges = [Fraction(band["from"]) * _scale(document, _measures(component)[0]) for band in component["bands"]]
        return _banded(document, component, edges, Fraction(measure), Fraction(earn), Fraction(baseline or 0))

    def _adjusted(
        self, document: dict[str, Any], component: dict[str, Any], earn_on: str, exact: Fraction, now: list[Any]
    ) -> Fraction:
        cap = _minor(document.get("caps", {}).get("per_line"), document["pay"]["in"])
        if not document["multipliers"] and cap is None:
            return exact
        weights = self._weights_of(document, component, earn_on, now)
        factors = [self._factor(document, line) for line in now]
        if sum(weights) == 0:
            return exact * factors[0] if len(set(factors)) == 1 else exact
        total = Fraction(0)
        for weight, factor in zip(weights, factors, strict=True):
            share = exact * weight / sum(weights) * factor
            total += share if cap is None or share < cap else cap
        return total

    def _factor(self, document: dict[str, Any], line: dict[str, Any]) -> Fraction:
        held = self._at(line["partner_id"], line)
        if document["participant"] == "parent":
            held = self._at(held["parent_id"], line)
        product = Fraction(1)
        for multiplier in document["multipliers"]:
            if _meets(multiplier["when"], held):
                product *= Fraction(multiplier["by"])
        return product


def _banded(
    document: dict[str, Any],
    component: dict[str, Any],
    edges: list[Fraction],
    measure: Fraction,
    earn: Fraction,
    base: Fraction,
) -> Fraction:
    scope = component.get("scope", "whole" if component["method"] == "growth" else "marginal")
    reached = [index for index, edge in enumerate(edges) if measure >= edge]
    total = Fraction(0)
    for index in reached:
        band, last = component["bands"][index], index == reached[-1]
        upper = measure if last else edges[index + 1]
        if scope in ("marginal", "banded"):
            total += _pays(document, component, band, upper - edges[index])
        elif scope == "rolling":
            total += _pays(document, component, band, earn if last else upper)
        elif scope == "total" or (scope == "whole" and last):
            total += _pays(document, component, band, earn)
        elif scope == "excess" and last:
            total += _pays(document, component, band, max(measure - base, Fraction(0)))
    return total


def _pays(document: dict[str, Any], component: dict[str, Any], band: dict[str, Any], on: Fraction) -> Fraction:
    pay = document["pay"]["in"]
    if "percent" in band:
        money = document["pay"].get("measured_in") or pay
        return on / MINOR[money] * Fraction(band["percent"]) / 100 * MINOR[pay]
    if "per_unit" in band:
        return on * Fraction(band["per_unit"]) * MINOR[pay]
    return Fraction(band["fixed"]) * MINOR[pay]


def _measures(component: dict[str, Any]) -> tuple[str, str]:
    rates = {key for band in component.get("bands", []) for key in band}
    said = component.get("measure")
    if component["method"] == "per_unit":
        return said or "units", said or "units"
    if component["method"] == "percent":
        earn_on = component.get("earn_on") or said or "revenue"
        return earn_on, earn_on
    measured = said or "revenue"
    if "earn_on" in component:
        return measured, component["earn_on"]
    if "percent" in rates:
        return measured, measured if measured in ("revenue", "margin") else "revenue"
    if "per_unit" in rates:
        return measured, measured if measured not in ("revenue", "margin") else "units"
    return measured, measured


def _scale(document: dict[str, Any], measure: str) -> int:
    return MINOR[document["pay"].get("measured_in") or document["pay"]["in"]] if measure in ("revenue", "margin") else 1


def _minor(amount: str | None, unit: str) -> int | None:
    return None if amount is None else int(Fraction(amount) * MINOR[unit])


def _meets(wanted: dict[str, Any], held: dict[str, Any]) -> bool:
    names = {"partner_types": "type", "tiers": "tier", "territories": "territory", "segments": "segment"}
    return all(held[names[key]] in listed for key, listed in wanted.items() if listed and key in names)


def _below(category: str, listed: list[str]) -> bool:
    parts = category.split(" / ")
    return any(name.split(" / ") == parts[: name.count(" / ") + 1] for name in listed)


def _inside(document: dict[str, Any], day: date) -> bool:
    until = document["effective"].get("until")
    return document["effective"]["from"] <= day.isoformat() and (until is None or day.isoformat() < until)


def _period(document: dict[str, Any], day: date) -> tuple[date, date]:
    if document["period"] == "campaign":
        return date.fromisoformat(document["effective"]["from"]), date.fromisoformat(document["effective"]["until"])
    length = LENGTH[document["period"]]
    month = (day.month - 1) // length * length
    after = date(day.year + (month + length) // 12, (month + length) % 12 + 1, 1)
    return date(day.year, month + 1, 1), after


def _window(document: dict[str, Any], first: date) -> tuple[date, date]:
    start, end = _period(document, first)
    until = document["effective"].get("until")
    return (
        max(start, date.fromisoformat(document["effective"]["from"])),
        end if until is None else min(end, date.fromisoformat(until)),
    )


def _year_back(day: date) -> date:
    if day.month == 2 and day.day == 29:
        return date(day.year - 1, 2, 28)
    return date(day.year - 1, day.month, day.day)
