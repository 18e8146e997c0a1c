"""Rating: what the bands of a rule make of its sums, as exact fractions in Int128, all rules in one pass.

A rate is a whole number of `1 / bottom` minor units for each unit of the earning measure; `bottom` belongs to the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from portal.core.money import POINTS, minor_digits
from portal.engine.compile import RATE_SCALE, Rule, unit_rate
from portal.engine.errors import CalculationError
from portal.engine.plan import Component, Plan
from portal.engine.plan_values import plain_decimal

PERCENT_SCALE = 10**6  # a percent with four decimals, as a whole number
FORMS = ("flat", "marginal", "whole", "rolling", "total", "growth whole", "growth excess", "growth banded")
WIDE = pl.Int128


def form_of(component: Component) -> str:
    """How the rates of a component are read."""
    if component.method in ("per_unit", "percent"):
        return "flat"
    return component.reading if component.method == "tiered" else f"growth {component.reading}"


def bottom_of(component: Component, plan: Plan) -> int:
    """The denominator of all rates of a component."""
    bottom = {"percent": PERCENT_SCALE, "per_unit": RATE_SCALE, "fixed": 1}[component.rate_kind]
    if component.rate_kind == "percent" and plan.unit == POINTS:
        bottom *= 10 ** minor_digits(str(plan.measuring_currency))
    return bottom


def percent_rate(percent: Decimal) -> int:
    """A percent in millionths."""
    return int(percent * 10**4)


def measure_units(component: Component, plan: Plan, value: Decimal) -> int:
    """A value of the qualifier in whole units: minor units for money, itself for a count."""
    money = component.measured in ("revenue", "margin")
    return int(value * 10 ** minor_digits(str(plan.measuring_currency))) if money else int(value)


def bands_of(component: Component, plan: Plan) -> list[tuple[int, int, int]]:
    """Each band as (from, rate, fixed): from in units of the qualifier, or millionths of the baseline for growth."""
    bottom = bottom_of(component, plan)
    if component.method == "per_unit":
        return [(0, 1 if component.amount is None else unit_rate(component.amount, plan.unit), 0)]
    if component.percent is not None:
        return [(0, percent_rate(component.percent), 0)]
    found = []
    for band in component.bands or ():
        growth = component.method == "growth"
        start = percent_rate(band.from_) if growth else measure_units(component, plan, band.from_)
        rate = (
            percent_rate(band.percent)
            if band.percent is not None
            else unit_rate(band.per_unit or Decimal(0), plan.unit)
        )
        found.append((start, rate, int((band.fixed or Decimal(0)) * 10 ** minor_digits(plan.unit)) * bottom))
    return found


def band_labels(component: Component) -> list[str]:
    """The written start of each band, as it is shown and exported."""
    return [plain_decimal(band.from_) for band in component.bands or ()]


def tops(rows: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The rows with `top` and `bottom` of the exact earning, `baseline` (null without growth) and `band`."""
    most = max(len(bands_of(rule.component, rule.plan)) for rule in rules)
    wide = rows.join(_rule_frame(rules, most), on="rule", how="left")
    wide = wide.with_columns(
        pl.col("measure").cast(WIDE).alias("_m"),
        pl.col("earn").cast(WIDE).alias("_e"),
        pl.coalesce("_given", "baseline").cast(WIDE).alias("_b"),
    )
    _refuse_wide(wide, most)
    growth = pl.col("_growth")
    valid = ~growth | ((pl.col("_b") > 0) & (pl.col("_b") >= pl.col("_least")))
    value = pl.when(growth).then(pl.col("_m") * PERCENT_SCALE).otherwise(pl.col("_m"))
    starts = [
        pl.when(growth).then(pl.col("_b") * pl.col(f"_from{k}")).otherwise(pl.col(f"_from{k}")) for k in range(most)
    ]
    wide = wide.with_columns(value.alias("_v"), *(start.alias(f"_t{k}") for k, start in enumerate(starts)))
    reached = [(valid & (pl.col("_v") >= pl.col(f"_t{k}"))).fill_null(value=False).alias(f"_r{k}") for k in range(most)]
    wide = wide.with_columns(reached)
    total = sum((_band_top(k, most) for k in range(most)), start=pl.lit(0, WIDE))
    flat = pl.col("_form") == FORMS.index("flat")
    count = sum((pl.col(f"_r{k}").cast(pl.Int64) for k in range(most)), start=pl.lit(0, pl.Int64))
    labels = pl.col("_labels").list.get(count - 1, null_on_oob=True)
    return wide.select(
        *rows.columns[: rows.columns.index("baseline")],
        pl.when(growth).then(pl.col("_b").cast(pl.Int64)).alias("baseline"),
        *rows.columns[rows.columns.index("baseline") + 1 :],
        pl.when(flat).then(pl.col("_e") * pl.col("_rate0")).otherwise(total).alias("top"),
        pl.col("_bottom").alias("bottom"),
        pl.when(count > 0).then(labels).alias("band"),
    )


