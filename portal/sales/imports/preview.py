"""The first rows of a file, as they stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.sales.imports.models import ImportJob
from portal.sales.imports.queries import list_errors
from portal.sales.imports.row_kinds import KINDS, open_row_file
from portal.sales.imports.sales_check import open_sales_file

PREVIEW_ROWS = 10


@dataclass(frozen=True)
class Preview:
    """Column names and rows of (line, cells, complaint)."""

    columns: list[str]
    rows: list[tuple[int, list[str], str]]


def first_rows(job: ImportJob) -> Preview | None:
    """The first ten rows with what is wrong with each; None when the file is gone."""
    path = Path(job.path)
    if not path.exists():
        return None
    file = open_row_file(path, job.kind) if job.kind in KINDS else open_sales_file(path)
    said: dict[int, str] = {}
    for error in list_errors(job):
        said.setdefault(int(error["line"]), f"{error['column']}: {error['reason']}")
    for block in file.blocks():
        frame = block.frame.head(PREVIEW_ROWS)
        columns = [name for name in frame.columns if name != "line"]
        rows = [(row["line"], [row[name] for name in columns], said.get(row["line"], ""))
                for row in frame.iter_rows(named=True)]  # fmt: skip
        return Preview(columns, rows)
    return None
