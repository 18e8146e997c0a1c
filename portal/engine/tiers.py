"""Rating: what the bands of a rule make of its sums, as exact fractions in Int128, all rules in one pass.

A rate is a whole number of `1 / bottom` minor units for each unit of the earning measure; `bottom` belongs to the rule.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import accumulate

import polars as pl

from portal.core.money import POINTS, minor_digits
from portal.engine.compile import RATE_SCALE, Rule, unit_rate
from portal.engine.errors import CalculationError
from portal.engine.place import FEW
from portal.engine.plan import MONEY, Component, Plan
from portal.engine.plan_values import plain_decimal

PERCENT_SCALE = 10**6  # a percent with four decimals, as a whole number
FORMS = (
    "flat", "marginal", "whole", "rolling", "total", "relative whole", "relative excess", "relative banded", "linear",
    "every", "sets", "rank",
)  # fmt: skip
_OF_METHOD = {"per_unit": "flat", "percent": "flat", "free_goods": "flat", "bundle": "sets", "rank": "rank"}
ONLY_TOP = frozenset({"whole", "relative whole", "relative excess", "linear", "every"})
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


@dataclass(frozen=True)
class Shape:
    """What the rules of one pass need: the most bands of any, the forms they are read in, baselines, caps on growth.

    Expressions are built once a shape, without the branches that none of its rules would take.
    """

    most: int
    forms: frozenset[str]
    relative: bool
    capped: bool
    narrow: bool = False

    @property
    def kind(self) -> type[pl.DataType]:
        """The whole numbers it is reckoned in."""
        return pl.Int64 if self.narrow else WIDE

    def has(self, *names: str) -> bool:
        """Whether some rule is read in one of these forms."""
        return not self.forms.isdisjoint(names)


def shape_of(rules: Sequence[Rule]) -> Shape:
    """The shape of these rules."""
    components = [rule.component for rule in rules]
    return Shape(
        max(len(bands_of(rule.component, rule.plan)) for rule in rules),
        frozenset(form_of(component) for component in components),
        relative=any(component.is_relative for component in components),
        capped=any(growth_ceiling(component) is not None for component in components),
    )


def tops(rows: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The rows with `top` and `bottom` of the exact earning, `baseline` (null without one) and `band`.

    `rows` hold measure, earn, baseline and, from baselines.py and bundles.py: `valid` (whether there is a baseline or
    target to stand against), `flat` (the rate of a newcomer instead, or null) and `sets` (complete ones, or null).
    """
    if rows.height <= FEW:
        return _tops(rows, rules)
    shapes: dict[Shape, list[Rule]] = {}
    for rule in rules:
        shapes.setdefault(shape_of([rule]), []).append(rule)
    parts = [(rows.filter(pl.col("rule").is_in([rule.number for rule in some])), some) for some in shapes.values()]
    return pl.concat([_tops(part, some) for part, some in parts if part.height])


