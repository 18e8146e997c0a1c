"""Rows that name an unknown partner or SKU wait at the matching desk; nothing waiting is lost or counted."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from sqlalchemy import insert, select

from portal.core import clock
from portal.core.db import session
from portal.sales.imports.models import ImportJob, WaitingRow

NOUNS = {"partner": "partner", "sku": "sku"}
UNKNOWN = ("Unknown partner", "Unknown SKU")


def waiting_rows(rows: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
    """The raw rows whose only fault is a name nobody knows, with noun and name of the first such fault."""
    if "external_id" not in rows.columns or errors.is_empty():
        return pl.DataFrame()
    is_name = pl.col("reason").str.starts_with(UNKNOWN[0]) | pl.col("reason").str.starts_with(UNKNOWN[1])
    named = errors.filter(is_name & pl.col("column").is_in(list(NOUNS)))
    others = errors.filter(~is_name | ~pl.col("column").is_in(list(NOUNS)))
    first = named.join(others, on="line", how="anti").unique("line", keep="first", maintain_order=True)
    return rows.join(first.select("line", noun="column", name="value"), on="line", how="inner", maintain_order="left")


def lay_down(path: Path, frames: list[pl.DataFrame]) -> int:
    """Keep waiting rows beside the checked parts until the import is confirmed. Returns how many."""
    kept = [frame for frame in frames if frame.height]
    if kept:
        pl.concat(kept).write_ndjson(path)
    return sum(frame.height for frame in kept)


def keep_waiting_rows(job: ImportJob) -> None:
    """Store the waiting rows of a confirmed import; a row that waits already is not stored twice."""
    path = Path(job.folder) / "waiting.ndjson"
    if not job.waiting or not path.exists():
        return
    query = select(WaitingRow.external_id).where(WaitingRow.source == job.source, WaitingRow.state == "waiting")
    known = set(session.scalars(query))
    new = []
    for text in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        line, noun, name = row.pop("line"), row.pop("noun"), row.pop("name")
        if row["external_id"] not in known:
            known.add(row["external_id"])
            new.append(
                {"import_job_id": job.id, "source": job.source, "external_id": row["external_id"], "noun": noun,
                 "name": name, "line_no": line, "row": json.dumps(row, ensure_ascii=False), "state": "waiting",
                 "created_at": clock.now()}
            )  # fmt: skip
    if new:
        session.execute(insert(WaitingRow), new)
