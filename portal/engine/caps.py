"""Multipliers and per-line caps on exact shares, the round, then the cap of a participant and period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import polars as pl

from portal.core.money import minor_digits
from portal.engine.compile import ONE, Rule
from portal.engine.errors import CalculationError
from portal.engine.plan import Plan
from portal.engine.rounding import round_minor, round_minor_expr

KEY = ["rule", "window", "participant"]


def period_cap(plan: Plan) -> int | None:
    """The cap of a participant's period in minor units."""
    cap = plan.caps.per_participant_period
    return None if cap is None else int(cap * 10 ** minor_digits(plan.unit))


def line_cap(plan: Plan) -> int | None:
    """The cap of one line in minor units."""
    cap = plan.caps.per_line
    return None if cap is None else int(cap * 10 ** minor_digits(plan.unit))


def adjusted_shares(exact: Fraction, parts: Sequence[tuple[int, Fraction]], cap: int | None) -> list[Fraction] | None:
    """Each part's share of an exact earning, times its factor, under the cap; None when the weights sum to zero."""
    weight = sum(part for part, _ in parts)
    if weight == 0:
        return None
    shares = [exact * part / weight * factor for part, factor in parts]
    return shares if cap is None else [min(share, Fraction(cap)) for share in shares]


def adjusted_total(exact: Fraction, parts: Sequence[tuple[int, Fraction]], cap: int | None) -> Fraction:
    """An earning after multipliers and line caps; unsplit, it takes a factor only when all its parts share it."""
    shares = adjusted_shares(exact, parts, cap)
    if shares is not None:
        return sum(shares, start=Fraction(0))
    factors = {factor for _, factor in parts}
    return exact * (factors.pop() if len(factors) == 1 else ONE)


def rounded(
    rows: pl.DataFrame, parts: pl.DataFrame, factors: Sequence[Fraction], rules: Sequence[Rule]
) -> pl.DataFrame:
    """The rows with `earned` in minor units; `parts` (KEY, weights, factors) holds those whose parts must be seen."""
    plain = rows.with_columns(round_minor_expr(pl.col("top"), pl.col("bottom")).alias("earned"))
    if parts.height:
        seen = rows.join(parts, on=KEY).select(*KEY, "top", "bottom", "weights", "factors")
        values = [_one(row, factors, line_cap(rules[row[0]].plan)) for row in seen.iter_rows()]
        exact = seen.select(KEY).with_columns(pl.Series("_exact", values, dtype=pl.Int128))
        plain = plain.join(exact, on=KEY, how="left")
        plain = plain.with_columns(pl.coalesce("_exact", "earned").alias("earned")).drop("_exact")
    if any(
        abs(value) >= 2**63 for value in plain.select(pl.col("earned").min(), b=pl.col("earned").max()).row(0) if value
    ):
        raise CalculationError("An earning is too large to be posted.")
    return plain.drop("top", "bottom").with_columns(pl.col("earned").cast(pl.Int64))


def _one(
    row: tuple[int, int, int, int, int, Iterable[int], Iterable[int]], factors: Sequence[Fraction], cap: int | None
) -> int:
    parts = [(weight, factors[number]) for weight, number in zip(row[5], row[6], strict=True)]
    return round_minor(adjusted_total(Fraction(row[3], row[4]), parts, cap))


def period_capped(rows: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Earnings after the cap over the program's components, in listed order; negative ones pass unchanged."""
    limits = [(rule.number, period_cap(rule.plan)) for rule in rules]
    if all(cap is None for _, cap in limits):
        return rows
    frame = pl.DataFrame(limits, schema={"rule": pl.Int64, "_cap": pl.Int64}, orient="row")
    by = ["program", "version", "participant_kind", "participant", "period_start"]
    positive = pl.max_horizontal("earned", 0)
    before = positive.cum_sum().over(by, order_by="position") - positive
    left = pl.max_horizontal(pl.col("_cap") - before, 0)
    capped = pl.when((pl.col("earned") > 0) & pl.col("_cap").is_not_null()).then(pl.min_horizontal("earned", left))
    return rows.join(frame, on="rule").with_columns(capped.otherwise(pl.col("earned")).alias("earned")).drop("_cap")
