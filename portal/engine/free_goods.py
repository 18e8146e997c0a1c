"""Free goods: what each invoice and product gives on top, worth its list price; each line carries its part of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.money import NO_PRICE, Exchange, converted, no_rate, with_prices
from portal.engine.plan import Component, Plan
from portal.engine.rounding import round_minor

if TYPE_CHECKING:
    from portal.engine.compile import Rule
    from portal.engine.measure import Parameters

PIECE = ["rule", "window", "participant", "invoice", "product_id"]
GROUP = ["rule", "window", "participant", "factor", "rate"]
MeasureLines = Callable[[pl.DataFrame, "Parameters", Sequence["Rule"]], pl.DataFrame]


def invoices(sales: pl.DataFrame) -> pl.Expr:
    """The invoice of a line as a number; a line without one (and what takes it back) is an invoice of its own."""
    own = [pl.col(name) for name in ("returns_line_id", "line_id") if name in sales.columns]
    if "invoice_no" not in sales.columns:
        return (-pl.coalesce(own)).alias("invoice")
    named = pl.col("invoice_no").is_not_null() & (pl.col("invoice_no") != "")
    number = pl.col("invoice_no").rank("dense").cast(pl.Int64)
    return pl.when(named).then(number).otherwise(-pl.coalesce(own)).alias("invoice")


def with_gifts(
    rows: pl.DataFrame, measure_lines: MeasureLines, sales: pl.DataFrame, parameters: Parameters
) -> pl.DataFrame:
    """The measured rows, `earn` of free goods being what is given, in minor units of pay."""
    rules = [rule for rule in parameters.rules if rule.component.method == "free_goods"]
    if not rules:
        return rows
    lines = measure_lines(sales, parameters, rules)
    given = lines.group_by(GROUP).agg(pl.col("earn").sum().alias("_earn"), pl.col("gap").min().alias("_gap"))
    joined = rows.join(given, on=GROUP, how="left", maintain_order="left")
    mine = pl.col("rule").is_in([rule.number for rule in rules])
    return joined.with_columns(
        pl.when(mine).then(pl.col("_earn").fill_null(0)).otherwise("earn").alias("earn"),
        pl.when(mine).then("_gap").otherwise("gap").alias("gap"),
    ).drop("_earn", "_gap")


def gift_lines(lines: pl.DataFrame, sales: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Counted lines with `gap`; `earn` of a line of free goods is its part of what its invoice and product give.

    The parts are whole minor units and sum to what is given: in tie order each line brings the given value up to the
    quantity sold so far.
    """
    rules = [rule for rule in parameters.rules if rule.component.method == "free_goods"]
    lines = lines.with_columns(pl.lit(None, pl.Int64).alias("gap"))
    mine = pl.col("rule").is_in([rule.number for rule in rules])
    if not rules or lines.filter(mine).is_empty():
        return lines
    placed = _placed(lines.filter(mine), sales).sort("sold_day", "source", "_name")
    pieces = placed.group_by(PIECE, maintain_order=True).agg(
        pl.col("earn").sum().alias("net"), pl.col("origin_day").first()
    )
    worth = pieces.join(_worth(pieces, rules, parameters), on=PIECE)
    placed = placed.drop("gap").join(worth.select(*PIECE, "net", "worth", "gap"), on=PIECE, maintain_order="left")
    upto = pl.col("earn").cum_sum().over(PIECE)
    part = _share("worth", upto) - _share("worth", upto - pl.col("earn"))
    placed = placed.with_columns(part.alias("earn"))
    return pl.concat([lines.filter(~mine), placed.select(lines.columns)])


