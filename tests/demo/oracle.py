"""The arithmetic of the demo's plans in plain Python and exact fractions, sharing nothing with the engine."""

import csv
import gzip
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "adventureworks"
US = ("Northwest", "Northeast", "Central", "Southwest", "Southeast")
PARTS = ("Components", "Clothing", "Accessories")
GEAR = ("Accessories", "Clothing")
VOLUME_BANDS = ((0, Fraction(1)), (500_00, Fraction(5, 2)), (1_800_00, Fraction(4)), (4_500_00, Fraction(5)))
GROWTH_BANDS = ((110, 2), (115, 3), (120, 4))
Q1, Q2, Q3, Q4 = (2013 * 4 + n for n in range(4))  # the quarters of data 2013
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def sales() -> tuple[Row, ...]:
    with gzip.open(FOLDER / "sales.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def territory() -> dict[str, str]:
    return {row["code"]: row["territory"] for row in rows("partners.csv")}


@cache
def category() -> dict[str, str]:
    return {row["sku"]: row["category"] for row in rows("products.csv")}


@cache
def _costs() -> dict[str, list[tuple[str, int]]]:
    costs: dict[str, list[tuple[str, int]]] = {}
    for row in rows("products.csv"):
        costs.setdefault(row["sku"], []).append((row["from"], cents(row["cost"])))
    return costs


def cost(sku: str, day: str) -> int:
    return [cost for start, cost in _costs()[sku] if start <= day][-1]


def cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def quarter(day: str) -> int:
    return int(day[:4]) * 4 + (int(day[5:7]) - 1) // 3


def matches(sku: str, categories: tuple[str, ...], without: tuple[str, ...] = ()) -> bool:
    path = category()[sku]
    named = any(path == name or path.startswith(f"{name} / ") for name in categories)
    return named and path not in without


def lines(
    at: int, territories: tuple[str, ...], categories: tuple[str, ...], without: tuple[str, ...] = ()
) -> list[Row]:
    return [
        row for row in sales()
        if quarter(row["sold_on"]) == at and territory()[row["partner"]] in territories
        and matches(row["sku"], categories, without)
    ]  # fmt: skip


def revenue(found: list[Row]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in found:
        totals[row["partner"]] += cents(row["amount"])
    return totals


def margin(found: list[Row]) -> int:
    return sum(cents(row["amount"]) - int(row["quantity"]) * cost(row["sku"], row["sold_on"]) for row in found)


def to_cent(exact: Fraction) -> int:
    """Half away from zero."""
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return whole if exact >= 0 else -whole


def marginal(total: int, bands: tuple[tuple[int, Fraction], ...] = VOLUME_BANDS) -> int:
    ends = [start for start, _ in bands[1:]] + [10**15]
    parts = (max(0, min(total, end) - start) * rate / 100 for (start, rate), end in zip(bands, ends, strict=True))
    return to_cent(sum(parts, Fraction(0)))


def whole(total: int, bands: tuple[tuple[int, Fraction], ...] = VOLUME_BANDS) -> int:
    reached = [rate for start, rate in bands if total >= start]
    return to_cent(total * reached[-1] / 100) if reached else 0


def growth(total: int, baseline: int, least: int) -> int:
    if baseline <= 0 or baseline < least:
        return 0
    reached = [rate for percent, rate in GROWTH_BANDS if Fraction(total * 100, baseline) >= percent]
    return to_cent(Fraction((total - baseline) * reached[-1], 100)) if reached else 0
