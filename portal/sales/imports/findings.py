"""What a check found, and the errors file made of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from portal.core.rows import RowError
from portal.sales.imports.sales_columns import ERROR_COLUMNS, no_errors

LIVE = ("=", "+", "-", "@", "\t", "\n")


@dataclass
class Findings:
    """What a check found; `errors` and `conflicts` are frames of line, column, value and reason."""

    total: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    error: int = 0
    parts: int = 0
    reversed: int = 0
    waiting: int = 0
    errors: pl.DataFrame = field(default_factory=no_errors)
    conflicts: pl.DataFrame = field(default_factory=no_errors)
    notes: list[str] = field(default_factory=list)

    @property
    def conflict(self) -> int:
        """How many rows hold a known id with other content."""
        return self.conflicts["line"].n_unique()

    def refuse(self, errors: pl.DataFrame) -> None:
        """Add complaints; a row counts once however many it has."""
        self.errors = pl.concat([self.errors, errors])
        self.error = self.errors["line"].n_unique()

    def disagree(self, conflicts: pl.DataFrame) -> None:
        """Add rows whose id is known with other content."""
        self.conflicts = pl.concat([self.conflicts, conflicts])


def ragged_frame(complaints: list[RowError]) -> pl.DataFrame:
    """Row complaints as a frame."""
    rows = [(error.line, error.column, error.value, error.sentence) for error in complaints]
    return pl.DataFrame(rows, schema=ERROR_COLUMNS, orient="row")


def write_errors(path: Path, found: Findings) -> None:
    """The downloadable file: line, column, value, reason, in file order; nothing in it runs in a spreadsheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = pl.concat([found.errors, found.conflicts]).sort("line", maintain_order=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(ERROR_COLUMNS)
        for line, column, value, reason in listed.iter_rows():
            text = value.replace("\r", "\n")  # a lone carriage return is not quoted and would begin a new row
            writer.writerow((line, column, f"'{text}" if text.lstrip(" ").startswith(LIVE) else text, reason))