def _share(worth: str, quantity: pl.Expr) -> pl.Expr:
    wide = pl.col(worth).cast(pl.Int128) * quantity.cast(pl.Int128)
    return (wide // pl.max_horizontal("net", 1).cast(pl.Int128)).cast(pl.Int64)


def _placed(lines: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """The lines with their invoice, product, day and place in the order of ties."""
    number = pl.col("line_id").cast(pl.String)
    name = pl.lit(None, pl.String) if "external_id" not in sales.columns else pl.col("external_id")
    named = pl.when(name.is_null() | (name == "")).then(number).otherwise(name).alias("_name")
    facts = sales.select("line_id", "product_id", "sold_day", "origin_day", "source", named, invoices(sales))
    return lines.join(facts.unique("line_id"), on="line_id")


def _worth(pieces: pl.DataFrame, rules: Sequence[Rule], parameters: Parameters) -> pl.DataFrame:
    """What each invoice and product gives (`worth`, minor units of pay), and the gap where no price is known."""
    terms = [(rule.number, rule.component.per, rule.component.give, rule.plan.unit) for rule in rules]
    schema = {"rule": pl.Int64, "_per": pl.Int64, "_give": pl.Int64, "_unit": pl.String}
    known = pieces.join(pl.DataFrame(terms, schema=schema, orient="row"), on="rule")
    given = pl.max_horizontal("net", 0) // pl.col("_per") * pl.col("_give")
    known = known.with_columns(given.alias("quantity"))
    facts, gaps = parameters.facts, parameters.gaps
    exchange = Exchange(facts.rates)
    priced = with_prices(known, facts, gaps, "list_price")
    found = []
    for unit in sorted({rule.plan.unit for rule in rules}):
        part = priced.filter(pl.col("_unit") == unit)
        found.append(converted(part, exchange, gaps, "_list_price", "_list_price_currency", unit, "worth"))
    every = pl.concat(found)
    gives = pl.col("quantity") > 0
    gap = pl.when(gives).then(pl.coalesce("_no_list_price", "gap_worth")).alias("gap")
    return every.select(*PIECE, pl.when(gives).then("worth").fill_null(0).alias("worth"), gap)


def invoice_of(row: dict[str, Any]) -> Hashable:
    """The invoice of one line; a line without one (and what takes it back) is an invoice of its own."""
    if row.get("invoice_no"):
        return str(row["invoice_no"])
    returned = row.get("returns_line_id")
    return int(row["line_id"] if returned is None else returned)


def gifts_of(rows: Sequence[dict[str, Any]], component: Component, plan: Plan, facts: Facts) -> dict[int, int]:
    """What each counted line (in tie order) carries of the free goods of its invoice and product, in minor units."""
    groups: dict[tuple[Hashable, int], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((invoice_of(row), row["product_id"]), []).append(row)
    found: dict[int, int] = {}
    for group in groups.values():
        net = sum(row["quantity"] for row in group)
        given = max(net, 0) // (component.per or 1) * (component.give or 0)
        worth = listed_price(group[0], plan.unit, facts) * given if given else Fraction(0)
        whole, upto = round_minor(worth), 0
        for row in group:
            before, upto = upto, upto + row["quantity"]
            found[row["line_id"]] = whole * upto // net - whole * before // net if given else 0
    return found


def listed_price(row: dict[str, Any], unit: str, facts: Facts) -> Fraction:
    """The list price of a line's product in force on its day, in minor units of pay; CalculationError without one."""
    prices = facts.product_prices.filter(pl.col("product_id") == row["product_id"]).sort("valid_from").to_dicts()
    held = [price for price in prices if price["valid_from"] <= row["origin_day"]][-1:] or prices[:1]
    if not held or held[0].get("list_price") is None:
        sku = facts.products.filter(pl.col("product_id") == row["product_id"])["sku"].item()
        raise CalculationError(NO_PRICE["list_price"].format(sku))
    currency = held[0]["currency"]
    rate = Exchange(facts.rates).find_minor_rate(currency, unit, row["origin_day"])
    if rate is None:
        raise CalculationError(no_rate(currency, unit, row["origin_day"]))
    return int(held[0]["list_price"]) * rate
