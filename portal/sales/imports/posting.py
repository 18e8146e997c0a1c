"""Writing checked parts into the journal in bulk: `executemany` on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from portal.core import db
from portal.core.db import session
from portal.sales.imports.sales_compare import CHUNK
from portal.sales.journal.models import JournalBatch, SaleLine

COLUMNS = (
    "flow", "partner_id", "distributor_id", "seller_id", "product_id", "quantity", "amount", "currency", "sold_on",
    "origin_on", "external_id", "invoice_no", "end_customer", "serial_no", "returns_line_id", "reverses_line_id",
    "corrects_line_id", "generated",
)  # fmt: skip


def part_path(folder: Path, number: int) -> Path:
    """Where part `number` of a checked file lies."""
    return folder / f"{number:05}.arrow"


def post_part(path: Path, batch: JournalBatch) -> int:
    """Put one part into an open batch; returns how many rows."""
    frame = pl.read_ipc(path)
    if "returns" in frame.columns:
        frame = _with_returned_lines(frame, batch)
    if "origin_on" not in frame.columns:
        frame = frame.with_columns(pl.col("sold_on").alias("origin_on"))
    frame = frame.select([name for name in COLUMNS if name in frame.columns])
    insert_rows(session.connection(), frame, batch.id, batch.source)
    return frame.height


def _with_returned_lines(frame: pl.DataFrame, batch: JournalBatch) -> pl.DataFrame:
    """The ids of lines that returns of this file take back; some were posted a moment ago in the same batch."""
    wanted = frame["returns"].unique().to_list()
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), CHUNK):
        query = select(SaleLine.external_id, SaleLine.id).where(
            SaleLine.source == batch.source, SaleLine.external_id.in_(wanted[start : start + CHUNK])
        )
        rows += [tuple(row) for row in session.execute(query)]
    ids = pl.DataFrame(rows, schema={"returns": pl.String, "target_id": pl.Int64}, orient="row")
    joined = frame.join(ids, on="returns", how="left", maintain_order="left")
    return joined.with_columns(pl.col("target_id").alias("returns_line_id"))


def insert_rows(connection: Connection, frame: pl.DataFrame, batch_id: int, source: str) -> None:
    """Insert typed rows in the given order; columns the frame lacks stay empty."""
    if frame.height:
        (_copy if db.is_postgresql() else _execute_many)(connection, frame, batch_id, source)


def _execute_many(connection: Connection, frame: pl.DataFrame, batch_id: int, source: str) -> None:
    names = frame.columns
    marks = ", ".join("?" * (len(names) + 1))
    statement = f"INSERT INTO sale_line (batch_id, source, {', '.join(names)}) VALUES ({int(batch_id)}, {marks})"  # noqa: S608 - column names of this module
    rows = frame.select(pl.lit(source).alias("source"), pl.all()).rows()
    connection.exec_driver_sql(statement, rows)


def _copy(connection: Connection, frame: pl.DataFrame, batch_id: int, source: str) -> None:
    names = ", ".join(["batch_id", "source", *frame.columns])
    rows = frame.select(pl.lit(batch_id).alias("batch_id"), pl.lit(source).alias("source"), pl.all())
    driver: Any = connection.connection.driver_connection
    statement = f"COPY sale_line ({names}) FROM STDIN WITH (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows.write_csv(include_header=False, null_value="").encode())