def _tops(rows: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The same for rules of one shape; few rows go through the shape that fits all of them."""
    shape = shape_of(rules)
    if rows.height > FEW and _is_narrow(rows, rules, shape):
        shape = replace(shape, narrow=True)
    wide = rows.join(_rule_frame(rules, shape), on="rule", how="left").with_columns(_figures(shape))
    if not shape.narrow:
        _refuse_wide(wide, shape)
    for step in _edges(shape):
        wide = wide.with_columns(step)
    kept = (name for name in rows.columns if name not in ("baseline", "flat", "sets"))
    labels = pl.Series([label for rule in rules for label in band_labels(rule.component)], dtype=pl.String)
    return wide.select(*kept, *_results(shape), pl.lit(labels).gather(_label(shape)).alias("band"))


@lru_cache(maxsize=256)
def _figures(shape: Shape) -> list[pl.Expr]:
    """Qualifier, earning measure and baseline, as wide as the shape needs them."""
    earn = pl.col("earn")
    if shape.has("sets"):
        earn = pl.when(_is("sets")).then("sets").otherwise("earn")
    figures = {"_m": pl.col("measure"), "_e": earn, "_b": pl.col("baseline")}
    return [figure.cast(shape.kind).alias(name) for name, figure in figures.items()]


@lru_cache(maxsize=256)
def _results(shape: Shape) -> list[pl.Expr]:
    """The columns that `tops` adds."""
    most = shape.most
    top = sum((_band_top(k, shape) for k in range(1, most)), start=_band_top(0, shape))
    if shape.relative:
        newcomer = pl.col("flat").is_not_null() & ~pl.col("valid")
        top = pl.when(newcomer).then(pl.col("_e") * pl.col("flat") * pl.col("_scale")).otherwise(top)
    if shape.has("flat", "sets"):
        top = pl.when(_is("flat", "sets")).then(pl.col("_e") * pl.col("_rate0")).otherwise(top)
    return [
        pl.when("_relative").then("baseline").alias("baseline"),
        top.cast(WIDE).alias("top"),
        (pl.col("_bottom") * _span(most) if shape.has("linear") else pl.col("_bottom")).cast(WIDE).alias("bottom"),
    ]


@lru_cache(maxsize=256)
def _label(shape: Shape) -> pl.Expr:
    """The place of the label of the band that was reached among those of all rules; null for none."""
    count = sum((pl.col(f"_r{k}").cast(pl.Int64) for k in range(shape.most)), start=pl.lit(0, pl.Int64))
    return pl.when((count > 0) & (count <= pl.col("_labels"))).then(pl.col("_first") + count - 1)


def _is(*names: str) -> pl.Expr:
    return reduce(operator.or_, [pl.col("_form") == FORMS.index(name) for name in names])


@lru_cache(maxsize=256)
def _edges(shape: Shape) -> list[list[pl.Expr]]:
    """The value the bands are read with (`_v`), the edges `_t` in the same scale and whether each is reached (`_r`)."""
    value, whole = pl.col("_m"), pl.col("_e") * pl.col("_scale")
    edges = [pl.col(f"_from{k}") for k in range(shape.most)]
    over = pl.max_horizontal(value - pl.col("_b"), pl.lit(0, shape.kind))
    if shape.relative:
        value = pl.when("_relative").then(value * PERCENT_SCALE).otherwise(value)
        edges = [pl.when("_relative").then(pl.col("_b") * edge).otherwise(edge) for edge in edges]
    if shape.capped:
        free = pl.col("_most").is_null()
        value = pl.when(free).then(value).otherwise(pl.min_horizontal(value, pl.col("_b") * pl.col("_most")))
        whole = pl.when(free).then(whole).otherwise(pl.col("_v"))
        beyond = pl.max_horizontal(pl.col("_v") - pl.col("_b") * PERCENT_SCALE, pl.lit(0, shape.kind))
        over = pl.when(free).then(over).otherwise(beyond)
    reached = [pl.col("_v") >= pl.col(f"_t{k}") for k in range(shape.most)]
    if shape.relative:
        reached = [(~pl.col("_relative") | pl.col("valid")) & one for one in reached]
    flags = [one.fill_null(value=False).alias(f"_r{k}") for k, one in enumerate(reached)]
    first = [value.alias("_v"), *(edge.alias(f"_t{k}") for k, edge in enumerate(edges))]
    return [first, [*flags, whole.alias("_whole"), over.alias("_over")]]


def _span(most: int) -> pl.Expr:
    """The length of the stretch a linear rate moves on; 1 everywhere else."""
    span: pl.Expr = pl.lit(1, WIDE)
    for k in range(most - 1):
        inside = _is("linear") & pl.col(f"_r{k}") & ~pl.col(f"_r{k + 1}") & pl.col(f"_t{k + 1}").is_not_null()
        span = pl.when(inside).then(pl.col(f"_t{k + 1}") - pl.col(f"_t{k}")).otherwise(span)
    return span


def _band_top(k: int, shape: Shape) -> pl.Expr:
    """What band `k` adds to the numerator."""
    last = k + 1 == shape.most
    reached = pl.col(f"_r{k}")
    is_top = reached if last else reached & ~pl.col(f"_r{k + 1}")
    base = _band_base(k, shape, is_top)
    own = base * pl.col(f"_rate{k}") + pl.col(f"_fixed{k}")
    if k == 0 and shape.has("every"):  # a milestone has one band
        own *= pl.when(_is("every") & reached).then(pl.col("_v") // pl.col("_t0")).otherwise(1)
    if not last and shape.has("linear"):
        above = pl.col(f"_t{k + 1}")
        following = base * pl.col(f"_rate{k + 1}") + pl.col(f"_fixed{k + 1}")
        sloped = own * (above - pl.col(f"_t{k}")) + (following - own) * (pl.col("_v") - pl.col(f"_t{k}"))
        own = pl.when(_is("linear") & above.is_not_null()).then(sloped).otherwise(own)
    only_top = sorted(shape.forms & ONLY_TOP)
    pays = pl.when(_is(*only_top)).then(is_top).otherwise(reached) if only_top else reached
    if shape.has("rank"):
        pays &= ~_is("rank")
    return pl.when(pays).then(own).otherwise(pl.lit(0, shape.kind))


def _band_base(k: int, shape: Shape, is_top: pl.Expr) -> pl.Expr:
    """What the rate of band `k` is applied to where it pays."""
    base, value, above = pl.col("_whole"), pl.col("_v"), None
    if k + 1 < shape.most:
        above = pl.col(f"_t{k + 1}")
        value = pl.min_horizontal(value, above)
    if above is not None and shape.has("rolling"):
        base = pl.when(_is("rolling") & ~is_top).then(above).otherwise(base)
    if shape.has("relative excess"):
        base = pl.when(_is("relative excess")).then("_over").otherwise(base)
    inside = sorted(shape.forms & {"marginal", "relative banded"})
    return pl.when(_is(*inside)).then(value - pl.col(f"_t{k}")).otherwise(base) if inside else base


def _rule_frame(rules: Sequence[Rule], shape: Shape) -> pl.DataFrame:
    kind = shape.kind
    schema: dict[str, pl.DataType | type] = {"rule": pl.Int64, "_form": pl.Int64, "_relative": pl.Boolean}
    schema |= {"_bottom": kind, "_scale": kind, "_most": kind, "_first": pl.Int64, "_labels": pl.Int64}
    for k in range(shape.most):
        schema |= {f"_from{k}": kind, f"_rate{k}": kind, f"_fixed{k}": kind}
    firsts = accumulate((len(band_labels(rule.component)) for rule in rules), initial=0)
    rows = [_rule_row(rule, shape.most, first) for rule, first in zip(rules, firsts, strict=False)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rule_row(rule: Rule, most: int, first: int) -> list[object]:
    component, plan = rule.component, rule.plan
    form, bottom, bands = form_of(component), bottom_of(component, plan), bands_of(component, plan)
    ceiling = growth_ceiling(component)
    scale = PERCENT_SCALE if form == "relative banded" or ceiling is not None else 1
    row: list[object] = [rule.number, FORMS.index(form), component.is_relative, bottom * scale, scale, ceiling]
    row += [first, len(band_labels(component))]
    for k in range(most):
        start, rate, fixed = bands[k] if k < len(bands) else (None, 0, 0)
        row += [start, rate, fixed * scale]
    return row


def growth_ceiling(component: Component) -> int | None:
    """The most of the baseline that counts, in millionths; None without a cap on growth."""
    cap = component.growth_base.cap_growth_percent if component.method == "growth" else None
    return None if cap is None else PERCENT_SCALE + percent_rate(cap)


def _is_narrow(rows: pl.DataFrame, rules: Sequence[Rule], shape: Shape) -> bool:
    """Whether no product of a sum, an edge or a scale, and a rate can leave 64 bits; such are reckoned far faster."""
    if shape.has("linear", "every", "sets", "rank"):
        return False
    figures = rows.select(pl.col("measure", "earn", "baseline", "flat").abs().max()).row(0)
    bands = [band for rule in rules for band in bands_of(rule.component, rule.plan)]
    ceilings = [growth_ceiling(rule.component) or 0 for rule in rules]
    relative = shape.relative or shape.capped
    edges = max(abs(start) for start, _, _ in bands)
    times = max(PERCENT_SCALE, edges, *ceilings) if relative else 1
    rate = max(1, int(figures[3] or 0), *(abs(rate) for _, rate, _ in bands))
    fixed = max(abs(fixed) for _, _, fixed in bands) * (PERCENT_SCALE if relative else 1)
    bottoms = max(bottom_of(rule.component, rule.plan) for rule in rules) * PERCENT_SCALE
    amount = max(int(figure or 0) for figure in figures[:3])
    return 4 * shape.most * (max(amount, edges) * times * rate + fixed) < 2**63 and bottoms < 2**63


def _refuse_wide(wide: pl.DataFrame, shape: Shape) -> None:
    """Refuse sums whose exact product with a rate could leave 128 bits, instead of wrapping silently."""
    parts = {part: [f"_{part}{k}" for k in range(shape.most)] for part in ("rate", "fixed", "from")}
    names = ["_m", "_e", "_b", "flat", "_most", *(name for part in parts.values() for name in part)]
    flags = pl.col("_relative"), _is("every").alias("_every"), _is("linear").alias("_linear")
    found = wide.select(pl.col(names).abs().max(), *(flag.any() for flag in flags)).row(0, named=True)

    def highest(*names: str) -> int:
        return max((int(found[name] or 0) for name in names), default=0)

    scale = PERCENT_SCALE if found["_relative"] else 1
    rate, fixed = max(highest(*parts["rate"], "flat"), 1), highest(*parts["fixed"])
    amounts, ceiling = highest("_m", "_e", "_b"), max(highest("_most"), scale)
    times = max(amounts, 1) if found["_every"] else 1
    product = amounts * ceiling * rate + fixed * times
    if found["_linear"]:
        stretch = max(amounts * highest(*parts["from"]), amounts * scale)
        product = max(product, 2 * (amounts * rate + fixed) * stretch)
    if 4 * shape.most * product >= 2**127:
        raise CalculationError("A total times its rate is too large to be calculated exactly.")
