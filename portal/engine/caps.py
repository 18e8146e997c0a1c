"""Multipliers and line caps on exact shares, the round, then the limits on whole earnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import polars as pl

from portal.core.money import minor_digits
from portal.engine.compile import ONE
from portal.engine.errors import CalculationError
from portal.engine.plan import Plan
from portal.engine.rounding import round_minor, round_minor_expr, split_exactly

KEY = ["rule", "window", "participant"]


def period_cap(plan: Plan) -> int | None:
    """The cap of a participant's period in minor units."""
    return _minor(plan.caps.per_participant_period, plan)


def line_cap(plan: Plan) -> int | None:
    """The cap of one line in minor units."""
    return _minor(plan.caps.per_line, plan)


def program_cap(plan: Plan) -> int | None:
    """The cap of all participants of a period together, in minor units."""
    return _minor(plan.caps.program, plan)


def minimum_payout(plan: Plan) -> int | None:
    """The least a participant's period pays, in minor units."""
    return _minor(plan.minimum_payout, plan)


def _minor(amount: Decimal | None, plan: Plan) -> int | None:
    return None if amount is None else int(amount * 10 ** minor_digits(plan.unit))


def adjusted_shares(exact: Fraction, parts: Sequence[tuple[int, Fraction]], cap: int | None) -> list[Fraction] | None:
    """Each part's share of an exact earning, times its factor, under the cap; None when the weights sum to zero."""
    weight = sum(part for part, _ in parts)
    if weight == 0:
        return None
    shares = [exact * part / weight * factor for part, factor in parts]
    return shares if cap is None else [min(share, Fraction(cap)) for share in shares]


def adjusted_total(exact: Fraction, parts: Sequence[tuple[int, Fraction]]) -> Fraction:
    """An earning after multipliers; unsplit, it takes a factor only when all its parts share it."""
    shares = adjusted_shares(exact, parts, None)
    return unsplit(exact, [factor for _, factor in parts]) if shares is None else sum(shares, start=Fraction(0))


def unsplit(exact: Fraction, factors: Iterable[Fraction]) -> Fraction:
    """An earning that cannot be split to lines, times the factor that all of them share, if they share one."""
    shared = set(factors)
    return exact * (shared.pop() if len(shared) == 1 else ONE)


def rounded(rows: pl.DataFrame, parts: pl.DataFrame, factors: Sequence[Fraction]) -> pl.DataFrame:
    """The rows with `earned` in minor units; `parts` (KEY, weights, factors) holds those whose parts must be seen."""
    plain = rows.with_columns(_rounded(rows).alias("earned"))
    if parts.height:
        seen = rows.join(parts, on=KEY).select(*KEY, "top", "bottom", "weights", "factors")
        values = [_one(row, factors) for row in seen.iter_rows()]
        exact = seen.select(KEY).with_columns(pl.Series("_exact", values, dtype=pl.Int128))
        plain = plain.join(exact, on=KEY, how="left")
        plain = plain.with_columns(pl.coalesce("_exact", "earned").alias("earned")).drop("_exact")
    if any(
        abs(value) >= 2**63 for value in plain.select(pl.col("earned").min(), b=pl.col("earned").max()).row(0) if value
    ):
        raise CalculationError("An earning is too large to be posted.")
    return plain.drop("top", "bottom").with_columns(pl.col("earned").cast(pl.Int64))


def _rounded(rows: pl.DataFrame) -> pl.Expr:
    """The rounded quotients, in 64 bits where they all fit: dividing wider numbers takes many times as long."""
    widest = rows.select(pl.col("top").abs().max(), pl.col("bottom").max()).row(0)
    kind = pl.Int64 if 2 * sum(int(value or 0) for value in widest) < 2**63 else pl.Int128
    return round_minor_expr(pl.col("top").cast(kind), pl.col("bottom").cast(kind)).cast(pl.Int128)


