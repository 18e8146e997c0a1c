"""The bands of one component walked in exact fractions: what a person can follow, and what the pages print."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.plan import COUNTS, MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.tiers import PERCENT_SCALE, bands_of, baseline_terms, bottom_of


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
    """All steps of one component; `exact` is their sum in minor units, `why_nothing` the reason when there is none."""

    steps: list[Step]
    band: str | None
    baseline: int | None
    why_nothing: str

    @property
    def exact(self) -> Fraction:
        """The exact earning before multipliers and caps, in minor units."""
        return sum((step.amount for step in self.steps), start=Fraction(0))


def walk(component: Component, plan: Plan, measure: int, earn: int, past: int) -> Walk:
    """Walk the bands: `measure`, `earn` in whole units of their measures, `past` the sum of a year earlier.

    For a table of amounts `earn` is the sum of units times amounts, in ten-thousandths of a minor unit.
    """
    if component.method in ("per_unit", "percent"):
        bottom, (_, rate, _) = bottom_of(component, plan), bands_of(component, plan)[0]
        step = Step(None, None, Fraction(earn), rate_words(component, plan, None), Fraction(earn * rate, bottom))
        return Walk([step], None, None, "")
    if component.method == "tiered":
        return _Bands(component, plan, measure, earn, Fraction(1)).walked(None)
    given, least = baseline_terms(component, plan)
    baseline = past if given is None else given
    if baseline <= 0 or baseline < least:
        return Walk([], None, baseline, _no_baseline(component, plan, baseline, least))
    return _Bands(component, plan, measure, earn, Fraction(baseline, PERCENT_SCALE)).walked(baseline)


class _Bands:
    """The arithmetic of bands; `step` is what one unit of a band's start is worth in the measure."""

    def __init__(self, component: Component, plan: Plan, measure: int, earn: int, step: Fraction) -> None:
        self.component, self.plan, self.measure, self.earn = component, plan, measure, earn
        self.bottom = bottom_of(component, plan)
        self.bands = bands_of(component, plan)
        self.edges = [start * step for start, _, _ in self.bands]
        self.top = sum(measure >= edge for edge in self.edges) - 1

    def walked(self, baseline: int | None) -> Walk:
        """The steps of all bands that pay."""
        labels = [plain_decimal(band.from_) for band in self.component.bands or ()]
        if self.top < 0:
            return Walk([], None, baseline, f"The first band starts at {labels[0]}{'' if baseline is None else ' %'}.")
        only_top = self.component.reading in ("whole", "excess")
        paying = [self.top] if only_top else range(self.top + 1)
        steps = [self._step(k, labels, baseline) for k in paying]
        return Walk(steps, labels[self.top], baseline, "")

    def _step(self, k: int, labels: list[str], baseline: int | None) -> Step:
        _, rate, fixed = self.bands[k]
        part = self._part(k, baseline)
        end = labels[k + 1] if k + 1 < len(labels) else None
        amount = (part * rate + fixed) / self.bottom
        return Step(labels[k], end, part, rate_words(self.component, self.plan, k), amount)

    def _part(self, k: int, baseline: int | None) -> Fraction:
        reading = self.component.reading
        if reading == "excess":
            return Fraction(max(self.measure - (baseline or 0), 0))
        if reading in ("marginal", "banded"):
            upper = self.edges[k + 1] if k < self.top else Fraction(self.measure)
            return upper - self.edges[k]
        if reading == "rolling" and k < self.top:
            return Fraction(self.edges[k + 1])
        return Fraction(self.earn)


def rate_words(component: Component, plan: Plan, index: int | None) -> str:
    """A rate as it is read aloud: 2.5 %, 40 points each, 500.00 USD once."""
    if index is None and component.amounts is not None:
        return "the amount of each product"
    band = None if index is None else (component.bands or ())[index]
    percent = component.percent if band is None else band.percent
    each = component.amount if band is None else band.per_unit
    if percent is not None:
        return f"{plain_decimal(percent)} %"
    if each is not None:
        return f"{plain_decimal(each)} {plan.unit} each"
    fixed = (band.fixed if band is not None else None) or 0
    return f"{shown(int(fixed * 10 ** minor_digits(plan.unit)), plan.unit)} once"


def measure_unit(plan: Plan, measure: str) -> str:
    """The unit a measure is counted in: the measuring currency, or the count's own name."""
    return str(plan.measuring_currency) if measure in MONEY else measure


def shown(value: int, unit: str) -> str:
    """A figure with its unit, as it stands in a sentence: 2,021.77 USD, 4 units, 160 points."""
    name = unit[:-1] if value == 1 and unit in (*COUNTS, POINTS) else unit
    return f"{show_minor(value, POINTS if unit in COUNTS else unit)} {name}"


def _no_baseline(component: Component, plan: Plan, baseline: int, least: int) -> str:
    unit = measure_unit(plan, component.measured)
    if baseline <= 0:
        return "Nothing was sold in the same window a year earlier, so there is no growth to measure."
    return f"The baseline of {shown(baseline, unit)} is below the minimum of {shown(least, unit)}."
