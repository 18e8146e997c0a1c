"""calculate(): every program, every participant, every period in one pass of equi-joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import polars as pl

from portal.engine import compile as plans
from portal.engine.admission import with_grace
from portal.engine.caps import KEY
from portal.engine.certificates import Held, asks_of_lines, with_held
from portal.engine.compile import Rule
from portal.engine.credit import members_of
from portal.engine.errors import CalculationError
from portal.engine.floors import with_price_class
from portal.engine.frames import Facts, check
from portal.engine.limits import Rated, Settled, settle
from portal.engine.measure import DISTINCT, Parameters, measure, measure_lines
from portal.engine.mergers import with_sides
from portal.engine.money import Gaps, measured_sales
from portal.engine.periods import FIRST_DAY, NEVER, Program, Window, windows_of
from portal.engine.pilots import with_control
from portal.engine.place import FEW
from portal.engine.plan import Plan
from portal.engine.rating import rated
from portal.engine.rivals import counts_apart, last_day_of, looked_at

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
STEPS = ("rounded", "capped", "kept", "shared")
WEIGHTS = dict.fromkeys(KEY, pl.Int64()) | {
    "line_id": pl.Int64(), "earn": pl.Int128(), "factor": pl.Int64(), "measure": pl.Int64(),
}  # fmt: skip


def calculate(
    programs: Sequence[Program], facts: Facts, *, from_day: int | None = None, until_day: int | None = None
) -> pl.DataFrame:
    """Earned-to-date per program, component, participant and period: the columns of EARNINGS, in that order.

    Programs that choose among themselves for a line (stack best or first) must be calculated together.

    Shapes: `facts` as in frames.py, already cut to what was known at the as-of. `from_day` (included) and `until_day`
    (excluded) keep the windows that touch those days; `reach` says which sales they need. Units: `earned` in minor
    units of `unit` or whole points; `measure` and `baseline` in minor units of the measuring currency, or a count.
    `period_end` is the first day after the period. Errors: CalculationError. Source of the rules: DOMAIN section 5.
    """
    return calculate_steps(programs, facts, from_day=from_day, until_day=until_day).rows.select(list(EARNINGS))


def calculate_steps(
    programs: Sequence[Program], facts: Facts, *, from_day: int | None = None, until_day: int | None = None
) -> Settled:
    """The earnings with a column for each step (rounded, capped, kept, shared), and which lines pay elsewhere."""
    rated_all = rate_all(programs, check(facts), from_day, until_day)
    if rated_all is None:
        return Settled(pl.DataFrame(schema=EARNINGS | dict.fromkeys(STEPS, pl.Int64())), {})
    settled = settle(*rated_all, facts.posted)
    rows = _asked(settled.rows, rated_all[0].parameters, from_day, until_day)
    return replace(settled, rows=_named(rows, in_order=settled.in_order))


def rate_all(
    programs: Sequence[Program], facts: Facts, from_day: int | None, until_day: int | None
) -> tuple[Rated, pl.DataFrame] | None:
    """The exact earnings of checked facts before any limit, with the lines they were rated on; None without any."""
    facts, is_sided = with_sides(facts)
    rules = plans.rules_of(programs)
    windows = _windows(programs, rules, facts, from_day, until_day)
    rules_now = [rule for rule in rules if windows[rule.number]]
    if not rules_now or not facts.sales.height:
        return None
    sales, gaps = measured_sales(facts, plans.money_columns(rules_now))
    floors = plans.price_floors(rules_now)
    if floors:
        sales = with_price_class(sales, facts, floors)
    held: Sequence[Held] = ()
    if any(asks_of_lines(rule.plan) for rule in rules_now):
        sales, held = with_held(sales, facts, [rule.plan for rule in rules_now])
    parameters, factors = _parameters(facts, gaps, rules_now, windows, held)
    parameters = replace(parameters, sided=is_sided)
    rows = measure(sales, parameters)
    rows, parts, weights = _joined_parts(rows, rules_now, sales, parameters)
    rows = rows.filter(pl.col("lines") > 0)
    _refuse_gaps(rows, gaps)
    rows = rated(rows.drop("gap"), rules_now, sales, parameters, facts)
    return Rated(rows, parts, weights, factors, parameters), sales


def reach(programs: Sequence[Program], from_day: int, until_day: int) -> tuple[int, int]:
    """The days [from, until) of sales that the windows touching [from_day, until_day) need, baselines included."""
    asked = {one.code: _touching(windows_of(one, until_day - 1), from_day, until_day) for one in programs}
    if counts_apart([one for one in programs if asked[one.code]]):
        return FIRST_DAY, NEVER
    days = [from_day, until_day]
    for windows in looked_at(programs, asked, last_day_of(asked, until_day - 1)).values():
        for window in windows:
            components = window.version.plan.components
            growth = any(component.method == "growth" for component in components)
            days += [window.start, window.end, *(window.year_before() if growth else ())]
            days += [FIRST_DAY] if any(component.needs_history for component in components) else []
    return min(days), max(days)


def needs_everybody(program: Program) -> bool:
    """Whether one participant's earning depends on the sales of all: contests, baselines of peers, shared money."""
    plans_of = [version.plan for version in program.versions]
    peers = any(component.needs_peers for plan in plans_of for component in plan.components)
    return peers or any(plan.shares_money for plan in plans_of)


