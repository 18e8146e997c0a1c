"""Pure arithmetic of a pilot: the difference of the differences, how sure it is, and what it was worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from portal.engine.rounding import round_minor

RESAMPLES = 1000
SEED = 20_130_701
FEW = 10


@dataclass(frozen=True)
class Company:
    """What one company sold of what counts, before and during the program, in minor units; `margin` is of during."""

    before: int
    during: int
    margin: int = 0


@dataclass(frozen=True)
class Group:
    """All companies of one side together."""

    companies: int
    before: int
    during: int
    margin: int

    @property
    def mean_before(self) -> int:
        """What one company sold before, rounded to minor units."""
        return round_minor(Fraction(self.before, self.companies)) if self.companies else 0

    @property
    def mean_during(self) -> int:
        """What one company sold during the program, rounded to minor units."""
        return round_minor(Fraction(self.during, self.companies)) if self.companies else 0

    @property
    def change(self) -> Fraction:
        """How much one company changed on average."""
        return Fraction(self.during - self.before, self.companies) if self.companies else Fraction(0)


@dataclass(frozen=True)
class Comparison:
    """Pilot against control: `effect` is how much more a pilot company changed, between `low` and `high` in 95 of 100
    redraws; minor units a company."""

    pilot: Group
    control: Group
    effect: int
    low: int
    high: int

    @property
    def is_sure(self) -> bool:
        """Whether no redraw of the middle 95 of 100 says otherwise, and both groups are large enough to draw from."""
        return not self.is_small and (self.low > 0 or self.high < 0)

    @property
    def is_small(self) -> bool:
        """Whether a group is too small to tell anything from chance."""
        return min(self.pilot.companies, self.control.companies) < FEW

    @property
    def expected(self) -> int:
        """What the pilot would have sold, had it changed as the control group did."""
        return round_minor(self.pilot.before + self.control.change * self.pilot.companies)


def compare(pilot: Sequence[Company], control: Sequence[Company]) -> Comparison | None:
    """The two groups beside each other; None where one of them is empty.

    Each redraw takes as many companies with replacement from each group (fixed seed): the interval says how much the
    effect depends on who happens to be in it. Figures are exact; only what is shown is rounded.
    """
    if not pilot or not control:
        return None
    ours, theirs = _sum(pilot), _sum(control)
    drawn = sorted(
        mine - other for mine, other in zip(_means(pilot, SEED), _means(control, SEED + RESAMPLES), strict=True)
    )
    cut = RESAMPLES // 40
    effect = round_minor(ours.change - theirs.change)
    return Comparison(ours, theirs, effect, round_minor(drawn[cut]), round_minor(drawn[-cut - 1]))


def _sum(companies: Sequence[Company]) -> Group:
    return Group(
        len(companies), sum(one.before for one in companies), sum(one.during for one in companies),
        sum(one.margin for one in companies),
    )  # fmt: skip


def _means(companies: Sequence[Company], seed: int) -> list[Fraction]:
    changes = pl.Series([one.during - one.before for one in companies], dtype=pl.Int64)
    number = len(companies)
    draws = (changes.sample(number, with_replacement=True, seed=seed + turn) for turn in range(RESAMPLES))
    return [Fraction(int(draw.sum() or 0), number) for draw in draws]


@dataclass(frozen=True)
class Worth:
    """What the additional sales brought, in minor units; `roi` in hundredths of a percent, None without costs."""

    extra: int
    gross: int
    costs: int
    net: int
    roi: int | None


def worth(before: int, after: int, margin: Fraction, costs: int) -> Worth:
    """The gross profit of what was sold on top, less what it cost, and that against the cost (DOMAIN section 6).

    `before` is what would have been sold without the program, `after` what was; `margin` the part of the revenue that
    is left after the cost of goods. A loss is shown as one.
    """
    gross = round_minor((after - before) * margin)
    net = gross - costs
    return Worth(after - before, gross, costs, net, round_minor(Fraction(net * 10_000, costs)) if costs > 0 else None)
