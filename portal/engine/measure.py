"""Measuring: one fused pass of equi-joins from sale lines to sums per rule, participant and window.

Written in Narwhals with Int64 sums only (no division), so that the same code runs where Narwhals runs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import polars as pl

from portal.engine import compile as plans
from portal.engine.compile import PARTICIPANTS, Rule
from portal.engine.credit import Members
from portal.engine.customers import new_customers, won_customers
from portal.engine.errors import CalculationError
from portal.engine.expanding import counted_days, expanded
from portal.engine.firsts import WHOSE, counts_apart, first_lines, with_firsts
from portal.engine.frames import FLOWS, Facts
from portal.engine.free_goods import gift_lines, with_gifts
from portal.engine.money import Gaps
from portal.engine.packing import packing_of
from portal.engine.periods import Window
from portal.engine.place import HERE, Lines, Place, collected

DISTINCT = {"invoices": "invoice_no", "customers": "end_customer", "new_customers": "end_customer"}
SPARSE = 2
GROUP = ["rule", "window", "participant", "factor", "rate"]


@dataclass(frozen=True)
class Parameters:
    """The parameter frames of one calculation."""

    rules: Sequence[Rule]
    windows: dict[int, list[Window]]
    members: Members
    classes: pl.DataFrame
    kinds: pl.DataFrame
    segments: pl.DataFrame
    calendar: pl.DataFrame
    eligible: pl.DataFrame
    factors: pl.DataFrame
    facts: Facts
    gaps: Gaps
    sided: bool = False

    @property
    def place(self) -> Place:
        """Where the lines are measured."""
        return self.facts.place

    @property
    def kind_keys(self) -> list[str]:
        """The columns that say what kind of line it is, without those in which all counted lines agree."""
        same = {"flow"} if self.kinds["flow"].n_unique() == 1 else set()
        same |= set() if plans.source_codes(self.rules) else {"source"}
        return [name for name in ("class", "flow", "source", "price_class") if name in {*self.kinds.columns} - same]

    @property
    def held_keys(self) -> list[str]:
        """The column of certificates, where some rule asks for any."""
        return ["held"] if "held" in self.eligible.columns else []

    @property
    def counts_returns_apart(self) -> bool:
        """Whether some plan counts a return in the period it came back in."""
        return any(rule.plan.returns == "return_period" for rule in self.rules)

    @property
    def needs_members(self) -> bool:
        """Whether any rule asks who the partner was."""
        return self.members.dated or len(self.members.profiles) > 1 or "parent" in self.participants

    @property
    def is_sparse(self) -> bool:
        """Whether nearly every line has a partner, kind and stretch of days of its own, so that sums spare nothing."""
        partners = self.facts.partner_values["partner_id"].n_unique()
        kinds = self.kinds.select(self.kind_keys).n_unique()
        return self.place is HERE and partners * kinds * self.segments.height > SPARSE * self.facts.sales.height

    @property
    def shares_periods(self) -> bool:
        """Whether versions share a period."""
        return any(window.paid for windows in self.windows.values() for window in windows)

    @property
    def participants(self) -> set[str]:
        """The kinds of participants that are paid."""
        return {rule.plan.participant for rule in self.rules}


def measure(sales: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Sums per GROUP: measure, earn, baseline, lines (counted now), gap (an open conversion, or null)."""
    lines = _classified(parameters.place.lines(sales), sales, parameters)
    columns = sorted(_columns(parameters.rules) - set(DISTINCT))
    result = _sums(_cube(lines, parameters, columns, []), sales, parameters, columns)
    for name in sorted({name for rule in parameters.rules for name in _measures(rule)} & set(DISTINCT)):
        result = _with_distinct(result, lines, parameters, name, sales)
    return with_gifts(result, measure_lines, sales, parameters)


def _sums(cube: Lines, sales: pl.DataFrame, parameters: Parameters, columns: Sequence[str]) -> pl.DataFrame:
    params = _rule_frame(parameters.rules, _columns(parameters.rules))
    days = counted_days(params, parameters)
    packing = packing_of(days, sales, parameters)
    if packing is None:
        frame = expanded(cube, parameters, params, days)
        return collected(_grouped(frame, parameters, columns), lines=sales.height)
    frame = packing.packed(expanded(cube, parameters, params, packing.days))
    return packing.unpacked(collected(_grouped(frame, parameters, columns, [packing.key])))


