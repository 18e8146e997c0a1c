"""List prices of the data calendar, for what the generator sells."""

from datetime import date
from functools import cache

from portal.demo.examples import read_rows
from portal.demo.source import to_minor


@cache
def _versions() -> dict[str, list[tuple[date, int]]]:
    versions: dict[str, list[tuple[date, int]]] = {}
    for row in read_rows("products.csv"):
        versions.setdefault(row["sku"], []).append((date.fromisoformat(row["from"]), to_minor(row["list_price"])))
    return versions


@cache
def list_price(sku: str, on: date = date(2013, 7, 1)) -> int:
    """The list price in force on a day of the data calendar, in minor units (the same number in every currency)."""
    return [price for start, price in _versions()[sku] if start <= on][-1]


@cache
def category_by_sku() -> dict[str, str]:
    """The category path of every SKU."""
    return {row["sku"]: row["category"] for row in read_rows("products.csv")}
