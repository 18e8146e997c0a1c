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
from portal.engine.plan import MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal

PERCENT_SCALE = 10**6  # a percent with four decimals, as a whole number
FORMS = (
    "flat", "marginal", "whole", "rolling", "total", "relative whole", "relative excess", "relative banded", "linear",
    "every", "sets", "rank",
)  # fmt: skip
_OF_METHOD = {"per_unit": "flat", "percent": "flat", "free_goods": "flat", "bundle": "sets", "rank": "rank"}
WIDE = pl.Int128


def form_of(component: Component) -> str:
    """How the rates of a component are read."""
    if component.method in _OF_METHOD:
        return _OF_METHOD[component.method]
    if component.method == "milestone":
        return "every" if component.repeat == "every" else "whole"
    if component.curve == "linear":
        return "linear"
    return f"relative {component.reading}" if component.is_relative else component.reading


def bottom_of(component: Component, plan: Plan) -> int:
    """The denominator of all rates of a component."""
    bottom = {"percent": PERCENT_SCALE, "per_unit": RATE_SCALE, "fixed": 1}[component.rate_kind]
    if component.rate_kind == "percent" and plan.unit == POINTS:
        bottom *= 10 ** minor_digits(str(plan.measuring_currency))
    return bottom


def percent_rate(percent: Decimal) -> int:
    """A percent in millionths."""
    return int(percent * 10**4)


def measure_digits(component: Component, plan: Plan) -> int:
    """The decimals of the qualifier: those of the measuring currency for money, none for a count."""
    return minor_digits(str(plan.measuring_currency)) if component.measured in MONEY else 0


def measure_units(component: Component, plan: Plan, value: Decimal) -> int:
    """A value of the qualifier in whole units: minor units for money, itself for a count."""
    return int(value * 10 ** measure_digits(component, plan))


def pay_units(amount: Decimal | None, plan: Plan) -> int:
    """An amount of pay in minor units or whole points."""
    return int((amount or Decimal(0)) * 10 ** minor_digits(plan.unit))


def bands_of(component: Component, plan: Plan) -> list[tuple[int, int, int]]:
    """Each band as (from, rate, fixed): from in units of the qualifier, or millionths of the baseline or target.

    A milestone is one band that pays a fixed amount; the rate of a bundle is what one set pays.
    """
    bottom = bottom_of(component, plan)
    if component.method == "per_unit":
        return [(0, 1 if component.amount is None else unit_rate(component.amount, plan.unit), 0)]
    if component.percent is not None:
        return [(0, percent_rate(component.percent), 0)]
    if component.method == "milestone":
        return [(measure_units(component, plan, component.at or Decimal(0)), 0, pay_units(component.amount, plan))]
    if component.bands is None:
        return [(0, pay_units(component.amount, plan) if component.method == "bundle" else 1, 0)]
    found = []
    for band in component.bands:
        start = percent_rate(band.from_) if component.is_relative else measure_units(component, plan, band.from_)
        rate = (
            percent_rate(band.percent)
            if band.percent is not None
            else unit_rate(band.per_unit or Decimal(0), plan.unit)
        )
        found.append((start, rate, pay_units(band.fixed, plan) * bottom))
    return found


def band_labels(component: Component) -> list[str]:
    """The written start of each band, as it is shown and exported."""
    if component.method == "milestone":
        return [plain_decimal(component.at or Decimal(0))]
    return [plain_decimal(band.from_) for band in component.bands or ()]


