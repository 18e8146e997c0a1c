"""`portal export`: earnings, statements, sales and the ledger as CSV or Parquet, on standard output or by month."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import click
import polars as pl

from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.engine.months import write_months
from portal.programs.statements import exports
from portal.sales.journal.frames import read_products_frame, read_sales_frame

TABLES: dict[str, Callable[[str | None], pl.DataFrame]] = {
    "earnings": exports.earnings,
    "statements": exports.statements,
    "sales": exports.sales,
    "ledger": exports.ledger,
}


@click.command(name="export")
@click.argument("table", type=click.Choice(list(TABLES)))
@click.option("--program", "program_code", help="Only this program.")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Sales: a folder by month.")
def export(table: str, program_code: str | None, kind: str, folder: Path | None) -> None:
    """Write TABLE to standard output; amounts are in major units with the currency's decimals.

    With --to, sales go into a folder, as Parquet by month of sale (month=2026-09/lines.parquet): the journal as the
    engine counts it, with ids, amounts in minor units and days as numbers since 1970-01-01.
    """
    if folder is not None:
        _by_month(table, kind, folder)
        return
    frame = TABLES[table](program_code)
    session.rollback()
    sys.stdout.flush()
    target = io.BytesIO()
    if kind == "csv":
        frame.write_csv(target)
    else:
        frame.write_parquet(target)
    # Written in one go by ourselves: a reader that stops early (head) then ends the command quietly.
    sys.stdout.buffer.write(target.getbuffer())
    sys.stdout.buffer.flush()


def _by_month(table: str, kind: str, folder: Path) -> None:
    if table != "sales" or kind != "parquet":
        raise InvalidInput("Only sales go into a folder by month: portal export sales --format parquet --to FOLDER.")
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput(f"{folder} is not empty. Name a new folder, so that old months cannot mix with new ones.")
    products = read_products_frame().select("product_id", "sku", "category")
    lines = read_sales_frame(names=True).join(products, on="product_id", how="left", maintain_order="left")
    session.rollback()
    months = write_months(lines, folder)
    click.echo(f"{lines.height} lines in {months} months written to {folder}.")
