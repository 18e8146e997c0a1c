"""Plans become small parameter frames, so that one pass of equi-joins serves every component of every plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import polars as pl

from portal.core.money import minor_digits
from portal.engine.admission import joining_miss
from portal.engine.certificates import Held, is_admitted
from portal.engine.credit import BEGINNING, END, KEYS, Members, matches
from portal.engine.floors import parts_of
from portal.engine.frames import FLOWS
from portal.engine.periods import Program, Version, Window
from portal.engine.pilots import is_control
from portal.engine.plan import ACTIVITY, MONEY, Component, Plan, Qualify

RATE_SCALE = 10**4
PARTICIPANTS = ("partner", "seller", "parent")
ONE = Fraction(1)


@dataclass(frozen=True)
class Rule:
    """One component of one version in force, with its place in the program."""

    number: int
    program: str
    version: Version
    component: Component
    position: int

    @property
    def plan(self) -> Plan:
        """The plan it stands in."""
        return self.version.plan

    @cached_property
    def qualify(self) -> Qualify:
        """Which lines it counts."""
        return self.plan.qualify_of(self.component)

    @property
    def floor(self) -> Decimal | None:
        """The least percent of the list price its lines are sold for."""
        return None if self.qualify.price_floor is None else self.qualify.price_floor.percent_of_list


def rules_of(programs: Sequence[Program]) -> list[Rule]:
    """Every component of every version, numbered."""
    found: list[Rule] = []
    for program in programs:
        for version in program.versions:
            for position, component in enumerate(version.plan.components):
                found.append(Rule(len(found), program.code, version, component, position))
    return found


def money_columns(rules: Sequence[Rule]) -> set[tuple[str, str]]:
    """The (measure, currency) pairs that some rule measures in money; "revenue_then" is at the rates a year later."""
    found = {
        (measure, str(rule.plan.measuring_currency))
        for rule in rules
        for measure in (rule.component.measured, rule.component.earning_measure)
        if measure in MONEY
    }
    return found | {("revenue_then", str(rule.plan.measuring_currency)) for rule in rules if _is_constant(rule)}


def column_of(rule: Rule, measure: str) -> str:
    """The column of the sales (or the count) a measure of a rule is summed from."""
    if measure in MONEY:
        return f"{measure}_{rule.plan.measuring_currency}"
    return "quantity" if measure == "units" or measure.startswith(ACTIVITY) else measure


def baseline_column(rule: Rule) -> str:
    """The column its baseline is summed from: that of the qualifier, but for a constant currency."""
    if _is_constant(rule):
        return f"revenue_then_{rule.plan.measuring_currency}"
    return column_of(rule, rule.component.measured)


def _is_constant(rule: Rule) -> bool:
    return rule.component.method == "growth" and rule.component.growth_base.currency == "constant"


def used_values(rules: Sequence[Rule]) -> set[str]:
    """The dated partner values that some plan asks for."""
    asked = [wanted for rule in rules for wanted in (rule.plan.eligibility, *(m.when for m in rule.plan.multipliers))]
    tiers = {"tier"} if any(rule.component.amounts_by_tier is not None for rule in rules) else set()
    joined = {"enrolled"} if any(rule.plan.enrollment == "opt_in" for rule in rules) else set()
    joined |= {"control"} if any(rule.plan.pilot is not None for rule in rules) else set()
    return joined | tiers | {name for wanted in asked for key, name in KEYS.items() if getattr(wanted, key)}


def under(category: str | None, listed: Sequence[str]) -> bool:
    """Whether a category is one of those listed, or stands under one of them."""
    return category is not None and any(category == name or category.startswith(f"{name} / ") for name in listed)


def product_miss(qualify: Qualify, sku: str, category: str | None, tags: str | None) -> str:
    """Why a product does not qualify, as a phrase; nothing when it does. `tags` are separated by semicolons."""
    if qualify.categories and not under(category, qualify.categories):
        return f"category {category}"
    if qualify.skus and sku not in qualify.skus:
        return f"product {sku}"
    if sku in (qualify.exclude_skus or ()):
        return f"product {sku} is excluded"
    if under(category, qualify.exclude_categories or ()):
        return f"category {category} is excluded"
    if qualify.tags and not set(qualify.tags) & set((tags or "").split(";")):
        return f"product {sku} has no tag {' or '.join(qualify.tags)}"
    return ""


def rate_of(component: Component, plan: Plan, sku: str, category: str | None) -> int | None:
    """What a table pays for one unit (scaled): the SKU wins, then the longest category; 0 without a table.

    None where a product is in no table, or not part of the bundle.
    """
    if component.items is not None and sku not in component.items:
        return None
    if component.amounts is None:
        return 0
    if sku in component.amounts:
        return unit_rate(component.amounts[sku], plan.unit)
    found = [name for name in component.amounts if under(category, [name])]
    return unit_rate(component.amounts[max(found, key=len)], plan.unit) if found else None


def unit_rate(amount: Decimal, unit: str) -> int:
    """An amount for each unit in ten-thousandths of a minor unit."""
    return int(amount * 10 ** minor_digits(unit) * RATE_SCALE)


def product_classes(rules: Sequence[Rule], products: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Products by class (product_id, class), and which rules a class meets (class, rule, rate).

    Products that no rule names by their SKU differ in category and tags alone, so each pair is judged once.
    """
    naming: dict[str, list[Rule]] = {}
    for rule in rules:
        for sku in _named_skus(rule):
            naming.setdefault(sku, []).append(rule)
    of_kind: dict[tuple[str | None, str | None], dict[int, int]] = {}
    numbers: dict[tuple[tuple[int, int], ...], int] = {}
    members: list[tuple[int, int]] = []
    for product_id, sku, category, tags in products.select(
        "product_id", "sku", "category", tags_of(products)
    ).iter_rows():
        if (category, tags) not in of_kind:
            of_kind[category, tags] = _rates(rules, None, category, tags)
        met = of_kind[category, tags]
        if sku in naming:
            own = {rule.number for rule in naming[sku]}
            met = {number: rate for number, rate in met.items() if number not in own}
            met = dict(sorted((met | _rates(naming[sku], sku, category, tags)).items()))
        if met:
            members.append((product_id, numbers.setdefault(tuple(met.items()), len(numbers))))
    rows = [(number, rule, rate) for met, number in numbers.items() for rule, rate in met]
    return _frame(["product_id", "class"], members), _frame(["class", "rule", "rate"], rows)


