"""Price floors: what was sold under a percent of the list price in force on its day does not count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.money import Exchange, Gaps, with_prices

PART = 10**6  # a percent of four decimals as a whole number of millionths
SALE = ["line_id", "partner_id", "seller_id"]


def parts_of(percents: Iterable[Decimal]) -> list[int]:
    """Different percents in order, in millionths of the list price."""
    return sorted({int(percent * PART / 100) for percent in percents})


def with_price_class(sales: pl.DataFrame, facts: Facts, floors: Sequence[int]) -> pl.DataFrame:
    """The lines with `price_class`: how many floors (in order, from `parts_of`) their price meets.

    What has no quantity, no list price or no exchange rate to compare with meets all. A return goes with its sale.
    """
    priced = with_prices(sales, facts, Gaps(), "list_price")
    priced = _with_rates(priced, Exchange(facts.rates))
    _refuse_wide(priced, max(floors))
    paid = pl.col("amount").cast(pl.Int128) * pl.col("quantity").sign() * pl.col("_top") * PART
    listed = pl.col("_list_price").abs().cast(pl.Int128) * pl.col("_bottom")
    met = pl.sum_horizontal((paid < listed * floor).fill_null(value=False).not_().cast(pl.Int64) for floor in floors)
    classed = sales.with_columns(priced.select(met.cast(pl.Int64).alias("price_class")).to_series())
    if "returns_line_id" not in sales.columns:
        return classed
    first = classed.select(pl.col("line_id").alias("returns_line_id"), *SALE[1:], pl.col("price_class").alias("_first"))
    first = first.unique([*SALE[1:], "returns_line_id"], maintain_order=True)
    joined = classed.join(first, on=["returns_line_id", *SALE[1:]], how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce("_first", "price_class").alias("price_class")).drop("_first")


def _with_rates(priced: pl.DataFrame, exchange: Exchange) -> pl.DataFrame:
    """The lines with the rate from their minor units to those of the list price, as `_top` over `_bottom`."""
    keys = ["currency", "_list_price_currency", "origin_day"]
    rows: list[tuple[int | None, int | None]] = []
    pairs = priced.select(keys).drop_nulls().unique().sort(keys)
    for currency, base, day in pairs.iter_rows():
        rate = exchange.find_minor_rate(currency, base, day)
        rows.append((None, None) if rate is None else (rate.numerator, rate.denominator))
    rates = pl.DataFrame(rows, schema={"_top": pl.Int128, "_bottom": pl.Int128}, orient="row")
    return priced.join(pairs.hstack(rates), on=keys, how="left", maintain_order="left")


def _refuse_wide(priced: pl.DataFrame, floor: int) -> None:
    """Refuse what could leave 128 bits when prices are compared."""
    columns = ("amount", "_top", "_list_price", "_bottom")
    amount, top, listed, bottom = (priced.select(pl.col(name).abs().max()).item() or 0 for name in columns)
    if max(amount * top * PART, listed * bottom * floor) >= 2**126:
        raise CalculationError("A price and its list price are too large to be compared exactly.")


class Floor:
    """Judges single lines of a journal against floors, in plain fractions."""

    def __init__(self, facts: Facts, rows: Iterable[dict[str, Any]]) -> None:
        self._exchange = Exchange(facts.rates)
        self._prices: dict[int, list[dict[str, Any]]] = {}
        for price in facts.product_prices.sort("valid_from", maintain_order=True).iter_rows(named=True):
            self._prices.setdefault(price["product_id"], []).append(price)
        self._sales = {tuple(row[name] for name in SALE): row for row in rows}

    def is_under(self, row: dict[str, Any], percent: Decimal) -> bool:
        """Whether a line (for a return: its sale) was sold under a percent of its list price."""
        sale = self._sales.get((row.get("returns_line_id"), row["partner_id"], row["seller_id"]), row)
        listed = self._listed(sale)
        if listed is None or not sale["quantity"]:
            return False
        return Fraction(sale["amount"], sale["quantity"]) < listed * Fraction(percent) / 100

    def _listed(self, row: dict[str, Any]) -> Fraction | None:
        """The list price in force on a line's day, in minor units of the line's currency."""
        known = self._prices.get(row["product_id"], [])
        held = [price for price in known if price["valid_from"] <= row["origin_day"]][-1:] or known[:1]
        if not held or held[0].get("list_price") is None:
            return None
        rate = self._exchange.find_minor_rate(row["currency"], held[0]["currency"], row["origin_day"])
        return None if rate is None else held[0]["list_price"] / rate
