"""calculate(): every program, every participant, every period in one pass of equi-joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import polars as pl

from portal.engine import compile as plans
from portal.engine.caps import KEY, period_capped, rounded
from portal.engine.compile import Rule
from portal.engine.credit import members_of
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts, check
from portal.engine.measure import Parameters, measure, measure_lines
from portal.engine.mergers import with_sides
from portal.engine.money import Gaps, measured_sales
from portal.engine.periods import NEVER, Program, Window, windows_of
from portal.engine.tiers import tops

EARNINGS = {
    "program": pl.String(),
    "version": pl.Int64(),
    "component": pl.String(),
    "participant_kind": pl.String(),
    "participant_id": pl.Int64(),
    "period_start": pl.Int64(),
    "period_end": pl.Int64(),
    "measure": pl.Int64(),
    "baseline": pl.Int64(),
    "band": pl.String(),
    "earned": pl.Int64(),
    "unit": pl.String(),
}


def calculate(
    programs: Sequence[Program], facts: Facts, *, from_day: int | None = None, until_day: int | None = None
) -> pl.DataFrame:
    """Earned-to-date per program, component, participant and period: the columns of EARNINGS, in that order.

    Shapes: `facts` as in frames.py, already cut to what was known at the as-of. `from_day` (included) and `until_day`
    (excluded) keep the windows that touch those days; `reach` says which sales they need. Units: `earned` in minor
    units of `unit` or whole points; `measure` and `baseline` in minor units of the measuring currency, or a count.
    `period_end` is the first day after the period. Errors: CalculationError. Source of the rules: DOMAIN section 5.
    """
    facts, is_sided = with_sides(check(facts))
    rules = plans.rules_of(programs)
    windows = _windows(programs, rules, facts, from_day, until_day)
    rules_now = [rule for rule in rules if windows[rule.number]]
    if not rules_now or not facts.sales.height:
        return pl.DataFrame(schema=EARNINGS)
    sales, gaps = measured_sales(facts, plans.money_columns(rules_now))
    parameters, factors = _parameters(facts, rules_now, windows)
    parameters = replace(parameters, sided=is_sided)
    rows = measure(sales, parameters)
    rows, parts = _joined_parts(rows, rules_now, sales, parameters)
    rows = rows.filter(pl.col("lines") > 0)
    _refuse_gaps(rows, gaps)
    rows = tops(rows.drop("gap"), rules_now)
    rows = rounded(rows, parts, factors, rules)
    return _named(period_capped(_labeled(rows, rules_now, windows), rules_now))


def reach(programs: Sequence[Program], from_day: int, until_day: int) -> tuple[int, int]:
    """The days [from, until) of sales that the windows touching [from_day, until_day) need, baselines included."""
    days = [from_day, until_day]
    for program in programs:
        for window in _touching(windows_of(program, until_day - 1), from_day, until_day):
            growth = any(component.method == "growth" for component in window.version.plan.components)
            days += [window.start, window.end, *(window.year_before() if growth else ())]
    return min(days), max(days)


def _touching(windows: list[Window], from_day: int | None, until_day: int | None) -> list[Window]:
    first, after = -NEVER if from_day is None else from_day, NEVER if until_day is None else until_day
    return [window for window in windows if window.end > first and window.start < after]


def _windows(
    programs: Sequence[Program], rules: Sequence[Rule], facts: Facts, from_day: int | None, until_day: int | None
) -> dict[int, list[Window]]:
    """The windows of each rule that sales can fall into."""
    last = facts.sales.select(pl.max_horizontal(pl.col("sold_day").max(), pl.col("origin_day").max())).item()
    found: dict[str, list[Window]] = {
        program.code: _touching(windows_of(program, last), from_day, until_day) if last is not None else []
        for program in programs
    }
    if len(found) < len(programs):
        raise CalculationError("Two programs have the same code.")
    return {rule.number: [window for window in found[rule.program] if window.version is rule.version] for rule in rules}


def _parameters(
    facts: Facts, rules: Sequence[Rule], windows: dict[int, list[Window]]
) -> tuple[Parameters, list[Fraction]]:
    parents = any(rule.plan.participant == "parent" for rule in rules)
    members = members_of(facts.partner_values, plans.used_values(rules), parents=parents)
    cuts = set(members.intervals["from"]) if members.dated else set()
    classes, kinds = plans.product_classes(rules, facts.products)
    segments, calendar = plans.segments_frame({rule.number: windows[rule.number] for rule in rules}, cuts)
    growth = [rule.number for rule in rules if rule.component.method == "growth"]
    calendar = calendar.filter((pl.col("past") == 0) | pl.col("rule").is_in(growth))
    factors_frame, factors = plans.factors_frame(rules, members)
    kinds = plans.kinds_frame(rules, kinds)
    eligible = plans.eligible_frame(rules, members)
    return (
        Parameters(rules, windows, members, classes, kinds, segments, calendar, eligible, factors_frame),
        factors,
    )


def _refuse_gaps(rows: pl.DataFrame, gaps: Gaps) -> None:
    first = rows["gap"].min()
    if isinstance(first, int):
        raise CalculationError(gaps.sentences[first])


def _joined_parts(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per KEY, and the parts of those rows whose shares differ in factor or are capped by line."""
    tables = [rule.number for rule in rules if rule.component.amounts is not None]
    capped = [rule for rule in rules if rule.plan.caps.per_line is not None]
    no_parts = pl.DataFrame(
        schema=dict.fromkeys(KEY, pl.Int64()) | {"weights": pl.List(pl.Int128), "factors": pl.List(pl.Int64)}
    )
    if not tables and not capped and not parameters.factors.height:
        return rows.drop("factor", "rate"), no_parts
    rows = _weighted(rows, tables)
    joined = rows.group_by(KEY, maintain_order=True).agg(
        pl.col("measure", "earn", "baseline", "lines").sum(), pl.col("gap").min()
    )
    by_factor = rows.group_by(KEY).agg(pl.col("earn").alias("weights"), pl.col("factor").alias("factors"))
    parts = by_factor.filter(pl.col("factors").list.max() > 0)
    if capped:
        numbers = [rule.number for rule in capped]
        lines = _weighted(measure_lines(sales, parameters, capped), tables)
        by_line = lines.group_by(KEY).agg(pl.col("earn").alias("weights"), pl.col("factor").alias("factors"))
        parts = pl.concat([parts.filter(~pl.col("rule").is_in(numbers)), by_line])
    return joined, parts