def measure_lines(sales: pl.DataFrame, parameters: Parameters, rules: Sequence[Rule]) -> pl.DataFrame:
    """What each counted line of some rules adds to the measures: GROUP, line_id, earn, measure."""
    columns = sorted(_columns(rules) - set(DISTINCT))
    lines = _classified(parameters.place.lines(sales), sales, parameters)
    expanded = _expanded(_cube(lines, parameters, columns, ["line_id"]), parameters, rules)
    frame = _grouped(expanded.filter(nw.col("past") == 0), parameters, columns, [*GROUP, "line_id"])
    found = collected(frame, lines=sales.height).select(*GROUP, "line_id", "earn", "measure")
    for name in sorted({name for rule in rules for name in _measures(rule)} & set(DISTINCT)):
        counting = [rule for rule in rules if name in _measures(rule)]
        firsts = _first_lines(_naming(lines, name), parameters, counting, name, sales)
        found = with_firsts(found, firsts.filter(pl.col("past") == 0), rules, name)
    return gift_lines(found, sales, parameters)


def measure_pieces(
    sales: pl.DataFrame, parameters: Parameters, rules: Sequence[Rule], by: Sequence[str]
) -> pl.DataFrame:
    """The net quantity of counted lines of some rules by columns of the sales: rule, window, participant, *by."""
    lines = _classified(parameters.place.lines(sales), sales, parameters)
    expanded = _expanded(_cube(lines, parameters, ["quantity"], by), parameters, rules)
    counted = expanded.filter(nw.col("past") == 0).group_by(["rule", "window", "participant", *by])
    return collected(counted.agg(nw.col("quantity").sum().alias("quantity")), lines=sales.height)


def edge_days(sales: pl.DataFrame, parameters: Parameters, rules: Sequence[Rule]) -> pl.DataFrame:
    """The last day of the counted lines and the first of the earlier ones: rule, window, participant, last, first."""
    lines = _classified(parameters.place.lines(sales), sales, parameters)
    expanded = _expanded(_cube(lines, parameters, [], _days(parameters)), parameters, rules)
    frame = _with_day(expanded, parameters).with_columns(
        nw.when(nw.col("past") == 0).then(nw.col("day")).alias("last"),
        nw.when(nw.col("past") == 1).then(nw.col("day")).alias("first"),
    )
    edges = frame.group_by(["rule", "window", "participant"])
    found = edges.agg(nw.col("last").max().alias("last"), nw.col("first").min().alias("first"))
    return collected(found, lines=sales.height)


def _days(parameters: Parameters) -> list[str]:
    return ["origin_day", "sold_day"] if parameters.counts_returns_apart else ["origin_day"]


def _with_day(expanded: Lines, parameters: Parameters) -> Lines:
    """The day a line counts on."""
    if not parameters.counts_returns_apart:
        return expanded.with_columns(nw.col("origin_day").alias("day"))
    apart = nw.when(nw.col("apart") == 1).then(nw.col("sold_day")).otherwise(nw.col("origin_day"))
    return expanded.with_columns(apart.alias("day"))


def _measures(rule: Rule) -> tuple[str, str]:
    return rule.component.measured, rule.component.earning_measure


def _columns(rules: Sequence[Rule]) -> set[str]:
    return {column for rule in rules for column in _columns_of(rule)}


def _columns_of(rule: Rule) -> tuple[str, str, str]:
    """The columns its qualifier, its earning measure and its baseline are summed from."""
    measured, earned = (plans.column_of(rule, name) for name in _measures(rule))
    return measured, earned, plans.baseline_column(rule)


