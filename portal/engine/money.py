"""Money in the measuring currency: each foreign line is converted and rounded once; costs likewise for margin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from portal.core.money import minor_digits
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts, refuse_overflow
from portal.engine.periods import a_year_on, day_of
from portal.engine.rounding import round_minor_expr

RATE_SCALE = 10**10
_BEGINNING = -(10**7)
NO_PRICE = {
    "cost": "There is no cost of {} on file, so its margin is not known.",
    "list_price": "There is no list price of {} on file, so its value is not known.",
}


@dataclass
class Gaps:
    """What could not be converted or costed; a line points to its sentence, which is said only if the line counts."""

    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> int:
        """Remember a sentence; its number."""
        self.sentences.append(sentence)
        return len(self.sentences) - 1


class Exchange:
    """Dated rates: direct, else reciprocal, else one hop over a common base (DOMAIN section 2)."""

    def __init__(self, rates: pl.DataFrame) -> None:
        self._dated: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for row in rates.sort("valid_from").iter_rows(named=True):
            self._dated.setdefault((row["currency"], row["base"]), []).append((row["valid_from"], row["rate"]))

    def find_rate(self, currency: str, base: str, day: int) -> Fraction | None:
        """How many `base` one `currency` was on a day, in major units; None when nothing is known."""
        straight = self._straight(currency, base, day)
        return straight if straight is not None else self._one_hop(currency, base, day)

    def find_minor_rate(self, currency: str, base: str, day: int) -> Fraction | None:
        """The rate between minor units."""
        rate = self.find_rate(currency, base, day)
        return None if rate is None else rate * Fraction(10) ** (minor_digits(base) - minor_digits(currency))

    def _straight(self, currency: str, base: str, day: int) -> Fraction | None:
        if currency == base:
            return Fraction(1)
        direct = self._newest(currency, base, day)
        if direct is not None:
            return direct
        inverse = self._newest(base, currency, day)
        return None if inverse is None else 1 / inverse

    def _newest(self, currency: str, base: str, day: int) -> Fraction | None:
        known = [rate for valid_from, rate in self._dated.get((currency, base), ()) if valid_from <= day]
        return Fraction(known[-1], RATE_SCALE) if known else None

    def _one_hop(self, currency: str, base: str, day: int) -> Fraction | None:
        for common in sorted({name for pair in self._dated for name in pair}):
            first, second = self._straight(currency, common, day), self._straight(common, base, day)
            if first is not None and second is not None:
                return first * second
        return None


def no_rate(currency: str, base: str, day: int) -> str:
    """The sentence that a rate is missing."""
    return f"There is no exchange rate from {currency} to {base} on {day_of(day)}."


def measured_sales(facts: Facts, wanted: Iterable[tuple[str, str]]) -> tuple[pl.DataFrame, Gaps]:
    """The sales with a column `revenue_USD` or the like for each wanted pair; `gap_...` where one is open."""
    sales, gaps, exchange = facts.sales, Gaps(), Exchange(facts.rates)
    pairs = set(wanted)
    for base in sorted({base for _, base in pairs}):
        sales = converted(sales, exchange, gaps, "amount", "currency", base, f"revenue_{base}")
    then = sorted(base for measure, base in pairs if measure == "revenue_then")
    if then:
        sales = sales.join(_year_later(sales), on="origin_day", how="left", maintain_order="left")
    for base in then:
        sales = converted(sales, exchange, gaps, "amount", "currency", base, f"revenue_then_{base}", day="_later")
    if any(measure == "margin" for measure, _ in pairs):
        sales = with_prices(sales, facts, gaps, "cost")
    for base in sorted(base for measure, base in pairs if measure == "margin"):
        sales = _with_margin(sales, exchange, gaps, base)
    if any(measure == "list_value" for measure, _ in pairs):
        sales = with_prices(sales, facts, gaps, "list_price")
    for base in sorted(base for measure, base in pairs if measure == "list_value"):
        into = f"list_value_{base}"
        sales = converted(sales, exchange, gaps, "_list_price", "_list_price_currency", base, into)
        sales = sales.with_columns(pl.coalesce("_no_list_price", f"gap_{into}").alias(f"gap_{into}"))
    return sales, gaps


def _year_later(sales: pl.DataFrame) -> pl.DataFrame:
    """The same day of the following year for each day of the sales."""
    days = sales["origin_day"].unique().to_list()
    return pl.DataFrame(
        {"origin_day": days, "_later": [a_year_on(day) for day in days]},
        schema=dict.fromkeys(["origin_day", "_later"], pl.Int64),
    )


def converted(
    sales: pl.DataFrame, exchange: Exchange, gaps: Gaps, amount: str, currency: str, base: str, into: str,
    day: str = "origin_day",
) -> pl.DataFrame:  # fmt: skip
    """The lines with an amount in a currency brought into another one, rounded once, at the rate of a day."""
    keys = [currency, day]
    if (sales[currency] == base).all():
        return sales.with_columns(pl.col(amount).alias(into), pl.lit(None, dtype=pl.Int64).alias(f"gap_{into}"))
    foreign = sales.filter(pl.col(currency) != base).select(keys).unique().sort(keys)
    rows: list[tuple[int | None, int | None, int | None]] = []
    for name, on in foreign.iter_rows():
        rate = exchange.find_minor_rate(name, base, on)
        if rate is None:
            rows.append((None, None, gaps.add(no_rate(name, base, on))))
        else:
            rows.append((rate.numerator, rate.denominator, None))
    schema: dict[str, type[pl.DataType]] = {"_top": pl.Int128, "_bottom": pl.Int128, f"gap_{into}": pl.Int64}
    dense = foreign.hstack(pl.DataFrame(rows, schema=schema, orient="row"))
    _refuse_wide(sales, dense, amount)
    exact = round_minor_expr(pl.col(amount).cast(pl.Int128) * pl.col("_top"), pl.col("_bottom")).cast(pl.Int64)
    kept = pl.when(pl.col(currency) == base).then(pl.col(amount)).otherwise(exact)
    joined = sales.join(dense, on=keys, how="left", maintain_order="left").with_columns(kept.alias(into))
    refuse_overflow(joined, into)
    return joined.drop("_top", "_bottom")


def _refuse_wide(sales: pl.DataFrame, dense: pl.DataFrame, amount: str) -> None:
    low, high = sales.select(pl.col(amount).min().alias("low"), pl.col(amount).max().alias("high")).row(0)
    widest = max(-(low or 0), high or 0)
    for top, bottom in dense.select("_top", "_bottom").drop_nulls().iter_rows():
        if 2 * (widest * top + bottom) < 2**127 and widest * top < 2**62 * bottom:
            continue
        raise CalculationError("An amount times its exchange rate is too large to be calculated exactly.")


def with_prices(sales: pl.DataFrame, facts: Facts, gaps: Gaps, price: str) -> pl.DataFrame:
    """The lines with what they cost (or list for) in all, `_cost`, `_cost_currency`, `_no_cost` where none is known.

    `price` names the dated price: cost or list_price.
    """
    known = facts.product_prices
    if price not in known.columns:
        known = known.with_columns(pl.lit(None, pl.Int64).alias(price))
    prices = (
        known.unique(["product_id", "valid_from"], keep="last", maintain_order=True)
        .sort("product_id", "valid_from")
        .with_columns(
            pl.col("valid_from").shift(-1).over("product_id").fill_null(10**7).alias("_until"),
            pl.when(pl.col("valid_from").shift(1).over("product_id").is_null())
            .then(_BEGINNING)
            .otherwise(pl.col("valid_from"))
            .alias("_from"),
        )
        .select("product_id", "_from", "_until", pl.col(price), pl.col("currency").alias(f"_{price}_currency"))
    )
    lines = sales.with_row_index("_row")
    priced = lines.select("_row", "product_id", "origin_day", "quantity").join(prices, on="product_id")
    priced = priced.filter(
        pl.col("origin_day").is_between("_from", "_until", closed="left"), pl.col(price).is_not_null()
    )
    refuse_overflow(priced.select((pl.col(price).abs() * pl.col("quantity").abs().max()).alias(price)), price)
    total = (pl.col(price) * pl.col("quantity")).alias(f"_{price}")
    joined = lines.join(
        priced.select("_row", total, f"_{price}_currency"), on="_row", how="left", maintain_order="left"
    ).drop("_row")
    missing = pl.col(f"_{price}").is_null()
    without = joined.filter(missing).select("product_id").unique().join(facts.products, on="product_id")
    numbers = [
        (row["product_id"], gaps.add(NO_PRICE[price].format(row["sku"])))
        for row in without.sort("sku").iter_rows(named=True)
    ]
    gap = pl.DataFrame(numbers, schema={"product_id": pl.Int64, f"_no_{price}": pl.Int64}, orient="row")
    joined = joined.join(gap, on="product_id", how="left", maintain_order="left")
    return joined.with_columns(pl.when(missing).then(f"_no_{price}").alias(f"_no_{price}"))


def _with_margin(sales: pl.DataFrame, exchange: Exchange, gaps: Gaps, base: str) -> pl.DataFrame:
    costed = converted(sales, exchange, gaps, "_cost", "_cost_currency", base, f"_cost_{base}")
    gap = pl.coalesce(f"gap_revenue_{base}", "_no_cost", f"gap__cost_{base}")
    margin = pl.col(f"revenue_{base}") - pl.col(f"_cost_{base}")
    return costed.with_columns(margin.alias(f"margin_{base}"), gap.alias(f"gap_margin_{base}"))
