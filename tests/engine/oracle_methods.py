"""The methods, measures and baselines read a second time, in plain loops and exact fractions, apart from the engine."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from portal.engine.frames import Facts
from tests.engine.oracle import (
    MINOR,
    Oracle,
    _banded,
    _measures,
    _meets,
    _pays,
    _scale,
    _window,
    _year_back,
    half_away,
    the_day,
)

Document = dict[str, Any]
Line = dict[str, Any]


class MethodsOracle(Oracle):
    """Everything known, targets, activities and list prices included."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.targets = facts.targets.to_dicts()
        self.today = facts.today
        self.codes = {(row["participant_kind"], row["participant_id"]): row["code"] for row in facts.codes.to_dicts()}
        for done in facts.activities.to_dicts():
            product = f"activity {done['metric']}"
            self.products[product] = {"sku": f"activity:{done['metric']}", "category": ""}
            bare = dict.fromkeys(self.lines[0]) if self.lines else {}
            self.lines.append(
                bare
                | {name: done[name] for name in ("partner_id", "seller_id", "quantity", "source", "external_id")}
                | {"line_id": ("activity", done["activity_id"]), "flow": "activity", "product_id": product}
                | {"amount": 0, "currency": "USD", "sold_day": done["day"], "origin_day": done["day"]}
            )

    def _one(
        self, document: Document, component: Document, participant: int, first: date
    ) -> tuple[int, int | None, int] | None:
        now = self._now(document, component, participant, first)
        if not now:
            return None
        measured, earn_on = _both(component)
        measure = self._measure(document, component, measured, participant, first, now)
        earn = self._measure(document, component, earn_on, participant, first, now)
        method = component["method"]
        if method in ("growth", "attainment"):
            base, exact = self._against(document, component, participant, first, (measure, earn))
        else:
            base, exact = None, self._plain(document, component, participant, first, (measure, earn), now)
        weights = self._weights(document, component, earn_on, now, first)
        return measure, base, half_away(self._multiplied(document, exact, weights, now))

    def _now(self, document: Document, component: Document, participant: int, first: date) -> list[Line]:
        start, end = _window(document, first)
        return [
            line
            for line in self._counted_ever(document, component)
            if self._payee(document, line) == participant and start <= the_day(self._day(document, line)) < end
        ]

    def _counted_ever(self, document: Document, component: Document) -> list[Line]:
        found = []
        for line in self.lines:
            held = self._at(line["partner_id"], line)
            if self._payee(document, line) is None or not self._qualifies(document, component, line):
                continue
            if "amounts_by_tier" in component and held["tier"] not in component["amounts_by_tier"]:
                continue
            if _meets(document["eligibility"], held):
                found.append(line)
        return found

    def _qualifies(self, document: Document, component: Document, line: Line) -> bool:
        asked = component.get("measure", "")
        if asked.startswith("activity:") or line["flow"] == "activity":
            wanted = {**document["qualify"], **component["qualify"]}
            right = self.products[line["product_id"]]["sku"] == asked
            return right and (not wanted.get("sources") or line["source"] in wanted["sources"])
        if component["method"] == "bundle" and self.products[line["product_id"]]["sku"] not in component["items"]:
            return False
        return super()._qualifies(document, component, line)

    def _value(self, document: Document, measure: str, line: Line) -> int:
        if measure.startswith("activity:"):
            return int(line["quantity"])
        if measure != "list_value":
            return super()._value(document, measure, line)
        base = document["pay"].get("measured_in") or document["pay"]["in"]
        price = self._price(line["product_id"], line["origin_day"])
        return self._converted(price["list_price"] * line["quantity"], price["currency"], base, line["origin_day"])

    def _price(self, product: Any, day: int) -> Line:
        prices = sorted((row for row in self.prices if row["product_id"] == product), key=lambda row: row["valid_from"])
        return ([row for row in prices if row["valid_from"] <= day][-1:] or prices[:1])[0]

    def _measure(
        self, document: Document, component: Document, measure: str, participant: int, first: date, now: list[Line]
    ) -> int:
        if measure != "new_customers":
            return self._sum(document, measure, now)
        return len(self._won(document, component, first, now))

    def _won(self, document: Document, component: Document, first: date, now: list[Line]) -> set[str]:
        bought: dict[tuple[int, str, int], int] = defaultdict(int)
        for line in self._counted_ever(document, component):
            if line["end_customer"]:
                bought[line["partner_id"], line["end_customer"], self._day(document, line)] += line["quantity"]
        start, end = _window(document, first)
        won = set()
        for partner, customer, _ in bought:
            days = [day for (p, c, day), net in bought.items() if (p, c) == (partner, customer) and net > 0]
            if not days or not start <= the_day(min(days)) < end:
                continue
            own = [line for line in now if line["end_customer"] == customer]
            there = [line for line in own if line["partner_id"] == partner and self._day(document, line) == min(days)]
            if sum(line["quantity"] for line in own) > 0 and sum(line["quantity"] for line in there) > 0:
                won.add(customer)
        return won

    # What a method pays

    def _plain(
        self, document: Document, component: Document, participant: int, first: date, sums: tuple[int, int],
        now: list[Line],
    ) -> Fraction:  # fmt: skip
        pay, method = document["pay"]["in"], component["method"]
        measure, earn = sums
        if method == "milestone":
            at = Fraction(component["at"]) * _money(document, _both(component)[0])
            times = measure // at if component.get("repeat") == "every" else 1
            return Fraction(component["amount"]) * MINOR[pay] * times if measure >= at else Fraction(0)
        if method == "bundle":
            return Fraction(component["amount"]) * MINOR[pay] * self._sets(component, now)
        if method == "free_goods":
            return Fraction(sum(self._given(document, component, group) for group in _by_invoice(now).values()))
        if method == "rank":
            return Fraction(self._prize(document, component, participant, first))
        if "amounts_by_tier" in component:
            return sum(self._weights(document, component, "units", now), Fraction(0)) * MINOR[pay]
        edges = [Fraction(band["from"]) * _money(document, _both(component)[0]) for band in component.get("bands", [])]
        if method == "tiered":
            return _banded(document, component, edges, Fraction(measure), Fraction(earn), Fraction(0))
        if method == "percent":
            return _pays(document, component, component, Fraction(earn))
        return self._rate(document, component, measure, earn, None, now)

    def _sets(self, component: Document, now: list[Line]) -> int:
        places: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for line in now:
            place = _invoice(line) if component.get("within") == "invoice" else None
            places[place][self.products[line["product_id"]]["sku"]] += line["quantity"]
        return sum(
            max(0, min(net[sku] // int(needed) for sku, needed in component["items"].items()))
            for net in places.values()
        )

    def _given(self, document: Document, component: Document, group: list[Line]) -> int:
        net = sum(line["quantity"] for line in group)
        free = max(net, 0) // int(component["per"]) * int(component["give"])
        first = min(group, key=_tie)
        price = self._price(first["product_id"], first["origin_day"])
        return self._converted(
            free * price["list_price"], price["currency"], document["pay"]["in"], first["origin_day"]
        )

    def _prize(self, document: Document, component: Document, participant: int, first: date) -> int:
        if self.today is not None and the_day(self.today) < _window(document, first)[1]:
            return 0
        results: dict[int, tuple[int, int]] = {}
        kind = "person" if document["participant"] == "seller" else "partner"
        for other, start in self._groups(document):
            now = self._now(document, component, other, first) if start == first else []
            if now:
                measure = self._measure(document, component, _both(component)[0], other, first, now)
                results[other] = measure, max(self._day(document, line) for line in now)
        if participant not in results or results[participant][0] <= 0:
            return 0
        prizes = {int(rank): int(Fraction(prize) * MINOR[document["pay"]["in"]])
                  for rank, prize in component["prizes"].items()}  # fmt: skip
        mine = results[participant]
        ties = component.get("ties", "share")
        above = sum(other[0] > mine[0] for other in results.values())
        tied = sorted(
            (number for number, other in results.items() if other[0] == mine[0]),
            key=lambda number: (self.codes.get((kind, number), ""), number),
        )
        if ties == "duplicate":
            return prizes.get(above + 1, 0)
        if ties == "earliest":
            tied.sort(key=lambda number: results[number][1])
            return prizes.get(above + 1 + tied.index(participant), 0)
        together = sum(prizes.get(above + 1 + index, 0) for index in range(len(tied)))
        return together // len(tied) + (tied.index(participant) < together % len(tied))

    # What growth and attainment stand against

    def _against(
        self, document: Document, component: Document, participant: int, first: date, sums: tuple[int, int]
    ) -> tuple[int | None, Fraction]:
        measure, earn = sums
        scale = _money(document, _both(component)[0])
        if component["method"] == "attainment":
            base = self._target(document, participant, first, [_both(component)[0]], scale)
            valid = base is not None and base > 0
        else:
            base, valid = self._own_base(document, component, participant, first)
            newcomer = component.get("baseline", {}).get("newcomer", "none")
            if not valid and isinstance(newcomer, dict):
                return base, _pays(document, component, {"percent": newcomer["flat_percent"]}, Fraction(earn))
            if not valid and newcomer == "peer_median":
                others = sorted(self._peers(document, component, first))
                base, valid = (others[(len(others) - 1) // 2], True) if others else (base, False)
            elif not valid and newcomer != "none":
                base = int(Fraction(newcomer) * scale)
                valid = base > 0
        if not valid or base is None:
            return base, Fraction(0)
        edges = [Fraction(band["from"]) * base / 100 for band in component["bands"]]
        if component.get("curve") == "linear":
            return base, _sloped(document, component, edges, measure, earn)
        reached, on = Fraction(measure), Fraction(earn)
        cap = component.get("baseline", {}).get("cap_growth_percent")
        if cap is not None and reached > base * (1 + Fraction(cap) / 100):
            reached = on = base * (1 + Fraction(cap) / 100)
        return base, _banded(document, component | {"method": "growth"}, edges, reached, on, Fraction(base))

    def _target(self, document: Document, participant: int, first: date, names: list[str], scale: int) -> int | None:
        kind = "person" if document["participant"] == "seller" else "partner"
        for name in names:
            for row in self.targets:
                key = row["participant_kind"], row["participant_id"], row["measure"], the_day(row["period_start"])
                if key == (kind, participant, name, first):
                    return int(Fraction(row["target"], 10**4) * scale)
        return None

    def _peers(self, document: Document, component: Document, first: date) -> list[int]:
        found = []
        for other, start in self._groups(document):
            if start == first and self._now(document, component, other, first):
                base, valid = self._own_base(document, component, other, first)
                found += [base] if valid and base is not None else []
        return found

    def _own_base(
        self, document: Document, component: Document, participant: int, first: date
    ) -> tuple[int | None, bool]:
        terms, measured = component.get("baseline", {}), _both(component)[0]
        scale, given = _money(document, measured), terms.get("of", "prior_year")
        start, end = (_year_back(day) for day in _window(document, first))
        mine = [
            line
            for line in self.lines
            if self._payee(document, line) == participant and self._qualifies(document, component, line)
        ]
        base: int | None
        short = False
        if terms.get("freeze") == "at_open":
            names = [f"baseline:{document['code']}/{component['code']}", f"baseline:{measured}"]
            base = self._target(document, participant, first, names, scale)
        elif given == "table":
            base = self._target(document, participant, first, [f"baseline:{measured}"], scale)
        elif given != "prior_year":
            base = int(Fraction(given) * scale)
        else:
            past = [line for line in mine if start <= the_day(self._day(document, line)) < end]
            base = self._then(document, past) if terms.get("currency") == "constant" else self._sum(
                document, measured, past
            )  # fmt: skip
            before = [the_day(self._day(document, line)) for line in mine if the_day(self._day(document, line)) < end]
            if terms.get("partial_year") and before:
                short = (end - min(before)).days * 2 < (end - start).days
                if short and terms["partial_year"] == "annualize":
                    base = base * (end - start).days // (end - min(before)).days
        least = Fraction(terms.get("min", 0)) * scale
        refused = short and terms["partial_year"] == "newcomer"
        return base, base is not None and base > 0 and base >= least and not refused

    def _then(self, document: Document, past: list[Line]) -> int:
        """Revenue of last year at this year's rates, day by day."""
        currency = document["pay"].get("measured_in") or document["pay"]["in"]
        total = 0
        for line in past:
            day = the_day(line["origin_day"])
            later = date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
            total += self._converted(line["amount"], line["currency"], currency, (later - date(1970, 1, 1)).days)
        return total

    # Shares

    def _weights(
        self, document: Document, component: Document, earn_on: str, now: list[Line], first: date | None = None
    ) -> list[Fraction]:
        if component["method"] == "free_goods":
            parts: dict[Any, Fraction] = {}
            for group in _by_invoice(now).values():
                worth, net, sold = self._given(document, component, group), sum(one["quantity"] for one in group), 0
                for line in sorted(group, key=_tie):
                    before, sold = sold, sold + line["quantity"]
                    part = worth * sold // net - worth * before // net if worth else 0
                    parts[line["line_id"]] = Fraction(part)
            return [parts[line["line_id"]] for line in now]
        if earn_on == "new_customers" and first is not None:
            return self._on_firsts("end_customer", self._won(document, component, first, now), now)
        if earn_on in ("invoices", "customers"):
            return self._weights_of(document, component, earn_on, now)
        if "amounts_by_tier" in component:
            tiers = component["amounts_by_tier"]
            return [
                Fraction(tiers[self._at(line["partner_id"], line)["tier"]]) * self._value(document, earn_on, line)
                for line in now
            ]
        return [self._weight(document, component, earn_on, line) for line in now]

    def _multiplied(self, document: Document, exact: Fraction, weights: list[Fraction], now: list[Line]) -> Fraction:
        cap = document.get("caps", {}).get("per_line")
        if not document["multipliers"] and cap is None:
            return exact
        factors = [self._factor(document, line) for line in now]
        if sum(weights) == 0:
            return exact * factors[0] if len(set(factors)) == 1 else exact
        shares = [exact * part / sum(weights) * factor for part, factor in zip(weights, factors, strict=True)]
        most = None if cap is None else int(Fraction(cap) * MINOR[document["pay"]["in"]])
        return sum((share if most is None else min(share, Fraction(most)) for share in shares), Fraction(0))


def _both(component: Document) -> tuple[str, str]:
    """What decides, and what is earned on."""
    method, said = component["method"], component.get("measure")
    if method in ("bundle", "free_goods"):
        return "units", "units"
    if method in ("milestone", "rank"):
        return said or "revenue", said or "revenue"
    if method == "percent" or not said or not (said.startswith("activity:") or said in ("list_value", "new_customers")):
        return _measures(component)
    kinds = {key for band in component.get("bands", []) for key in band}
    if said == "list_value":
        return said, component.get("earn_on") or ("units" if "per_unit" in kinds else said)
    return said, component.get("earn_on") or ("revenue" if "percent" in kinds else said)


def _money(document: Document, measure: str) -> int:
    return _scale(document, "revenue" if measure == "list_value" else measure)


def _sloped(document: Document, component: Document, edges: list[Fraction], measure: int, earn: int) -> Fraction:
    bands = component["bands"]
    if measure < edges[0]:
        return Fraction(0)
    top = max(index for index, edge in enumerate(edges) if measure >= edge)
    here = _pays(document, component, bands[top], Fraction(earn))
    if top + 1 == len(edges):
        return here
    there = _pays(document, component, bands[top + 1], Fraction(earn))
    return here + (there - here) * (measure - edges[top]) / (edges[top + 1] - edges[top])


def _invoice(line: Line) -> Any:
    if line["invoice_no"]:
        return line["invoice_no"]
    return "own", line["line_id"] if line["returns_line_id"] is None else line["returns_line_id"]


def _by_invoice(now: list[Line]) -> dict[Any, list[Line]]:
    found: dict[Any, list[Line]] = defaultdict(list)
    for line in now:
        found[_invoice(line), line["product_id"]].append(line)
    return found


def _tie(line: Line) -> tuple[int, str, str]:
    return line["sold_day"], line["source"], line["external_id"]