def _classified(lines: Lines, sales: pl.DataFrame, parameters: Parameters) -> Lines:
    """Lines of products that some rule counts, with class, flow, source and segment."""
    frame = lines.join(parameters.place.lift(parameters.classes), on="product_id", how="inner")
    flows = sorted(set(parameters.kinds["flow"]))
    flow: nw.Expr = nw.lit(-1, nw.Int64)
    for code in flows:
        flow = nw.when(nw.col("flow") == FLOWS[code]).then(nw.lit(code, nw.Int64)).otherwise(flow)
    source: nw.Expr = nw.lit(0, nw.Int64)
    for code, name in enumerate(plans.source_codes(parameters.rules), start=1):
        source = nw.when(nw.col("source") == name).then(nw.lit(code, nw.Int64)).otherwise(source)
    frame = frame.with_columns(flow.alias("flow"), source.alias("source"))
    frame = frame.filter(nw.col("flow").is_in(flows))
    days = _dense_days(sales, parameters.segments)
    frame = frame.join(parameters.place.lift(days.rename({"day": "origin_day"})), on="origin_day", how="inner")
    if parameters.counts_returns_apart:
        apart = days.rename({"day": "sold_day", "segment": "sold_segment"})
        frame = frame.join(parameters.place.lift(apart), on="sold_day", how="inner")
    return frame


