"""The conversion report: what went in, what came out, and the difference the rounding made."""

import csv
import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

from portal.demo.source import read_table, to_major, to_minor

TEMPLATE = """# Conversion report

Written by `python -m portal.demo.convert SOURCE TARGET`; do not edit.

| what | published | converted |
|---|---:|---:|
| resellers | {shops_in:,} | {shops:,} |
| product versions | {versions_in:,} | {versions:,} |
| SKUs | {skus_in:,} | {skus:,} |
| sale lines | {lines_in:,} | {lines:,} |
| orders | {orders_in:,} | {orders:,} |
| distinct days | {days_in:,} | {days:,} |
| exchange rates (four currencies, first of the month) | {rates_in:,} | {rates:,} |

## Amounts

Published amounts have four decimals. Each line's net amount is brought to cents once, half away from zero.
{fractional:,} lines were not a whole number of cents.

| currency | lines | published | converted | difference |
|---|---:|---:|---:|---:|
{currencies}
| **all, as bare numbers** | **{lines:,}** | **{total_in:,}** | **{total}** | **{difference}** |

## Days

The published lines fall on {days_in} days, nearly all of them month-end batches. Every order gets one of the first
twenty business days of the month it closes (the order date minus five days names the month), drawn from a digest of
its number; all lines of an order stay together. SO67294 is pinned to the second business day of its quarter.

## Left out

* {unpriced} product rows without a list price, a cost and a category (bought-in parts; none was ever sold).
* Published product `EndDate` (it lies before `StartDate`): versions are in order of `StartDate`, each ends
  where the next begins.
* Published `StartDate` as a day: the lines carry each version's cost seven months earlier. Versions begin where their
  lines begin (2011-12-01 for the published 2012-07-01, 2012-12-01 for 2013-07-01; the first of a SKU from 2010-01-01).
  Lines whose published cost is not the cost in force on their new day: {other_cost}.
* Our own representatives, promotions, tax, freight, tracking numbers. `unit_price` stays empty: the net amount is
  the fact.

The currencies carry equal numbers (a bike costs 647.99 in each of them): they are local price lists, and each country
is paid in its own currency.
"""


def _converted(dest: Path) -> list[dict[str, str]]:
    with gzip.open(dest / "sales.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _count(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _currency_rows(src: Path) -> tuple[list[str], Decimal, int]:
    names = {row["CurrencyKey"]: row["CurrencyAlternateKey"] for row in read_table(src, "DimCurrency")}
    lines: Counter[str] = Counter()
    published: Counter[str] = Counter()
    converted: Counter[str] = Counter()
    for line in read_table(src, "FactResellerSales"):
        name = names[line["CurrencyKey"]]
        lines[name] += 1
        published[name] += int(Decimal(line["SalesAmount"]) * 10_000)
        converted[name] += to_minor(line["SalesAmount"])
    rows = [
        f"| {name} | {lines[name]:,} | {Decimal(published[name]) / 10_000:,} | {to_major(converted[name])} "
        f"| {Decimal(converted[name]) / 100 - Decimal(published[name]) / 10_000} |"
        for name in sorted(lines)
    ]
    return rows, Decimal(sum(published.values())) / 10_000, sum(converted.values())


def _lines_with_another_cost(src: Path, sales: list[dict[str, str]], versions: list[dict[str, str]]) -> int:
    """How many lines were published with a cost other than the one in force on their converted day."""
    published = {
        f"{r['SalesOrderNumber']}-{r['SalesOrderLineNumber']}": r for r in read_table(src, "FactResellerSales")
    }
    costs: dict[str, list[tuple[str, str]]] = {}
    for version in versions:
        costs.setdefault(version["sku"], []).append((version["from"], version["cost"]))
    return sum(
        to_major(to_minor(published[sale["external_id"]]["ProductStandardCost"]))
        != [cost for start, cost in costs[sale["sku"]] if start <= sale["sold_on"]][-1]
        for sale in sales
    )


def report(src: Path, dest: Path) -> str:
    """The report as Markdown, computed from the source and from the files just written."""
    facts, products = read_table(src, "FactResellerSales"), read_table(src, "DimProduct")
    sales, versions = _converted(dest), _count(dest / "products.csv")
    rows, total_in, total = _currency_rows(src)
    return TEMPLATE.format(
        shops_in=len(read_table(src, "DimReseller")), shops=len(_count(dest / "partners.csv")),
        versions_in=len(products), versions=len(versions),
        skus_in=len({row["ProductAlternateKey"] for row in products}), skus=len({row["sku"] for row in versions}),
        lines_in=len(facts), lines=len(sales),
        orders_in=len({row["SalesOrderNumber"] for row in facts}), orders=len({row["invoice_no"] for row in sales}),
        days_in=len({row["OrderDate"] for row in facts}), days=len({row["sold_on"] for row in sales}),
        rates_in=len(read_table(src, "FactCurrencyRate")), rates=len(_count(dest / "fx.csv")),
        fractional=sum(int(Decimal(row["SalesAmount"]) * 10_000) % 100 != 0 for row in facts),
        currencies="\n".join(rows), total_in=total_in, total=to_major(total),
        difference=(Decimal(total) / 100 - total_in).quantize(Decimal("0.0001")),
        other_cost=_lines_with_another_cost(src, sales, versions),
        unpriced=sum(not row["ListPrice"] for row in products),
    )  # fmt: skip
