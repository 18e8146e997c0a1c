"""The bands of one component walked in exact fractions: what a person can follow, and what the pages print."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from portal.core.money import POINTS, known_currency, show_minor
from portal.engine.plan import ACTIVITY, MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.proofs import Proof
from portal.engine.stand import Stand
from portal.engine.tiers import (
    PERCENT_SCALE,
    band_labels,
    bands_of,
    bottom_of,
    growth_ceiling,
    measure_units,
    pay_units,
)


@dataclass(frozen=True)
class Step:
    """One band that pays: its written edges, the part of the measure inside it, its rate in words, its exact amount."""

    start: str | None
    end: str | None
    part: Fraction
    rate: str
    amount: Fraction


@dataclass(frozen=True)
class Walk:
    """All steps of one component; `exact` is their sum in minor units, `why_nothing` the reason when there is none.

    `told` says how a baseline came about where it is not last year's sales as they are, `proof` what it stood against.
    """

    steps: list[Step]
    band: str | None
    baseline: int | None
    why_nothing: str
    told: str = ""
    proof: Proof | None = None

    @property
    def exact(self) -> Fraction:
        """The exact earning before multipliers and caps, in minor units."""
        return sum((step.amount for step in self.steps), start=Fraction(0))


def walk(component: Component, plan: Plan, measure: int, earn: int, stand: Stand) -> Walk:
    """Walk the bands: `measure`, `earn` in whole units of their measures, `stand` what they stand against.

    For a table of amounts `earn` is the sum of units times amounts, in ten-thousandths of a minor unit; for free goods
    it is what is given, in minor units of pay.
    """
    if component.method in _PLAIN:
        return _PLAIN[component.method](component, plan, earn, stand)
    if component.method in ("tiered", "milestone"):
        return _Bands(component, plan, measure, earn, None).walked()
    if not stand.valid and stand.flat is not None:
        amount = Fraction(earn * stand.flat, bottom_of(component, plan))
        rate = f"{plain_decimal(Decimal(stand.flat) / 10**4)} %"
        return Walk([Step(None, None, Fraction(earn), rate, amount)], None, stand.baseline, "")
    if not stand.valid or not stand.baseline:
        return Walk([], None, stand.baseline, _no_baseline(component, plan, stand.baseline))
    return _Bands(component, plan, measure, earn, stand.baseline).walked()


def _flat(component: Component, plan: Plan, earn: int, _stand: Stand) -> Walk:
    bottom, (_, rate, _) = bottom_of(component, plan), bands_of(component, plan)[0]
    step = Step(None, None, Fraction(earn), rate_words(component, plan, None), Fraction(earn * rate, bottom))
    return Walk([step], None, None, "")


def _bundle(component: Component, plan: Plan, _earn: int, stand: Stand) -> Walk:
    if not stand.sets:
        return Walk([], None, None, "No set is complete yet.")
    amount = stand.sets * bands_of(component, plan)[0][1]
    return Walk(
        [Step(None, None, Fraction(stand.sets), rate_words(component, plan, None), Fraction(amount))], None, None, ""
    )


def _gifts(component: Component, plan: Plan, earn: int, _stand: Stand) -> Walk:
    if not earn:
        return Walk([], None, None, f"No invoice holds {component.per} of one product.")
    return Walk([Step(None, None, Fraction(earn), "list price", Fraction(earn))], None, None, "")


def _contest(component: Component, plan: Plan, _earn: int, stand: Stand) -> Walk:
    contest = stand.contest
    if contest is None or contest.rank is None:
        return Walk([], None, None, "A result of 0 or less takes no rank.")
    band, place = str(contest.rank), f"Rank {contest.rank} of {contest.ranked}"
    if not contest.ended:
        return Walk(
            [],
            band,
            None,
            f"{place} so far. Nothing is paid before the period ends; the result is final when it is locked.",
        )
    if not contest.prize:
        return Walk([], band, None, f"{place}; prizes go to the first {len(component.prizes or {})}.")
    shared = contest.tied > 1 and component.ties in (None, "share")
    rate = f"{place}{f', shared by {contest.tied}' if shared else ''}"
    return Walk([Step(None, None, Fraction(contest.prize), rate, Fraction(contest.prize))], band, None, "")


_PLAIN = {
    "per_unit": _flat, "percent": _flat, "bundle": _bundle, "free_goods": _gifts, "rank": _contest,
}  # fmt: skip


class _Bands:
    """The arithmetic of bands, of the qualifier itself or in percents of a baseline or target."""

    def __init__(self, component: Component, plan: Plan, measure: int, earn: int, baseline: int | None) -> None:
        self.component, self.plan, self.earn, self.baseline = component, plan, earn, baseline
        self.bottom, self.bands = bottom_of(component, plan), bands_of(component, plan)
        each = Fraction(1) if baseline is None else Fraction(baseline, PERCENT_SCALE)
        ceiling = growth_ceiling(component)
        self.is_capped = ceiling is not None and measure > each * ceiling
        self.measure = Fraction(measure) if ceiling is None else min(Fraction(measure), each * ceiling)
        self.edges = [start * each for start, _, _ in self.bands]
        self.labels = band_labels(component)
        self.top = sum(self.measure >= edge for edge in self.edges) - 1

    def walked(self) -> Walk:
        """The steps of all bands that pay."""
        if self.top < 0:
            return Walk([], None, self.baseline, self._below())
        label = self.labels[self.top]
        if self.component.method == "milestone":
            return Walk([self._milestone()], label, self.baseline, "")
        if self.component.curve == "linear" and self.top + 1 < len(self.bands):
            return Walk([self._sloped()], label, self.baseline, "")
        only_top = self.component.reading in ("whole", "excess")
        paying = [self.top] if only_top else range(self.top + 1)
        return Walk([self._step(k) for k in paying], label, self.baseline, "")

    def _below(self) -> str:
        if self.component.method == "milestone":
            return f"The milestone is at {self.labels[0]}."
        return f"The first band starts at {self.labels[0]}{'' if self.baseline is None else ' %'}."

    def _milestone(self) -> Step:
        times = self.measure // self.edges[0] if self.component.repeat == "every" else 1
        amount = Fraction(times * self.bands[0][2])
        part = Fraction(times) if self.component.repeat == "every" else self.measure
        return Step(self.labels[0], None, part, rate_words(self.component, self.plan, None), amount)

    def _sloped(self) -> Step:
        """Between two edges the rate moves in a straight line from the one to the other."""
        k = self.top
        here, there = self._at(k), self._at(k + 1)
        way = (self.measure - self.edges[k]) / (self.edges[k + 1] - self.edges[k])
        low, high = (rate_words(self.component, self.plan, index) for index in (k, k + 1))
        rate = low if low == high else f"a rate between {low} and {high}"
        return Step(self.labels[k], self.labels[k + 1], Fraction(self.earn), rate, here + (there - here) * way)

    def _at(self, k: int) -> Fraction:
        _, rate, fixed = self.bands[k]
        return Fraction(self.earn * rate + fixed, self.bottom)

    def _step(self, k: int) -> Step:
        _, rate, fixed = self.bands[k]
        part = self._part(k)
        end = self.labels[k + 1] if k + 1 < len(self.labels) else None
        amount = (part * rate + fixed) / self.bottom
        return Step(self.labels[k], end, part, rate_words(self.component, self.plan, k), amount)

    def _part(self, k: int) -> Fraction:
        reading = self.component.reading
        if reading == "excess":
            return max(self.measure - (self.baseline or 0), Fraction(0))
        if reading in ("marginal", "banded"):
            upper = self.edges[k + 1] if k < self.top else self.measure
            return upper - self.edges[k]
        if reading == "rolling" and k < self.top:
            return self.edges[k + 1]
        return self.measure if self.is_capped else Fraction(self.earn)


def rate_words(component: Component, plan: Plan, index: int | None) -> str:
    """A rate as it is read aloud: 2.5 %, 40 points each, 500.00 USD once."""
    if index is None and component.rates_by_product:
        return "the amount of each product" if component.amounts is not None else "the amount of each tier"
    if component.method == "milestone":
        times = " each time" if component.repeat == "every" else " once"
        return f"{shown(pay_units(component.amount, plan), plan.unit)}{times}"
    if component.method == "bundle":
        return f"{plain_decimal(component.amount or Decimal(0))} {plan.unit} a set"
    band = None if index is None else (component.bands or ())[index]
    percent = component.percent if band is None else band.percent
    each = component.amount if band is None else band.per_unit
    if percent is not None:
        return f"{plain_decimal(percent)} %"
    if each is not None:
        return f"{plain_decimal(each)} {plan.unit} each"
    return f"{shown(pay_units(band.fixed if band else None, plan), plan.unit)} once"


def measure_unit(plan: Plan, measure: str) -> str:
    """The unit a measure is counted in: the measuring currency, or the count's own name."""
    if measure in MONEY:
        return str(plan.measuring_currency)
    return "activities" if measure.startswith(ACTIVITY) else measure


