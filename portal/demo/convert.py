"""`python -m portal.demo.convert SRC DEST`: the published tables, once, into the portal's import format.

Deterministic: the same source gives the same bytes. What was decided on the way is in docs/adr/0004-demo-channel.md.
"""

import csv
import gzip
import hashlib
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from portal.demo import convert_report
from portal.demo.calendar import SAFE_BUSINESS_DAYS, business_day
from portal.demo.source import Row, closing_month, day, read_keyed, read_table, to_major, to_minor

PINNED = {"SO67294": date(2013, 7, 2)}  # second business day of its quarter: the demo's current quarter is never empty
CURRENCY_OF = {"US": "USD", "CA": "CAD", "GB": "GBP", "FR": "EUR", "DE": "EUR", "AU": "AUD"}
FIRST_VERSION = date(
    2010, 1, 1
)  # published starts lie after many sales: a SKU's first version holds from the beginning
# The lines carry a version's cost seven months before its published start; each version begins where its lines begin.
SOLD_FROM = {"2012-07-01": date(2011, 12, 1), "2013-07-01": date(2012, 12, 1)}
DATA_BEGINS = date(2010, 12, 29)

PARTNER_COLUMNS = ("code", "name", "type", "parent", "territory", "segment", "tier", "country", "currency", "email")
PRODUCT_COLUMNS = ("sku", "name", "category", "list_price", "cost", "currency", "from")
SALES_COLUMNS = (
    "external_id", "partner", "sku", "quantity", "unit_price", "amount", "currency", "sold_on",
    "invoice_no", "seller", "end_customer", "serial_no", "flow",
)  # fmt: skip
FX_COLUMNS = ("currency", "base", "rate", "from")
TERRITORY_COLUMNS = ("name", "country", "group")


def order_day(order: str, ordered: date) -> date:
    """The one business day of an order, inside the month it closes, drawn from the order number alone."""
    if order in PINNED:
        return PINNED[order]
    month = closing_month(ordered)
    draw = int.from_bytes(hashlib.sha256(order.encode()).digest()[:8])
    return business_day(month.year, month.month, draw % SAFE_BUSINESS_DAYS + 1)


def convert_partners(src: Path) -> list[Sequence[str]]:
    """One row a reseller, in order of its code."""
    places = read_keyed(src, "DimGeography", "GeographyKey")
    territories = read_keyed(src, "DimSalesTerritory", "SalesTerritoryKey")
    rows: list[Sequence[str]] = []
    for shop in read_table(src, "DimReseller"):
        code, place = shop["ResellerAlternateKey"], places[shop["GeographyKey"]]
        country = place["CountryRegionCode"]
        territory = territories[place["SalesTerritoryKey"]]["SalesTerritoryRegion"]
        rows.append(
            (code, shop["ResellerName"], "reseller", "", territory, shop["BusinessType"], "", country,
             CURRENCY_OF[country], f"{code.lower()}@shops.example")
        )  # fmt: skip
    return sorted(rows, key=lambda row: row[0])


def convert_products(src: Path) -> list[Sequence[str]]:
    """One row for each dated version of a SKU that has a list price, in order of SKU and start."""
    groups = read_keyed(src, "DimProductSubcategory", "ProductSubcategoryKey")
    tops = read_keyed(src, "DimProductCategory", "ProductCategoryKey")
    rows: list[Sequence[str]] = []
    seen: set[str] = set()
    priced = [row for row in read_table(src, "DimProduct") if row["ListPrice"]]
    for product in sorted(priced, key=lambda row: (row["ProductAlternateKey"], row["StartDate"])):
        sku, group = product["ProductAlternateKey"], groups[product["ProductSubcategoryKey"]]
        top = tops[group["ProductCategoryKey"]]["EnglishProductCategoryName"]
        start = SOLD_FROM[product["StartDate"][:10]] if sku in seen else FIRST_VERSION
        seen.add(sku)
        rows.append(
            (sku, product["EnglishProductName"], f"{top} / {group['EnglishProductSubcategoryName']}",
             to_major(to_minor(product["ListPrice"])), to_major(to_minor(product["StandardCost"])), "USD",
             start.isoformat())
        )  # fmt: skip
    return rows