def _weighted(rows: pl.DataFrame, tables: list[int]) -> pl.DataFrame:
    """The earning measure in Int128; where a table pays by product, units times their own amount."""
    earn = pl.col("earn").cast(pl.Int128)
    return rows.with_columns(
        pl.when(pl.col("rule").is_in(tables)).then(earn * pl.col("rate")).otherwise(earn).alias("earn")
    )


def _labeled(rows: pl.DataFrame, rules: Sequence[Rule], windows: dict[int, list[Window]]) -> pl.DataFrame:
    names = [
        (
            rule.number,
            index,
            rule.program,
            rule.version.number,
            rule.component.code,
            rule.position,
            rule.plan.participant,
            window.period_start,
            window.period_end,
            rule.plan.unit,
        )
        for rule in rules
        for index, window in enumerate(windows[rule.number])
    ]
    schema = {"rule": pl.Int64, "window": pl.Int64, "program": pl.String, "version": pl.Int64, "component": pl.String}
    schema |= {"position": pl.Int64, "participant_kind": pl.String, "period_start": pl.Int64, "period_end": pl.Int64}
    return rows.join(pl.DataFrame(names, schema=schema | {"unit": pl.String}, orient="row"), on=["rule", "window"])


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    order = ["program", "period_start", "participant", "position"]
    return rows.sort(order).rename({"participant": "participant_id"}).select(list(EARNINGS))