def _named_skus(rule: Rule) -> set[str]:
    qualify, component = rule.qualify, rule.component
    return {*(qualify.skus or ()), *(qualify.exclude_skus or ()), *(component.items or ()), *(component.amounts or ())}


def _rates(rules: Sequence[Rule], sku: str | None, category: str | None, tags: str | None) -> dict[int, int]:
    """What one unit of a product (without `sku` one that no rule names) pays under the rules it counts for."""
    found = {}
    for rule in rules:
        rate = rate_of(rule.component, rule.plan, sku or "", category)
        if rate is not None and not product_miss(rule.qualify, sku or "", category, tags):
            found[rule.number] = rate
    return found


def tags_of(products: pl.DataFrame) -> pl.Expr:
    """The tags of products, where any are known."""
    return pl.col("tags") if "tags" in products.columns else pl.lit(None, pl.String).alias("tags")


def source_codes(rules: Sequence[Rule]) -> list[str]:
    """The sources that some plan names; every other source has the code 0."""
    return sorted({name for rule in rules for name in rule.qualify.sources or ()})


def price_floors(rules: Sequence[Rule]) -> list[int]:
    """The floors of all rules, in order; `price_class` of a line is how many of them it meets."""
    asked = (rule.floor for rule in rules)
    return parts_of(percent for percent in asked if percent is not None)


def kinds_frame(rules: Sequence[Rule], classes: pl.DataFrame) -> pl.DataFrame:
    """Which kinds of lines a rule counts: (class, flow, source, rule, rate), and price_class where prices decide."""
    sources, floors = source_codes(rules), price_floors(rules)
    rows = []
    for rule in rules:
        qualify = rule.qualify
        allowed = [sources.index(name) + 1 for name in qualify.sources] if qualify.sources else range(len(sources) + 1)
        rows += [(rule.number, FLOWS.index(str(qualify.flow)), code) for code in allowed]
    kinds = classes.join(_frame(["rule", "flow", "source"], sorted(set(rows))), on="rule")
    if not floors:
        return kinds
    met = [(rule.number, price) for rule in rules for price in range(_least_class(rule, floors), len(floors) + 1)]
    return kinds.join(_frame(["rule", "price_class"], met), on="rule")


