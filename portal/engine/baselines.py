"""What growth and attainment stand against: baselines with their rules for newcomers (PRACTICE D7), and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from portal.engine.compile import Rule
from portal.engine.credit import BEGINNING
from portal.engine.errors import CalculationError
from portal.engine.frames import TARGET_SCALE, Facts
from portal.engine.measure import Parameters, edge_days
from portal.engine.periods import Window
from portal.engine.plan import Component
from portal.engine.plan_values import FlatPercent, plain_decimal
from portal.engine.tiers import WIDE, measure_digits, measure_units, percent_rate

KEY = ["rule", "window", "participant"]
TERMS = {
    "rule": pl.Int64, "_given": pl.Int64, "_least": pl.Int64, "_looked": pl.Boolean, "_partial": pl.String,
    "_newcomer": pl.String, "_instead": pl.Int64,
}  # fmt: skip


def looked_up(component: Component, program: str) -> tuple[str, ...]:
    """The names under which a component's target or baseline is imported or frozen, the nearest first."""
    if component.method == "attainment":
        return (component.measured,)
    if component.method != "growth" or not component.growth_base.is_looked_up:
        return ()
    shared = f"baseline:{component.measured}"
    own = f"baseline:{program}/{component.code}"
    return (own, shared) if component.growth_base.freeze == "at_open" else (shared,)


def minor_target(target: int, digits: int) -> int:
    """A target in minor units (or counts); CalculationError when it is finer than those."""
    value, rest = divmod(target * int(10**digits), TARGET_SCALE)
    if rest:
        written = plain_decimal(Decimal(target) / TARGET_SCALE)
        raise CalculationError(f"The target {written} is finer than its measure is counted in.")
    return value


def with_baselines(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters, facts: Facts
) -> pl.DataFrame:
    """The rows with the `baseline` to stand against, `valid` where there is one, and `flat`, a newcomer's rate."""
    relative = [rule for rule in rules if rule.component.is_relative]
    if not relative:
        return rows.with_columns(pl.lit(value=True).alias("valid"), pl.lit(None, WIDE).alias("flat"))
    terms = [_term(rule) for rule in relative]
    frame = pl.DataFrame(terms, schema=TERMS, orient="row")
    known = rows.join(frame, on="rule", how="left", maintain_order="left")
    known = _with_references(known, relative, parameters.windows, facts)
    base = pl.when("_looked").then("_reference").otherwise(pl.coalesce("_given", "baseline"))
    known = _with_partial(known.with_columns(base.alias("baseline")), relative, sales, parameters)
    enough = (pl.col("baseline") > 0) & (pl.col("baseline") >= pl.col("_least"))
    short = pl.col("_short") & (pl.col("_partial") == "newcomer")
    known = known.with_columns((enough & ~short.fill_null(value=False)).fill_null(value=False).alias("valid"))
    if any(kind in ("number", "peer_median") for *_, kind, _ in terms):
        known = _with_newcomers(known)
    flat = pl.when(pl.col("_newcomer") == "flat").then(pl.col("_instead").cast(WIDE)).alias("flat")
    return known.select(*rows.columns, "valid", flat)


def _with_newcomers(known: pl.DataFrame) -> pl.DataFrame:
    """A number or the median of the others (the lower of two middle ones) where there is no baseline."""
    contest = ["rule", "window"]
    others = known.filter("valid").sort("baseline").group_by(contest, maintain_order=True)
    middle = (pl.len() - 1) // 2
    known = known.join(
        others.agg(pl.col("baseline").get(middle).alias("_median")), on=contest, how="left", maintain_order="left"
    )
    number, peers = pl.col("_newcomer") == "number", pl.col("_newcomer") == "peer_median"
    instead = pl.when(number).then("_instead").when(peers).then("_median").otherwise(None)
    taken = ~pl.col("valid") & instead.is_not_null()
    return known.with_columns(
        pl.when(taken).then(instead).otherwise("baseline").alias("baseline"),
        pl.when(taken).then(instead > 0).otherwise("valid").alias("valid"),
    )