def needs_names(programs: Sequence[Program]) -> bool:
    """Whether invoices, customers or the names of lines decide anything, so that they must be read."""
    return any(_asks_names(version.plan) for program in programs for version in program.versions)


def _asks_names(plan: Plan) -> bool:
    named = any(
        component.method in ("bundle", "free_goods") or {component.measured, component.earning_measure} & set(DISTINCT)
        for component in plan.components
    )
    return named or plan.by_line or plan.eligibility.end_customers is not None


def _touching(windows: list[Window], from_day: int | None, until_day: int | None) -> list[Window]:
    first, after = -NEVER if from_day is None else from_day, NEVER if until_day is None else until_day
    return [window for window in windows if window.end > first and window.start < after]


def _windows(
    programs: Sequence[Program], rules: Sequence[Rule], facts: Facts, from_day: int | None, until_day: int | None
) -> dict[int, list[Window]]:
    """The windows of each rule that sales can fall into, and those of programs that compete for the same lines."""
    last = facts.sales.select(pl.max_horizontal(pl.col("sold_day").max(), pl.col("origin_day").max())).item()
    found: dict[str, list[Window]] = {
        program.code: _touching(windows_of(program, last), from_day, until_day) if last is not None else []
        for program in programs
    }
    if len(found) < len(programs):
        raise CalculationError("Two programs have the same code.")
    if last is not None and (from_day, until_day) != (None, None):
        found = looked_at(programs, found, last)
    return {rule.number: [window for window in found[rule.program] if window.version is rule.version] for rule in rules}


def _asked(rows: pl.DataFrame, parameters: Parameters, from_day: int | None, until_day: int | None) -> pl.DataFrame:
    """The rows of the windows that were asked for; what competes with them was looked at for their sake alone."""
    if from_day is None and until_day is None:
        return rows
    kept = [
        (rule, index)
        for rule, windows in parameters.windows.items()
        for index, window in enumerate(windows)
        if _touching([window], from_day, until_day)
    ]
    frame = pl.DataFrame(kept, schema={"rule": pl.Int64, "window": pl.Int64}, orient="row")
    return rows.join(frame, on=["rule", "window"], how="semi", maintain_order="left")


def _parameters(
    facts: Facts, gaps: Gaps, rules: Sequence[Rule], windows: dict[int, list[Window]], held: Sequence[Held]
) -> tuple[Parameters, list[Fraction]]:
    parents = any("parent" in (rule.plan.participant, *rule.plan.credited_to) for rule in rules)
    values = with_grace(with_control(facts, rules), [rule.plan for rule in rules])
    members = members_of(values, plans.used_values(rules), parents=parents)
    cuts = set(members.intervals["from"]) if members.dated else set()
    classes, kinds = plans.product_classes(rules, _sold_products(facts))
    segments, calendar = plans.segments_frame({rule.number: windows[rule.number] for rule in rules}, cuts)
    growth = [rule.number for rule in rules if rule.component.method == "growth"]
    calendar = calendar.filter((pl.col("past") == 0) | pl.col("rule").is_in(growth))
    factors_frame, factors = plans.factors_frame(rules, members)
    factors.append(Fraction(0))  # what a version pays on lines sold while another was in force
    outside = pl.when(pl.col("outside") == 1).then(len(factors) - 1).otherwise(0)
    calendar = calendar.with_columns(outside.cast(pl.Int64).alias("outside"))
    kinds = plans.kinds_frame(rules, kinds)
    eligible = plans.eligible_frame(rules, members, held)
    return (
        Parameters(rules, windows, members, classes, kinds, segments, calendar, eligible, factors_frame, facts, gaps),
        factors,
    )


