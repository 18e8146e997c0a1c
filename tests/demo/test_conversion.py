"""What the converter promises: the same bytes for the same source, nothing lost, orders inside the month they close."""

import csv
import gzip
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from portal.demo.calendar import business_day_number, is_business_day
from portal.demo.convert import convert, convert_sales, main, order_day
from portal.demo.source import closing_month, to_major, to_minor
from tests.demo.oracle import FOLDER, cents, rows, sales

TABLES = {
    "DimReseller": "ResellerKey,GeographyKey,ResellerAlternateKey,BusinessType,ResellerName\n"
    "1,10,AW00000001,Warehouse,A Bike Store\n",
    "DimGeography": "GeographyKey,CountryRegionCode,SalesTerritoryKey\n10,CA,6\n",
    "DimSalesTerritory": "SalesTerritoryKey,SalesTerritoryRegion,SalesTerritoryCountry,SalesTerritoryGroup\n"
    "6,Canada,Canada,North America\n11,NA,NA,NA\n",
    "DimProduct": "ProductKey,ProductAlternateKey,ProductSubcategoryKey,EnglishProductName,StandardCost,ListPrice,"
    "StartDate\n"
    "2,HL-1,31,Helmet,13.0863,34.9950,2013-07-01T00:00:00.000\n1,HL-1,31,Helmet,12.0278,33.6442,2012-07-01T00:00:00.000\n"
    "3,BB-1,,Bearing Ball,,,2003-07-01T00:00:00.000\n",
    "DimProductSubcategory": "ProductSubcategoryKey,EnglishProductSubcategoryName,ProductCategoryKey\n31,Helmets,4\n",
    "DimProductCategory": "ProductCategoryKey,EnglishProductCategoryName\n4,Accessories\n",
    "DimCurrency": "CurrencyKey,CurrencyAlternateKey\n19,CAD\n100,USD\n",
    "FactCurrencyRate": "CurrencyKey,AverageRate,Date\n19,0.636051392952551,2013-06-01T00:00:00.000\n"
    "19,0.7,2013-06-02T00:00:00.000\n100,1.0,2013-06-01T00:00:00.000\n",
    "FactResellerSales": "ProductKey,ResellerKey,CurrencyKey,SalesOrderNumber,SalesOrderLineNumber,OrderQuantity,"
    "SalesAmount,ProductStandardCost,OrderDate\n"
    "2,1,19,SO1,10,1,34.9950,13.0863,2013-07-01T00:00:00.000\n2,1,19,SO1,2,2,69.9849,13.0863,2013-07-01T00:00:00.000\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_converting_twice_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([str(source), str(first)]) == 0
    convert(source, second)
    names = sorted(path.name for path in first.iterdir())
    assert names == ["CONVERSION.md", "fx.csv", "partners.csv", "products.csv", "sales.csv.gz", "territories.csv"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_the_command_asks_for_both_folders(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage" in capsys.readouterr().err


def test_lines_come_in_the_order_of_their_numbers_and_keep_their_order_together(source: Path) -> None:
    first, second = convert_sales(source)
    assert (first[0], second[0]) == ("SO1-2", "SO1-10")
    assert first[7] == second[7]
    assert (first[5], second[5]) == ("69.98", "35.00")


def test_versions_and_rates_are_dated_and_unpriced_parts_left_out(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path)
    with (tmp_path / "products.csv").open(encoding="utf-8") as file:
        products = list(csv.DictReader(file))
    assert [(p["sku"], p["from"], p["cost"], p["list_price"]) for p in products] == [
        ("HL-1", "2010-01-01", "12.03", "33.64"), ("HL-1", "2012-12-01", "13.09", "35.00"),
    ]  # fmt: skip
    assert (tmp_path / "fx.csv").read_text() == "currency,base,rate,from\nCAD,USD,0.6360513930,2013-06-01\n"
    assert "not the cost in force on their new day: 0." in (tmp_path / "CONVERSION.md").read_text()


@pytest.mark.parametrize(
    ("published", "minor"), [("0.0050", 1), ("0.0049", 0), ("-0.0050", -1), ("61.3190", 6132), ("-2.345", -235)]
)
def test_four_decimals_become_cents_half_away_from_zero(published: str, minor: int) -> None:
    assert to_minor(published) == minor
    assert to_minor(to_major(minor)) == minor


def test_an_order_lies_on_a_business_day_of_the_month_it_closes() -> None:
    assert closing_month(date(2013, 5, 1)) == date(2013, 4, 1)
    assert closing_month(date(2013, 6, 30)) == date(2013, 6, 1)
    days = {order_day(f"SO{number}", date(2013, 3, 1)) for number in range(300)}
    assert {(day.year, day.month) for day in days} == {(2013, 2)}
    assert len(days) == 20
    assert all(is_business_day(day) for day in days)


def test_the_order_of_the_current_quarter_is_pinned_to_its_second_business_day() -> None:
    days = {row["sold_on"] for row in sales() if row["invoice_no"] == "SO67294"}
    assert days == {"2013-07-02"}
    assert business_day_number(date(2013, 7, 2)) == 2


def test_every_published_line_is_there_once_and_only_rounding_differs() -> None:
    assert len(sales()) == len({row["external_id"] for row in sales()}) == 60_855
    assert sum(cents(row["amount"]) for row in sales()) == 80_450_596_11
    report = (FOLDER / "CONVERSION.md").read_text(encoding="utf-8")
    assert "| **60,855** | **80,450,596.9823** | **80450596.11** | **-0.8723** |" in report
    assert "not the cost in force on their new day: 0." in report


def test_every_order_has_one_day_one_partner_and_one_currency() -> None:
    orders: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in sales():
        orders[row["invoice_no"]].add((row["sold_on"], row["partner"], row["currency"]))
    assert len(orders) == 3_796
    assert all(len(found) == 1 for found in orders.values())
    assert all(business_day_number(date.fromisoformat(day)) <= 20 for found in orders.values() for day, _, _ in found)


def test_every_line_names_a_partner_and_a_product_that_exist() -> None:
    assert {row["partner"] for row in sales()} <= {row["code"] for row in rows("partners.csv")}
    assert {row["sku"] for row in sales()} <= {row["sku"] for row in rows("products.csv")}
    assert len(rows("partners.csv")) == 701