def _with_partial(
    known: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters
) -> pl.DataFrame:
    """`_short` where a participant was active under half of the base period; its baseline taken for the whole of it."""
    partial = [rule for rule in rules if rule.component.method == "growth" and rule.component.growth_base.partial_year]
    if not partial:
        return known.with_columns(pl.lit(value=False).alias("_short"))
    spans = [
        (rule.number, index, *window.year_before())
        for rule in partial
        for index, window in enumerate(parameters.windows[rule.number])
    ]
    names = ["rule", "window", "_since", "_until"]
    frame = pl.DataFrame(spans, schema=dict.fromkeys(names, pl.Int64), orient="row")
    begun = replace(parameters, calendar=_history(spans, parameters))
    first = edge_days(sales, begun, partial).select(*KEY, pl.col("first").alias("_first"))
    known = known.join(frame, on=["rule", "window"], how="left", maintain_order="left")
    known = known.join(first, on=KEY, how="left", maintain_order="left")
    active, length = pl.col("_until") - pl.col("_first"), pl.col("_until") - pl.col("_since")
    known = known.with_columns((active * 2 < length).fill_null(value=False).alias("_short"))
    grown = (pl.col("baseline").cast(WIDE) * length.cast(WIDE) // active.cast(WIDE)).cast(pl.Int64)
    annual = pl.col("_short") & (pl.col("_partial") == "annualize")
    return known.with_columns(pl.when(annual).then(grown).otherwise("baseline").alias("baseline"))


def _history(spans: Sequence[tuple[int, ...]], parameters: Parameters) -> pl.DataFrame:
    """All days before the end of each base period, as earlier days of its rule and window."""
    segments = parameters.segments.filter(pl.col("until") > BEGINNING)
    rows = [
        (rule, segment, window, 1, 0)
        for rule, window, _, until in spans
        for segment in segments.filter(pl.col("until") <= until)["segment"]
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(parameters.calendar.columns, pl.Int64), orient="row")


def _term(rule: Rule) -> tuple[object, ...]:
    component, plan = rule.component, rule.plan
    if component.method == "attainment":
        return rule.number, None, 0, True, None, "none", None
    base = component.growth_base
    given = measure_units(component, plan, base.of) if isinstance(base.of, Decimal) else None
    least = measure_units(component, plan, base.min or Decimal(0))
    kind, instead = "none", None
    if isinstance(base.newcomer, FlatPercent):
        kind, instead = "flat", percent_rate(base.newcomer.flat_percent)
    elif isinstance(base.newcomer, Decimal):
        kind, instead = "number", measure_units(component, plan, base.newcomer)
    elif base.newcomer == "peer_median":
        kind = "peer_median"
    return rule.number, given, least, base.is_looked_up, base.partial_year, kind, instead


def _with_references(
    known: pl.DataFrame, rules: Sequence[Rule], windows: Mapping[int, Sequence[Window]], facts: Facts
) -> pl.DataFrame:
    """The rows with `_reference`: the imported target or baseline, in minor units or a count."""
    asked = [
        (
            rule.number, index, "person" if rule.plan.participant == "seller" else "partner", name,
            window.period_start, order, measure_digits(rule.component, rule.plan),
        )
        for rule in rules
        for order, name in enumerate(looked_up(rule.component, rule.program))
        for index, window in enumerate(windows[rule.number])
    ]  # fmt: skip
    if not asked:
        return known.with_columns(pl.lit(None, pl.Int64).alias("_reference"))
    schema = {"rule": pl.Int64, "window": pl.Int64, "participant_kind": pl.String, "measure": pl.String}
    schema |= dict.fromkeys(["period_start", "_order", "_digits"], pl.Int64)
    frame = pl.DataFrame(asked, schema=schema, orient="row")
    found = frame.join(facts.targets, on=["participant_kind", "measure", "period_start"]).sort("_order")
    found = found.unique(["rule", "window", "participant_id"], keep="first", maintain_order=True)
    values = [minor_target(target, digits) for target, digits in found.select("target", "_digits").iter_rows()]
    references = found.select(
        "rule", "window", pl.col("participant_id").alias("participant"),
        pl.Series("_reference", values, dtype=pl.Int64),
    )  # fmt: skip
    return known.join(references, on=KEY, how="left", maintain_order="left")
