"""Sale lines as Parquet, a folder for each month of sale."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from portal.engine.periods import day_of

FILE = "lines.parquet"


def write_months(sales: pl.DataFrame, folder: Path) -> int:
    """Write lines with a `sold_day` below `folder`/month=YYYY-MM; how many months there are.

    Without a line one empty file is written, so that the columns are known.
    """
    days = sales.select(pl.col("sold_day").unique().sort())
    named = days.with_columns(pl.Series("month", [f"{day_of(day):%Y-%m}" for day in days["sold_day"]], dtype=pl.String))
    if named.is_empty():
        return _write(sales, folder / "month=none")
    for month in named["month"].unique(maintain_order=True):
        mine = sales.join(named.filter(pl.col("month") == month), on="sold_day", how="semi", maintain_order="left")
        _write(mine, folder / f"month={month}")
    return named["month"].n_unique()


def _write(lines: pl.DataFrame, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    lines.write_parquet(folder / FILE)
    return 0