def _line_key(row: Row) -> tuple[str, int]:
    return row["SalesOrderNumber"], int(row["SalesOrderLineNumber"])


def convert_sales(src: Path) -> list[Sequence[str]]:
    """One row for each published sale line, in order of order number and line."""
    products = read_keyed(src, "DimProduct", "ProductKey")
    shops = read_keyed(src, "DimReseller", "ResellerKey")
    currencies = read_keyed(src, "DimCurrency", "CurrencyKey")
    rows: list[Sequence[str]] = []
    for line in sorted(read_table(src, "FactResellerSales"), key=_line_key):
        order = line["SalesOrderNumber"]
        rows.append(
            (f"{order}-{line['SalesOrderLineNumber']}", shops[line["ResellerKey"]]["ResellerAlternateKey"],
             products[line["ProductKey"]]["ProductAlternateKey"], line["OrderQuantity"], "",
             to_major(to_minor(line["SalesAmount"])), currencies[line["CurrencyKey"]]["CurrencyAlternateKey"],
             order_day(order, day(line["OrderDate"])).isoformat(), order, "", "", "", "sell_in")
        )  # fmt: skip
    return rows


def _ten_decimals(rate: str) -> str:
    return str(Decimal(rate).quantize(Decimal("1.0000000000"), rounding=ROUND_HALF_UP))


def convert_fx(src: Path) -> list[Sequence[str]]:
    """The average rate of the first day of every month for the four foreign currencies the channel sells in."""
    currencies = read_keyed(src, "DimCurrency", "CurrencyKey")
    wanted = set(CURRENCY_OF.values()) - {"USD"}
    rows: list[Sequence[str]] = []
    for rate in read_table(src, "FactCurrencyRate"):
        code, published = currencies[rate["CurrencyKey"]]["CurrencyAlternateKey"], day(rate["Date"])
        if code in wanted and (published.day == 1 or published == DATA_BEGINS):
            rows.append((code, "USD", _ten_decimals(rate["AverageRate"]), published.replace(day=1).isoformat()))
    return sorted(rows, key=lambda row: (row[0], row[3]))


def convert_territories(src: Path) -> list[Sequence[str]]:
    """The ten sales territories with their country and group."""
    rows = read_table(src, "DimSalesTerritory")
    named = [row for row in rows if row["SalesTerritoryRegion"] != "NA"]
    return [(r["SalesTerritoryRegion"], r["SalesTerritoryCountry"], r["SalesTerritoryGroup"]) for r in named]


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file with a header and plain line ends."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def convert(src: Path, dest: Path) -> None:
    """Writes partners, products, sales, rates and territories in the import format, and the report."""
    dest.mkdir(parents=True, exist_ok=True)
    sales = convert_sales(src)
    tables = {
        "partners.csv": csv_bytes(PARTNER_COLUMNS, convert_partners(src)),
        "products.csv": csv_bytes(PRODUCT_COLUMNS, convert_products(src)),
        "fx.csv": csv_bytes(FX_COLUMNS, convert_fx(src)),
        "territories.csv": csv_bytes(TERRITORY_COLUMNS, convert_territories(src)),
        # no time stamp in the archive: the same source gives the same bytes
        "sales.csv.gz": gzip.compress(csv_bytes(SALES_COLUMNS, sales), compresslevel=9, mtime=0),
    }
    for name, content in tables.items():
        (dest / name).write_bytes(content)
    (dest / "CONVERSION.md").write_text(convert_report.report(src, dest), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Runs the converter from the command line."""
    if len(arguments) != 2:
        sys.stderr.write("Usage: python -m portal.demo.convert SOURCE_FOLDER TARGET_FOLDER\n")
        return 2
    convert(Path(arguments[0]), Path(arguments[1]))
    sys.stdout.write(f"Converted to {arguments[1]}; what was decided is in CONVERSION.md.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