def spoken_unit(plan: Plan, measure: str) -> str:
    """The same as it is said: new customers, trainings."""
    if measure.startswith(ACTIVITY):
        return measure.removeprefix(ACTIVITY)
    return measure_unit(plan, measure).replace("_", " ")


def shown(value: int, unit: str) -> str:
    """A figure with its unit, as it stands in a sentence: 2,021.77 USD, 4 units, 160 points."""
    is_count = not known_currency(unit)
    name = unit[:-1] if value == 1 and is_count and unit.endswith("s") else unit
    return f"{show_minor(value, POINTS if is_count else unit)} {name}"


def _no_baseline(component: Component, plan: Plan, baseline: int | None) -> str:
    if component.method == "attainment":
        return "There is no target for this period, so there is nothing to reach."
    if baseline is None:
        return "There is no baseline for this period, so there is no growth to measure."
    if baseline <= 0:
        return "Nothing was sold in the same window a year earlier, so there is no growth to measure."
    unit = spoken_unit(plan, component.measured)
    least = measure_units(component, plan, component.growth_base.min or Decimal(0))
    if baseline < least:
        return f"The baseline of {shown(baseline, unit)} is below the minimum of {shown(least, unit)}."
    return "Sales began in the second half of the time a year earlier: too short to measure growth."