def _dense_days(sales: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """(day, segment) for every day of the sales."""
    days = sorted({*sales["sold_day"].unique().to_list(), *sales["origin_day"].unique().to_list()})
    starts, numbers = segments.sort("from").select("from", "segment").get_columns()
    begins, numbered = starts.to_list(), numbers.to_list()
    found = [numbered[bisect_right(begins, day) - 1] for day in days]
    return pl.DataFrame({"day": days, "segment": found}, schema={"day": pl.Int64, "segment": pl.Int64})


def _profiles(lines: Lines, parameters: Parameters) -> Lines:
    """Who each partner of the lines was in each segment: (partner_id, segment, profile, parent_id, parent_profile)."""
    pairs = lines.select("partner_id", "segment").unique(["partner_id", "segment"])
    starts = parameters.segments.select("segment", pl.col("from").alias("start"))
    held = pairs.join(parameters.place.lift(starts), on="segment", how="inner")
    held = held.join(parameters.place.lift(parameters.members.intervals), on="partner_id", how="inner")
    held = held.filter(nw.col("from") <= nw.col("start"), nw.col("start") < nw.col("until"))
    return held.select("partner_id", "segment", "profile", "parent_id", "parent_profile")


def _cube(lines: Lines, parameters: Parameters, columns: Sequence[str], extra: Sequence[str]) -> Lines:
    """Lines with the partner's profile, summed over everything no rule tells apart where that makes them fewer."""
    keys = [*parameters.kind_keys, "segment", *parameters.held_keys, *extra]
    keys += ["partner_id"] if "partner" in parameters.participants or parameters.needs_members else []
    keys += ["seller_id"] if "seller" in parameters.participants else []
    keys += ["sold_segment"] if parameters.counts_returns_apart else []
    keys += ["side"] if parameters.sided else []
    gaps = [f"gap_{column}" for column in columns if column != "quantity"] if parameters.gaps.sentences else []
    if not extra and parameters.is_sparse:
        cube = lines.select(*keys, *columns, nw.lit(1, nw.Int64).alias("lines"), *gaps)
    else:
        sums = [nw.col(column).sum().alias(column) for column in columns]
        cube = lines.group_by(keys).agg(
            *sums, nw.len().cast(nw.Int64).alias("lines"), *(nw.col(gap).min().alias(gap) for gap in gaps)
        )
    if parameters.needs_members:
        return cube.join(_profiles(lines, parameters), on=["partner_id", "segment"], how="inner")
    return cube.with_columns(
        nw.lit(0, nw.Int64).alias("profile"),
        nw.lit(0, nw.Int64).alias("parent_profile"),
        nw.lit(0, nw.Int64).alias("parent_id"),
    )


def _expanded(cube: Lines, parameters: Parameters, rules: Sequence[Rule]) -> Lines:
    params = _rule_frame(rules, _columns(parameters.rules))
    return expanded(cube, parameters, params, counted_days(params, parameters))


def _rule_frame(rules: Sequence[Rule], columns: set[str]) -> pl.DataFrame:
    at = {column: code for code, column in enumerate(sorted(columns))}
    rows = [
        (
            rule.number,
            PARTICIPANTS.index(rule.plan.participant),
            int(rule.plan.returns == "return_period"),
            *(at[column] for column in _columns_of(rule)),
        )
        for rule in rules
    ]
    names = ["rule", "payee", "apart", "measured", "earned_on", "based_on"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")


def _grouped(expanded: Lines, parameters: Parameters, columns: Sequence[str], keys: Sequence[str] = GROUP) -> Lines:
    named = {name: _named_column(name, parameters, columns) for name in ("measured", "earned_on", "based_on")}
    if all(len(set(_columns_of(rule))) == 1 for rule in parameters.rules):
        expanded = expanded.with_columns(named["measured"].alias("value"))
        named = dict.fromkeys(named, nw.col("value"))
    now, past = nw.col("past") == 0, nw.col("past") == 1
    figures = {
        "measure": nw.when(now).then(named["measured"]).otherwise(_zero()),
        "earn": nw.when(now).then(named["earned_on"]).otherwise(_zero()),
        "baseline": nw.when(past).then(named["based_on"]).otherwise(_zero()),
        "lines": nw.when(now).then(nw.col("lines")).otherwise(_zero()),
    }
    is_measure = all(measured == earned for measured, earned, _ in map(_columns_of, parameters.rules))
    once = [name for name in figures if name != "earn" or not is_measure]  # what is the same is not summed twice
    frame = expanded.with_columns(*(figures[name].alias(name) for name in once), _gap(parameters, columns).alias("gap"))
    sums = [nw.col(name).sum().alias(name) for name in once]
    if parameters.gaps.sentences:
        grouped = frame.group_by(list(keys)).agg(*sums, nw.col("gap").min().alias("gap"))
    else:
        grouped = frame.group_by(list(keys)).agg(*sums).with_columns(nw.lit(None, nw.Int64).alias("gap"))
    if is_measure:
        grouped = grouped.with_columns(nw.col("measure").alias("earn"))
    return grouped.select(*keys, *figures, "gap")


def _named_column(by: str, parameters: Parameters, columns: Sequence[str]) -> nw.Expr:
    """The column that a rule names by its place among all, of those that were summed; 0 for the others."""
    every = sorted(_columns(parameters.rules))
    if every == [*columns] and len(every) == 1:
        return nw.col(every[0])
    found = _zero()
    for code, column in enumerate(every):
        if column in columns:
            found = nw.when(nw.col(by) == code).then(nw.col(column)).otherwise(found)
    return found


def _gap(parameters: Parameters, columns: Sequence[str]) -> nw.Expr:
    """The first conversion left open that a row of the cube would need."""
    gap: nw.Expr = nw.lit(None, nw.Int64)
    for code, column in enumerate(sorted(_columns(parameters.rules)) if parameters.gaps.sentences else ()):
        if column in columns and column != "quantity":
            current = (nw.col("measured") == code) | (nw.col("earned_on") == code)
            mine = (current & (nw.col("past") == 0)) | ((nw.col("based_on") == code) & (nw.col("past") == 1))
            gap = nw.when(mine & ~nw.col(f"gap_{column}").is_null()).then(nw.col(f"gap_{column}")).otherwise(gap)
    return gap


def _with_distinct(
    result: pl.DataFrame, lines: Lines, parameters: Parameters, name: str, sales: pl.DataFrame
) -> pl.DataFrame:
    """Add distinct invoices or customers: those whose counted lines sum to a positive quantity."""
    column = DISTINCT[name]
    if column not in sales.columns:
        raise CalculationError(f"A plan counts {name}, but the sales have no column {column}.")
    rules = [rule for rule in parameters.rules if name in _measures(rule)]
    named = _naming(lines, name)
    apart = [rule for rule in rules if counts_apart(rule)]
    counted = _counted(named, parameters, [rule for rule in rules if not counts_apart(rule)], name, sales)
    if apart:
        firsts = _first_lines(named, parameters, apart, name, sales)
        more = firsts.group_by([*GROUP, "past"]).agg(pl.len().cast(pl.Int64).alias("count"))
        counted = pl.concat([counted, more.select(counted.columns)])
    numbers = [(rule.number, rule.component.measured == name, rule.component.earning_measure == name) for rule in rules]
    which = pl.DataFrame(numbers, schema={"rule": pl.Int64, "_m": pl.Boolean, "_e": pl.Boolean}, orient="row")
    now = counted.filter(pl.col("past") == 0).drop("past").rename({"count": "_now"})
    past = counted.filter(pl.col("past") == 1).drop("past").rename({"count": "_past"})
    joined = result.join(now, on=GROUP, how="left").join(past, on=GROUP, how="left").join(which, on="rule", how="left")
    add_now, add_past = pl.col("_now").fill_null(0), pl.col("_past").fill_null(0)
    measured, earned = pl.col("_m").fill_null(value=False), pl.col("_e").fill_null(value=False)
    return joined.select(
        *GROUP,
        pl.when(measured).then(add_now).otherwise(pl.col("measure")).alias("measure"),
        pl.when(earned).then(add_now).otherwise(pl.col("earn")).alias("earn"),
        pl.when(measured).then(add_past).otherwise(pl.col("baseline")).alias("baseline"),
        "lines",
        "gap",
    )


def _naming(lines: Lines, name: str) -> Lines:
    """The lines that name an invoice or customer."""
    column = nw.col(DISTINCT[name])
    return lines.filter(~column.is_null(), column != "")


def _counted(
    named: Lines, parameters: Parameters, rules: Sequence[Rule], name: str, sales: pl.DataFrame
) -> pl.DataFrame:
    """How many there are, where it does not matter on which line each stands: GROUP, past, count."""
    if not rules:
        return pl.DataFrame(schema=dict.fromkeys([*GROUP, "past", "count"], pl.Int64))
    column = DISTINCT[name]
    if name == "new_customers":
        found = new_customers(_first_sales(named, parameters, rules), rules, parameters.windows)
        return found.select(*GROUP, "past", "count")
    nets = _expanded(_cube(named, parameters, ["quantity"], [column]), parameters, rules)
    live = nets.group_by([*GROUP, "past", column]).agg(nw.col("quantity").sum().alias("quantity"))
    counts = live.filter(nw.col("quantity") > 0).group_by([*GROUP, "past"])
    counted = collected(counts.agg(nw.len().cast(nw.Int64).alias("count")), lines=sales.height)
    return counted.select(*GROUP, "past", "count")


def _first_lines(
    named: Lines, parameters: Parameters, rules: Sequence[Rule], name: str, sales: pl.DataFrame
) -> pl.DataFrame:
    """The line each counted invoice or customer stands on: GROUP, past, line_id."""
    column = DISTINCT[name]
    expanded = _expanded(_cube(named, parameters, ["quantity"], [column, "line_id"]), parameters, rules)
    frame = collected(expanded.select(*GROUP, "past", column, "line_id", "quantity"), lines=sales.height)
    found = first_lines(frame, column, sales)
    if name == "new_customers":
        won = won_customers(_first_sales(named, parameters, rules), rules, parameters.windows)
        found = found.filter(pl.col("past") == 0).join(won, on=[*WHOSE, column], how="semi")
    return found.select(*GROUP, "past", "line_id")


def _first_sales(named: Lines, parameters: Parameters, rules: Sequence[Rule]) -> pl.DataFrame:
    """What each end customer bought on each day of all history: GROUP, partner_id, end_customer, day, quantity."""
    every = [(rule.number, segment, 0, 0, 0) for rule in rules for segment in parameters.segments["segment"]]
    schema = dict.fromkeys(parameters.calendar.columns, pl.Int64)
    always = replace(parameters, calendar=pl.DataFrame(every, schema=schema, orient="row"))
    has_partner = "partner" in parameters.participants or parameters.needs_members
    extra = ["end_customer", *_days(parameters), *([] if has_partner else ["partner_id"])]
    expanded = _with_day(_expanded(_cube(named, always, ["quantity"], extra), always, rules), parameters)
    days = expanded.group_by([*GROUP, "partner_id", "end_customer", "day"])
    return collected(days.agg(nw.col("quantity").sum().alias("quantity")))


def _zero() -> nw.Expr:
    return nw.lit(0, nw.Int64)