def _sold_products(facts: Facts) -> pl.DataFrame:
    """The products that few lines name; all of them where lines are many."""
    if facts.sales.height > facts.products.height:
        return facts.products
    return facts.products.filter(pl.col("product_id").is_in(facts.sales["product_id"].unique().implode()))


def _refuse_gaps(rows: pl.DataFrame, gaps: Gaps) -> None:
    first = rows["gap"].min()
    if isinstance(first, int):
        raise CalculationError(gaps.sentences[first])


def _joined_parts(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """One row per KEY, the parts of rows whose shares differ in factor, the weights of lines that are looked at."""
    tables = [rule.number for rule in rules if rule.component.rates_by_product]
    by_line = [rule for rule in rules if rule.plan.by_line]
    no_parts = pl.DataFrame(
        schema=dict.fromkeys(KEY, pl.Int64())
        | {"weights": pl.List(pl.Int128), "factors": pl.List(pl.Int64), "measures": pl.List(pl.Int64)}
    )
    weights = pl.DataFrame(schema=WEIGHTS)
    if not tables and not by_line and not parameters.factors.height and not parameters.shares_periods:
        return rows.drop("factor", "rate"), no_parts, weights
    rows = _weighted(rows, tables)
    joined = rows.group_by(KEY, maintain_order=True).agg(
        pl.col("measure", "earn", "baseline", "lines").sum(), pl.col("gap").min()
    )
    by_factor = (
        rows.filter(pl.col("lines") > 0)
        .group_by(KEY)
        .agg(pl.col("earn").alias("weights"), pl.col("factor").alias("factors"), pl.col("measure").alias("measures"))
    )
    split = [rule.number for rule in rules if any(window.paid for window in parameters.windows[rule.number])]
    parts = by_factor.filter((pl.col("factors").list.max() > 0) | pl.col("rule").is_in(split))
    if by_line:
        weights = _weighted(measure_lines(sales, parameters, by_line), tables).select(list(WEIGHTS))
    return joined, parts, weights


def _weighted(rows: pl.DataFrame, tables: list[int]) -> pl.DataFrame:
    """The earning measure in Int128; where a table pays by product, units times their own amount."""
    earn = pl.col("earn").cast(pl.Int128)
    return rows.with_columns(
        pl.when(pl.col("rule").is_in(tables)).then(earn * pl.col("rate")).otherwise(earn).alias("earn")
    )


def _named(rows: pl.DataFrame, *, in_order: bool) -> pl.DataFrame:
    """The rows by program, period, participant, kind and place in the program."""
    if in_order:
        return rows.rename({"participant": "participant_id"})
    order = ["program", "period_start", "participant", "participant_kind", "position"]
    key = _packed(rows, order) if rows.height > FEW else None
    return rows.sort(order if key is None else key).rename({"participant": "participant_id"})


def _packed(rows: pl.DataFrame, order: Sequence[str]) -> pl.Expr | None:
    """One whole number that orders rows as these columns do, which sorts many times faster; None where it is too large.

    Participants count by themselves, everything else by its place among the few values there are.
    """
    low, high = rows["participant"].min(), rows["participant"].max()
    if not isinstance(low, int) or not isinstance(high, int):
        return None
    key, size = pl.lit(0, pl.Int64), 1
    for name in order:
        if name == "participant":
            place, count = pl.col(name) - low, high - low + 1
        else:
            known = {value: at for at, value in enumerate(rows[name].unique().sort())}
            place, count = pl.col(name).replace_strict(known, return_dtype=pl.Int64), len(known)
        key, size = key * count + place, size * count
    return key if size < 2**63 else None