def tops(rows: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The rows with `top` and `bottom` of the exact earning, `baseline` (null without one) and `band`.

    `rows` hold measure, earn, baseline and, from baselines.py and bundles.py: `valid` (whether there is a baseline or
    target to stand against), `flat` (the rate of a newcomer instead, or null) and `sets` (complete ones, or null).
    """
    most = max(len(bands_of(rule.component, rule.plan)) for rule in rules)
    wide = rows.join(_rule_frame(rules, most), on="rule", how="left")
    wide = wide.with_columns(
        pl.col("measure").cast(WIDE).alias("_m"),
        pl.when(pl.col("_form") == FORMS.index("sets")).then("sets").otherwise("earn").cast(WIDE).alias("_e"),
        pl.col("baseline").cast(WIDE).alias("_b"),
    )
    _refuse_wide(wide, most)
    wide = _with_edges(wide, most)
    total = sum((_band_top(k, most) for k in range(most)), start=pl.lit(0, WIDE))
    flat = _is("flat", "sets")
    newcomer = pl.col("flat").is_not_null() & ~pl.col("valid")
    count = sum((pl.col(f"_r{k}").cast(pl.Int64) for k in range(most)), start=pl.lit(0, pl.Int64))
    labels = pl.col("_labels").list.get(count - 1, null_on_oob=True)
    return wide.select(
        *(name for name in rows.columns if name not in ("baseline", "flat", "sets")),
        pl.when("_relative").then("baseline").alias("baseline"),
        pl.when(flat)
        .then(pl.col("_e") * pl.col("_rate0"))
        .when(newcomer)
        .then(pl.col("_e") * pl.col("flat") * pl.col("_scale"))
        .otherwise(total)
        .alias("top"),
        (pl.col("_bottom") * _span(most)).alias("bottom"),
        pl.when(count > 0).then(labels).alias("band"),
    )


def _is(*names: str) -> pl.Expr:
    return pl.col("_form").is_in([FORMS.index(name) for name in names])


def _with_edges(wide: pl.DataFrame, most: int) -> pl.DataFrame:
    """The value the bands are read with (`_v`), the edges `_t` in the same scale and whether each is reached (`_r`)."""
    relative, zero = pl.col("_relative"), pl.lit(0, WIDE)
    value = pl.when(relative).then(pl.col("_m") * PERCENT_SCALE).otherwise(pl.col("_m"))
    value = (
        pl.when(pl.col("_most").is_null())
        .then(value)
        .otherwise(pl.min_horizontal(value, pl.col("_b") * pl.col("_most")))
    )
    starts = [
        pl.when(relative).then(pl.col("_b") * pl.col(f"_from{k}")).otherwise(pl.col(f"_from{k}")) for k in range(most)
    ]
    wide = wide.with_columns(value.alias("_v"), *(start.alias(f"_t{k}") for k, start in enumerate(starts)))
    valid = ~relative | pl.col("valid")
    reached = [(valid & (pl.col("_v") >= pl.col(f"_t{k}"))).fill_null(value=False).alias(f"_r{k}") for k in range(most)]
    whole = pl.when(pl.col("_most").is_null()).then(pl.col("_e") * pl.col("_scale")).otherwise(pl.col("_v"))
    over = pl.max_horizontal(pl.col("_v") - pl.col("_b") * PERCENT_SCALE, zero)
    over = pl.when(pl.col("_most").is_null()).then(pl.max_horizontal(pl.col("_m") - pl.col("_b"), zero)).otherwise(over)
    return wide.with_columns(*reached, whole.alias("_whole"), over.alias("_over"))


def _span(most: int) -> pl.Expr:
    """The length of the stretch a linear rate moves on; 1 everywhere else."""
    span: pl.Expr = pl.lit(1, WIDE)
    for k in range(most - 1):
        inside = _is("linear") & pl.col(f"_r{k}") & ~pl.col(f"_r{k + 1}") & pl.col(f"_t{k + 1}").is_not_null()
        span = pl.when(inside).then(pl.col(f"_t{k + 1}") - pl.col(f"_t{k}")).otherwise(span)
    return span


def _band_top(k: int, most: int) -> pl.Expr:
    """What band `k` adds to the numerator."""
    zero = pl.lit(0, WIDE)
    rate, fixed, reached = pl.col(f"_rate{k}"), pl.col(f"_fixed{k}"), pl.col(f"_r{k}")
    above = pl.col(f"_t{k + 1}") if k + 1 < most else pl.lit(None, WIDE)
    is_top = reached & ~pl.col(f"_r{k + 1}") if k + 1 < most else reached
    base = (
        pl.when(_is("marginal", "relative banded"))
        .then(pl.min_horizontal("_v", above) - pl.col(f"_t{k}"))
        .when(_is("relative excess"))
        .then("_over")
        .when(_is("rolling") & ~is_top)
        .then(above)
        .otherwise("_whole")
    )
    only_top = _is("whole", "relative whole", "relative excess", "linear", "every")
    pays = pl.when(only_top).then(is_top).otherwise(reached) & ~_is("rank")
    own = base * rate + fixed
    if k == 0:  # a milestone has one band
        times = pl.when(_is("every") & reached).then(pl.col("_v") // pl.col("_t0")).otherwise(1)
        own *= times
    if k + 1 < most:
        following = base * pl.col(f"_rate{k + 1}") + pl.col(f"_fixed{k + 1}")
        sloped = own * (above - pl.col(f"_t{k}")) + (following - own) * (pl.col("_v") - pl.col(f"_t{k}"))
        own = pl.when(_is("linear") & above.is_not_null()).then(sloped).otherwise(own)
    return pl.when(pays).then(own).otherwise(zero)


def _rule_frame(rules: Sequence[Rule], most: int) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type] = {"rule": pl.Int64, "_form": pl.Int64, "_relative": pl.Boolean}
    schema |= {"_bottom": WIDE, "_scale": WIDE, "_most": WIDE, "_labels": pl.List(pl.String)}
    for k in range(most):
        schema |= {f"_from{k}": WIDE, f"_rate{k}": WIDE, f"_fixed{k}": WIDE}
    return pl.DataFrame([_rule_row(rule, most) for rule in rules], schema=schema, orient="row")


def _rule_row(rule: Rule, most: int) -> list[object]:
    component, plan = rule.component, rule.plan
    form, bottom, bands = form_of(component), bottom_of(component, plan), bands_of(component, plan)
    ceiling = growth_ceiling(component)
    scale = PERCENT_SCALE if form == "relative banded" or ceiling is not None else 1
    row: list[object] = [rule.number, FORMS.index(form), component.is_relative, bottom * scale, scale, ceiling]
    row.append(band_labels(component))
    for k in range(most):
        start, rate, fixed = bands[k] if k < len(bands) else (None, 0, 0)
        row += [start, rate, fixed * scale]
    return row


def growth_ceiling(component: Component) -> int | None:
    """The most of the baseline that counts, in millionths; None without a cap on growth."""
    cap = component.growth_base.cap_growth_percent if component.method == "growth" else None
    return None if cap is None else PERCENT_SCALE + percent_rate(cap)


def _refuse_wide(wide: pl.DataFrame, most: int) -> None:
    """Refuse sums whose exact product with a rate could leave 128 bits, instead of wrapping silently."""

    def highest(*names: str) -> int:
        return max((int(wide.select(pl.col(name).abs().max()).item() or 0) for name in names), default=0)

    scale = PERCENT_SCALE if wide["_relative"].any() else 1
    rate = max(highest(*(f"_rate{k}" for k in range(most))), highest("flat"), 1)
    fixed = highest(*(f"_fixed{k}" for k in range(most)))
    amounts, ceiling = highest("_m", "_e", "_b"), max(highest("_most"), scale)
    times = max(amounts, 1) if wide.select(_is("every").any()).item() else 1
    product = amounts * ceiling * rate + fixed * times
    if wide.select(_is("linear").any()).item():
        stretch = max(amounts * highest(*(f"_from{k}" for k in range(most))), amounts * scale)
        product = max(product, 2 * (amounts * rate + fixed) * stretch)
    if 4 * most * product >= 2**127:
        raise CalculationError("A total times its rate is too large to be calculated exactly.")
