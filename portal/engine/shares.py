"""Exact shares of lines, for the programs whose limits look at single lines or whose period two versions share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from portal.engine.caps import KEY, adjusted_shares, line_cap, unsplit
from portal.engine.compile import Rule
from portal.engine.plan import Component, Plan
from portal.engine.tiers import bands_of, bottom_of

Key = tuple[int, int, int]


@dataclass(frozen=True)
class Slice:
    """What one line adds to the exact earning of one group (KEY); `line` is None for what belongs to no single line.

    `payee` is (kind, id) of whom it is paid to.
    """

    key: Key
    line: int | None
    share: Fraction
    payee: tuple[str, int]
    measure: int = 0

    def paid_to(self, payee: tuple[str, int], part: Fraction) -> Slice:
        """A part of it, paid to somebody."""
        return replace(self, payee=payee, share=self.share * part)


@dataclass(frozen=True)
class Weight:
    """A line (or, without one, a sum of lines) in the earning measure of a group, with the factor it is paid at.

    What is not `inside` was sold while another version was in force, and that version pays it.
    """

    line: int | None
    weight: int
    factor: Fraction
    measure: int
    inside: bool = True


def slices_of(
    rows: pl.DataFrame, weights: pl.DataFrame, factors: Sequence[Fraction], rules: Mapping[int, Rule], first: set[Key]
) -> list[Slice]:
    """The slices of the rows (KEY, top, bottom); `weights` are KEY, line_id, earn, factor, measure.

    The last of `factors` marks what another version pays. A total of zero leaves the earning unsplit; where versions
    share the period, `first` names the keys it stays with.
    """
    held: dict[Key, list[Weight]] = {}
    columns = [*KEY, "line_id", "earn", "factor", "measure"]
    for rule, window, participant, line, earn, factor, measure in weights.select(columns).iter_rows():
        one = Weight(line, earn, factors[factor], measure, inside=factor != len(factors) - 1)
        held.setdefault((rule, window, participant), []).append(one)
    found: list[Slice] = []
    for rule, window, participant, top, bottom in rows.select(*KEY, "top", "bottom").iter_rows():
        key, owner = (rule, window, participant), (rules[rule].plan.participant, participant)
        component, plan = rules[rule].component, rules[rule].plan
        for line, share, measure in shares_of(Fraction(top, bottom), held[key], component, plan, stays=key in first):
            found.append(Slice(key, line, share, owner, measure))
    return found


def shares_of(
    exact: Fraction, weights: Sequence[Weight], component: Component, plan: Plan, *, stays: bool
) -> list[tuple[int | None, Fraction, int]]:
    """Each weight's line, exact share and measure; where the weights sum to zero, the whole earning without a line.

    Under a budget that stops, lines of one rate keep their shares even so: who takes all back has held a place.
    """
    parts, cap = [(one.weight, one.factor) for one in weights], line_cap(plan)
    shares = adjusted_shares(exact, parts, cap)
    if shares is None and plan.stops and component.method in ("per_unit", "percent"):
        rate = Fraction(bands_of(component, plan)[0][1], bottom_of(component, plan))
        shares = [rate * weight * factor for weight, factor in parts]
        shares = shares if cap is None else [min(share, Fraction(cap)) for share in shares]
    inside = [one for one in weights if one.inside]
    if shares is None:
        whole = unsplit(exact, [one.factor for one in inside]) if stays else Fraction(0)
        return [(None, whole, sum(one.measure for one in inside))]
    return [(one.line, share, one.measure if one.inside else 0) for one, share in zip(weights, shares, strict=True)]
