"""`portal import`: what it prints, what it leaves, when it fails."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.core.db import session, transaction
from portal.partners.organizations.models import Partner
from portal.sales.commands import import_
from portal.sales.errors import FileRefused
from portal.sales.imports import jobs, services
from portal.sales.imports.models import ImportJob
from portal.sales.journal.frames import read_prices_frame, read_rates_frame, read_sales_frame
from portal.sales.products.models import Product
from tests.people import Cast
from tests.sales.conftest import HEADER, line


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))


def run(kind: str, path: Path, *options: str) -> Result:
    """Run the command on a file."""
    return CliRunner().invoke(import_, [kind, str(path), *options])


def figures(result: Result) -> dict[str, int]:
    """The counts it printed."""
    pairs = (words.split() for words in result.output.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def sales_file(tmp_path: Path, *rows: str) -> Path:
    """A file of sales."""
    path = tmp_path / "sales.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return path


def test_it_prints_counts_and_lists_what_it_refused(cast: Cast, tmp_path: Path) -> None:
    path = sales_file(tmp_path, line("A"), line("B", sku="NOPE"))
    result = run("sales", path, "--source", "erp")
    assert result.exit_code == 0
    assert figures(result) == {"read": 2, "new": 1, "same": 0, "conflict": 0, "error": 1}
    assert f"1 row cannot be imported; the reasons are listed in {path}.errors.csv." in result.output
    assert "1 of these errors is only a name of a partner or product that nobody knows yet. It is kept" in result.output
    assert result.output.endswith("Imported.\n")
    errors = (tmp_path / "sales.csv.errors.csv").read_text().splitlines()
    assert errors == ["line,column,value,reason", "3,sku,NOPE,Unknown SKU “NOPE”."]
    again = run("sales", path, "--source", "erp")
    assert figures(again)["same"] == 1
    assert again.output.endswith("Nothing in this file was new.\n")


def test_a_dry_run_stores_no_row(cast: Cast, tmp_path: Path) -> None:
    result = run("sales", sales_file(tmp_path, line("A")), "--dry-run")
    assert figures(result)["new"] == 1
    assert "Nothing was stored" in result.output
    assert read_sales_frame().is_empty()


def test_a_dry_run_says_what_would_wait_for_a_match(cast: Cast, tmp_path: Path) -> None:
    result = run("sales", sales_file(tmp_path, line("A", sku="NOPE"), line("B", sku="NADA")), "--dry-run")
    assert "2 rows cannot be imported" in result.output
    assert "2 of these errors are only names" in result.output
    assert "they would be kept, to be matched in the portal" in result.output


def test_the_file_of_a_killed_import_is_taken_up(cast: Cast, tmp_path: Path) -> None:
    path = sales_file(tmp_path, line("A"), line("B"))
    with transaction():
        job = services.create_import(services.Request("sales", path, path.name, tmp_path / "data" / "imports"))
    jobs.check_import(job.id)
    with transaction():
        services.begin_post(session.get_one(ImportJob, job.id))
    jobs._post_next_part(job.id)
    result = run("sales", path)
    assert f"Going on with import {job.id}, which ended after 2 rows." in result.output
    assert read_sales_frame().height == 2


def test_a_range_of_days_is_replaced(cast: Cast, tmp_path: Path) -> None:
    run("sales", sales_file(tmp_path, line("A"), line("B")))
    days = ("--mode", "replace", "--from", "2026-03-01", "--until", "2026-04-01")
    result = run("sales", sales_file(tmp_path, line("A"), line("C")), *days)
    assert figures(result) | {"reversed": 1, "new": 1, "same": 1} == figures(result)


@pytest.mark.one_database
def test_unknown_kinds_and_unreadable_files_fail(cast: Cast, tmp_path: Path) -> None:
    path = sales_file(tmp_path, line("A"))
    assert run("weather", path).exit_code == 2
    path.write_bytes(b"")
    with pytest.raises(FileRefused):
        CliRunner().invoke(import_, ["sales", str(path)], catch_exceptions=False)
    assert session.scalars(select(ImportJob.state)).one() == "failed"


def test_products_with_dated_prices_come_in_and_the_same_file_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "sku,name,category,list_price,cost,currency,from\n"
        "T-1,Tire,Parts / Tires,10.00,4.00,USD,2026-01-01\nT-1,Tire,Parts / Tires,12.00,4.50,USD,2026-06-01\n"
        "T-1,Tire,Parts / Tires,12.00,4.50,USD,2026-06-01\n"
        "T-2,=Tube,Parts,1.005,,USD,\nT-3,Tube,Parts,1,,US,2026-13-01\n"
        "HL-U509,Another Helmet,Accessories / Helmets,34.99,17.49,USD,\n"
        'T-4,"a\tb",Parts,,,USD,\n,,,,,USD,\nT-5,Plain,,,,USD,\n' + "T" * 65 + ",x,,,,USD,\n"
    )
    first = figures(run("products", path))
    assert first == {"read": 10, "new": 3, "same": 0, "conflict": 1, "error": 6}
    assert figures(run("products", path)) | {"new": 0, "same": 3} == figures(run("products", path))
    path.write_text(
        "sku,name,category,list_price,cost,currency,from\nT-1,Tire,Parts / Tires,11.00,4.00,USD,2026-01-01\n"
        "T-1,Tire,Parts / Tires,13.00,4.00,USD,\n"
    )
    assert figures(run("products", path)) == {"read": 2, "new": 1, "same": 0, "conflict": 0, "error": 0, "changed": 1}
    tire = session.scalars(select(Product.id).where(Product.sku == "T-1")).one()
    prices = read_prices_frame().filter(pl.col("product_id") == tire)["list_price"].to_list()
    assert prices[:2] == [1100, 1200]


def test_rates_come_in_exactly_and_longer_ones_are_rounded(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    rows = "EUR,USD,1.1,2026-01-01\nCAD,USD,0.12345678905,2026-01-01\nCAD,USD,0.5,2026-01-01\nUSD,USD,1,2026-01-01\n"
    wrong = "XXQ,USD,1,2026-01-01\nEUR,USD,0,2026-01-01\nEUR,USD,1,\nEUR,USD,99999999999,2026-01-02\n"
    path.write_text("currency,base,rate,from\n" + rows + wrong)
    result = run("fx", path)
    assert figures(result) == {"read": 8, "new": 2, "same": 0, "conflict": 0, "error": 6}
    assert "1 numbers had more than ten decimals" in result.output
    assert sorted(read_rates_frame()["rate"].to_list()) == [1234567891, 11000000000]
    path.write_text("currency,base,rate,from\nEUR,USD,1.1,2026-01-01\nCAD,USD,0.2,2026-01-01\n")
    assert figures(run("fx", path)) == {"read": 2, "new": 0, "same": 1, "conflict": 0, "error": 0, "changed": 1}


def test_partners_come_in_row_by_row(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "partners.csv"
    path.write_text("code,name,currency,color\nN-1,New Shop,USD,red\n,No Code,USD,red\nN-2,Short\n")
    result = run("partners", path)
    assert figures(result) == {"read": 3, "new": 1, "same": 0, "conflict": 0, "error": 2}
    assert "left out: color" in result.output
    assert session.scalar(select(Partner.name).where(Partner.code == "N-1")) == "New Shop"
