"""`portal export`: earnings, statements, sales and the ledger as CSV or Parquet on standard output."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import click
import polars as pl

from portal.core.db import session
from portal.programs.statements import exports

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
def export(table: str, program_code: str | None, kind: str) -> None:
    """Write TABLE to standard output; amounts are in major units with the currency's decimals."""
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