def _band_top(k: int, most: int) -> pl.Expr:
    """What band `k` adds to the numerator."""
    zero = pl.lit(0, WIDE)
    form, rate, fixed, reached = pl.col("_form"), pl.col(f"_rate{k}"), pl.col(f"_fixed{k}"), pl.col(f"_r{k}")
    above = pl.col(f"_t{k + 1}") if k + 1 < most else pl.lit(None, WIDE)
    is_top = reached & ~pl.col(f"_r{k + 1}") if k + 1 < most else reached
    inside = pl.min_horizontal("_v", above) - pl.col(f"_t{k}")
    over = pl.max_horizontal(pl.col("_m") - pl.col("_b"), zero)
    at = {name: form == FORMS.index(name) for name in FORMS}
    base = (
        pl.when(at["marginal"] | at["growth banded"])
        .then(inside)
        .when(at["growth excess"])
        .then(over)
        .when(at["rolling"] & ~is_top)
        .then(above)
        .otherwise(pl.col("_e"))
    )
    pays = pl.when(at["whole"] | at["growth whole"] | at["growth excess"]).then(is_top).otherwise(reached)
    return pl.when(pays).then(base * rate + fixed).otherwise(zero)


def _rule_frame(rules: Sequence[Rule], most: int) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type] = {
        "rule": pl.Int64,
        "_form": pl.Int64,
        "_growth": pl.Boolean,
        "_bottom": WIDE,
    }
    schema |= {"_given": pl.Int64, "_least": WIDE, "_labels": pl.List(pl.String)}
    for k in range(most):
        schema |= {f"_from{k}": WIDE, f"_rate{k}": WIDE, f"_fixed{k}": WIDE}
    return pl.DataFrame([_rule_row(rule, most) for rule in rules], schema=schema, orient="row")


def _rule_row(rule: Rule, most: int) -> list[object]:
    component, plan = rule.component, rule.plan
    form, bottom, bands = form_of(component), bottom_of(component, plan), bands_of(component, plan)
    scale = PERCENT_SCALE if form == "growth banded" else 1
    given, least = baseline_terms(component, plan)
    row: list[object] = [rule.number, FORMS.index(form), component.method == "growth", bottom * scale, given, least]
    row.append(band_labels(component))
    for k in range(most):
        start, rate, fixed = bands[k] if k < len(bands) else (None, 0, 0)
        row += [start, rate, fixed * scale]
    return row


def baseline_terms(component: Component, plan: Plan) -> tuple[int | None, int]:
    """The baseline a plan gives as a number (None: last year's sales), and the least that counts as one."""
    base = component.growth_base
    given = (
        measure_units(component, plan, base.of)
        if component.method == "growth" and isinstance(base.of, Decimal)
        else None
    )
    return given, measure_units(component, plan, base.min) if base.min is not None else 0


def _refuse_wide(wide: pl.DataFrame, most: int) -> None:
    """Refuse sums whose exact product with a rate could leave 128 bits, instead of wrapping silently."""

    def highest(*names: str) -> int:
        return max((int(wide.select(pl.col(name).abs().max()).item() or 0) for name in names), default=0)

    scale = PERCENT_SCALE if wide["_growth"].any() else 1
    rate, fixed = highest(*(f"_rate{k}" for k in range(most))), highest(*(f"_fixed{k}" for k in range(most)))
    if 4 * most * (highest("_m", "_e", "_b") * scale * max(rate, 1) + fixed) >= 2**127:
        raise CalculationError("A total times its rate is too large to be calculated exactly.")