def _one(row: tuple[int, int, int, int, int, Iterable[int], Iterable[int]], factors: Sequence[Fraction]) -> int:
    parts = [(weight, factors[number]) for weight, number in zip(row[5], row[6], strict=True)]
    return round_minor(adjusted_total(Fraction(row[3], row[4]), parts))


Plans = Mapping[tuple[str, int], Plan]  # by program and version
SHARED_BY = ["participant_kind", "participant", "position"]
OF_PARTICIPANT = ["program", "version", "participant_kind", "participant", "period_start"]


def _limits(plans: Plans, limit: Callable[[Plan], int | None], name: str) -> pl.DataFrame | None:
    """A limit of each plan as a frame, or None when no plan has one."""
    rows = [(program, version, limit(plan)) for (program, version), plan in plans.items()]
    if all(value is None for _, _, value in rows):
        return None
    return pl.DataFrame(rows, schema={"program": pl.String, "version": pl.Int64, name: pl.Int64}, orient="row")


def period_capped(rows: pl.DataFrame, plans: Plans) -> pl.DataFrame:
    """`capped`: `rounded` under the cap over the program's components in listed order; negative ones pass unchanged."""
    limits = _limits(plans, period_cap, "_cap")
    if limits is None:
        return rows.with_columns(pl.col("rounded").alias("capped"))
    positive = pl.max_horizontal("rounded", 0)
    before = positive.cum_sum().over(OF_PARTICIPANT, order_by="position") - positive
    left = pl.max_horizontal(pl.col("_cap") - before, 0)
    capped = pl.when((pl.col("rounded") > 0) & pl.col("_cap").is_not_null()).then(pl.min_horizontal("rounded", left))
    joined = rows.join(limits, on=["program", "version"], maintain_order="left")
    return joined.with_columns(capped.otherwise(pl.col("rounded")).alias("capped")).drop("_cap")


def with_minimum(rows: pl.DataFrame, plans: Plans) -> pl.DataFrame:
    """`kept`: nothing positive where a participant's positive earnings of a program and period stay below the least."""
    limits = _limits(plans, minimum_payout, "_least")
    if limits is None:
        return rows.with_columns(pl.col("capped").alias("kept"))
    total = pl.max_horizontal("capped", 0).sum().over(OF_PARTICIPANT)
    small = (pl.col("capped") > 0) & (total < pl.col("_least"))
    joined = rows.join(limits, on=["program", "version"], maintain_order="left")
    kept = pl.when(small.fill_null(value=False)).then(0).otherwise(pl.col("capped"))
    return joined.with_columns(kept.alias("kept")).drop("_least")


def program_capped(rows: pl.DataFrame, plans: Plans) -> pl.DataFrame:
    """`shared`: all positive earnings of a program's period in proportion, where together they exceed its cap.

    In proportion, because nobody's place in a file may decide; missing units go by split_exactly, ties in the order of
    participant and component.
    """
    rows = rows.with_columns(pl.col("kept").alias("shared"))
    limits = _limits(plans, program_cap, "_most")
    if limits is None:
        return rows
    joined = rows.join(limits, on=["program", "version"], maintain_order="left")
    total = pl.max_horizontal("kept", 0).sum().over("program", "period_start")
    order = ["program", "period_start", *SHARED_BY]
    over = joined.filter((total > pl.col("_most")).fill_null(value=False) & (pl.col("kept") > 0)).sort(order)
    names = [*KEY, "participant_kind"]
    found: list[tuple[int, int, int, str, int]] = []
    for group in over.partition_by("program", "period_start", maintain_order=True):
        owed, most = group["kept"].to_list(), group["_most"][0]
        shares = split_exactly(most, [Fraction(most * one, sum(owed)) for one in owed])
        found += [(*key, share) for key, share in zip(group.select(names).iter_rows(), shares, strict=True)]
    schema = {name: rows.schema[name] for name in names} | {"_shared": pl.Int64}
    joined = rows.join(pl.DataFrame(found, schema=schema, orient="row"), on=names, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("_shared", "kept").alias("shared")).drop("_shared")