def _least_class(rule: Rule, floors: Sequence[int]) -> int:
    percent = rule.floor
    return 0 if percent is None else floors.index(parts_of([percent])[0]) + 1


def segments_frame(windows: dict[int, list[Window]], cuts: Iterable[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Days by segment (from, until, segment), and what a segment is to a rule: (rule, segment, window, past, outside).

    A segment is a run of days that no window, no baseline window and no change of a partner (`cuts`) divides.
    Segments cover all days; `past` is 1 for a baseline.
    """
    spans = [
        (rule, index, past, outside, start, end)
        for rule, found in windows.items()
        for index, window in enumerate(found)
        for past, outside, start, end in _spans(window)
    ]
    edges = sorted({BEGINNING, END, *cuts, *(day for span in spans for day in span[4:])})
    at = {day: index for index, day in enumerate(edges)}
    rows = [
        (rule, segment, index, past, outside)
        for rule, index, past, outside, a, b in spans
        for segment in range(at[a], at[b])
    ]
    days = list(zip(edges, edges[1:], range(len(edges)), strict=False))
    return _frame(["from", "until", "segment"], days), _frame(["rule", "segment", "window", "past", "outside"], rows)


def _spans(window: Window) -> list[tuple[int, int, int, int]]:
    """Stretches of days as (past, outside, from, until): outside are days that another version pays."""
    since, until = window.paid or (window.start, window.end)
    stretches = [(0, 1, window.start, since), (0, 0, since, until), (0, 1, until, window.end)]
    return [*(stretch for stretch in stretches if stretch[2] < stretch[3]), (1, 0, *window.year_before())]


def eligible_frame(rules: Sequence[Rule], members: Members, held: Sequence[Held] = ()) -> pl.DataFrame:
    """Which profiles a rule accepts, and what a unit pays at their tier: (rule, profile, tier_rate), and held."""
    accepted = _frame(
        ["rule", "profile", "tier_rate"],
        [
            (rule.number, profile, rate)
            for rule in rules
            for profile, values in enumerate(members.profiles)
            if matches(rule.plan.eligibility, values)
            and not joining_miss(rule.plan, values)
            and not is_control(rule.version, values)
            and (rate := tier_rate(rule.component, rule.plan, values)) is not None
        ],
    )
    if not held:
        return accepted
    sets = [(rule.number, at) for rule in rules for at, names in enumerate(held) if is_admitted(rule.plan, names)]
    return accepted.join(_frame(["rule", "held"], sets), on="rule")


def tier_rate(component: Component, plan: Plan, values: Mapping[str, str | None]) -> int | None:
    """What a unit pays at a partner's tier (scaled); 0 without such a table, None for a tier that is not in it."""
    if component.amounts_by_tier is None:
        return 0
    amount = component.amounts_by_tier.get(values["tier"] or "")
    return None if amount is None else unit_rate(amount, plan.unit)


def factor_for(plan: Plan, values: dict[str, str | None] | None) -> Fraction:
    """The product of all multipliers that match a participant's values; 1 when none does."""
    product = ONE
    for multiplier in plan.multipliers:
        if values is not None and matches(multiplier.when, values):
            product *= Fraction(multiplier.by)
    return product


def factors_frame(rules: Sequence[Rule], members: Members) -> tuple[pl.DataFrame, list[Fraction]]:
    """The factor of each profile other than 1: (rule, factor_profile, factor), numbering into the list returned."""
    factors: list[Fraction] = [ONE]
    rows = []
    for rule in rules:
        for profile, values in enumerate(members.profiles):
            factor = factor_for(rule.plan, dict(values))
            if factor != ONE:
                if factor not in factors:
                    factors.append(factor)
                rows.append((rule.number, profile, factors.index(factor)))
    return _frame(["rule", "factor_profile", "factor"], rows), factors


def _frame(names: list[str], rows: Sequence[Sequence[int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")
