"""Checking a whole sales file: every row, its key, its links; what is new is laid down in parts ready to post."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from portal.sales.imports.findings import Findings, ragged_frame
from portal.sales.imports.reading import CsvFile
from portal.sales.imports.sales_columns import OPTIONAL, REQUIRED, read_columns
from portal.sales.imports.sales_compare import Comparison
from portal.sales.imports.sales_links import check_returns, check_serials, resolve_returns
from portal.sales.imports.sales_lookups import read_lookups
from portal.sales.imports.waiting import lay_down, waiting_rows

PART = 50_000
Progress = Callable[[int], None]


class PartWriter:
    """Lays rows down in numbered files, in the order in which they are to be posted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = self.rows = 0
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def write(self, frame: pl.DataFrame) -> None:
        """Write one part; empty ones are left out."""
        if frame.height:
            frame.write_ipc(self.folder / f"{self.count:05}.arrow", compression="lz4")
            self.count += 1
            self.rows += frame.height


def open_sales_file(path: Path) -> CsvFile:
    """The file with its header checked: amount or unit_price must be there."""
    file = CsvFile(path, required=REQUIRED, optional=OPTIONAL)
    if not (file.header.has("amount") or file.header.has("unit_price")):
        file.refuse_missing("amount")
    return file


def check_sales(
    path: Path, folder: Path, *, source: str, flow: str, progress: Progress = lambda rows: None, own_ids: bool = False
) -> Findings:
    """Check a file against itself and the journal; the new rows lie in `folder` afterwards.

    `own_ids` is for rows that come back from the matching desk, which may carry the portal's own ids.
    """
    file = open_sales_file(path)
    found = Findings(notes=header_notes(file))
    writer = PartWriter(folder)
    rows = read_rows(file, source, flow, found, progress, folder.parent / "waiting.ndjson", own_ids)
    if rows is not None:
        _compare(rows, Comparison(source), writer, found, source)
    found.parts, found.new = writer.count, writer.rows
    return found


def _compare(rows: pl.DataFrame, comparison: Comparison, writer: PartWriter, found: Findings, source: str) -> None:
    plain, linked = split_linked(rows)
    if linked is not None and linked.height:
        linked, errors = resolve_returns(first_of_each_id(linked, found), plain, source)
        found.refuse(errors)
    if bad_lines := _refuse_serials(plain, linked, comparison, found):
        plain = plain.filter(~pl.col("line").is_in(bad_lines))
        linked = linked.filter(~pl.col("line").is_in(bad_lines)) if linked is not None else None
    for part in in_key_order(plain):
        writer.write(comparison.keep_new(first_of_each_id(part, found), found))
    if linked is not None and linked.height:
        good, errors = check_returns(comparison.keep_new(linked, found))
        found.refuse(errors)
        for start in range(0, good.height, PART):
            writer.write(good.slice(start, PART).drop("target_quantity", "target_back"))


def _refuse_serials(
    plain: pl.DataFrame, linked: pl.DataFrame | None, comparison: Comparison, found: Findings
) -> list[int]:
    """Lines whose serial number is taken; rows the journal holds already are not looked at again."""
    needed = ["line", "external_id", "partner_id", "product_id", "flow", "serial_no", "quantity", "sold_on"]
    frames = [frame for frame in (plain, linked) if frame is not None and "serial_no" in frame.columns]
    carrying = [frame.filter(pl.col("serial_no").is_not_null()).select(needed) for frame in frames]
    carrying = [frame.with_columns(pl.col("flow").cast(pl.String)) for frame in carrying if frame.height]
    if not carrying:
        return []
    rows = pl.concat(carrying).sort("line").unique("external_id", keep="first", maintain_order=True)
    known = comparison.known_lines(rows["external_id"])
    errors = check_serials(rows.join(known, on="external_id", how="anti"))
    found.refuse(errors)
    return errors["line"].to_list()


def header_notes(file: CsvFile) -> list[str]:
    """What the preview says about the header."""
    notes = []
    if file.header.ignored:
        notes.append("Columns that are not known here and were left out: " + ", ".join(file.header.ignored) + ".")
    if not file.header.has("external_id"):
        notes.append(
            "The file has no external_id, so ids were made from partner, invoice, SKU, date, price and occurrence."
        )
    return notes


def read_rows(
    file: CsvFile,
    source: str,
    flow: str,
    found: Findings,
    progress: Progress,
    waiting: Path | None = None,
    own_ids: bool = False,
) -> pl.DataFrame | None:
    """All good rows of the file, typed; complaints go to `found`."""
    lookups = read_lookups(source)
    kept, refused, unknown = [], [], []
    for block in file.blocks():
        good, errors = read_columns(block.frame, lookups, flow, own_ids=own_ids)
        kept.append(good)
        unknown.append(waiting_rows(block.frame, errors))
        refused += [errors, ragged_frame(block.ragged)]
        found.total += block.frame.height + len(block.ragged)
        progress(found.total)
    if refused:
        found.refuse(pl.concat(refused))
    if waiting is not None:
        found.waiting = lay_down(waiting, unknown)
    if not kept:
        return None
    rows = pl.concat(kept, rechunk=False)
    return rows if "external_id" in rows.columns else with_made_ids(rows)


def with_made_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Ids for a file without: equal sales of a file are told apart by their occurrence number."""
    key = ["partner_id", "product_id", "sold_on", "price"] + (["invoice_no"] if "invoice_no" in rows.columns else [])
    number = pl.int_range(1, pl.len() + 1).over(key)
    invoice = pl.col("invoice_no").fill_null("") if "invoice_no" in rows.columns else pl.lit("")
    made = pl.format("{}:{}:{}:{}:{}:{}", "partner_id", invoice, "product_id", "sold_on", "price", number)
    return rows.with_columns(made.alias("external_id")).drop("price")


def split_linked(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Rows that stand alone, and those that take another line back (None when the file has no such column)."""
    if "returns" not in rows.columns:
        return rows, None
    return rows.filter(pl.col("returns").is_null()).drop("returns"), rows.filter(pl.col("returns").is_not_null())


def in_key_order(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Parts sorted by external_id over the whole file: index order, not Python, limits how fast a table takes rows."""
    ids = rows["external_id"]
    order = ids.arg_sort()
    starts = range(0, rows.height, PART)
    cuts = [_not_inside_equal_ids(ids, order, start) for start in starts] + [rows.height]
    for begin, end in itertools.pairwise(cuts):
        if end > begin:
            yield rows[order[begin:end]]


def _not_inside_equal_ids(ids: pl.Series, order: pl.Series, place: int) -> int:
    """Move a cut forward until it does not part rows of the same id."""
    while 0 < place < len(order) and ids[order[place]] == ids[order[place - 1]]:
        place += 1
    return place


def first_of_each_id(part: pl.DataFrame, found: Findings) -> pl.DataFrame:
    """Keep the first row of each id; equal repetitions are the same, others are conflicts."""
    repeated = part["external_id"].is_duplicated()
    if not repeated.any():
        return part
    part = part.sort("external_id", "line")
    content = pl.struct(pl.exclude("line", "external_id"))
    marked = part.with_columns(
        (pl.int_range(pl.len()).over("external_id") > 0).alias("later"),
        (content != content.first().over("external_id")).alias("other"),
        pl.col("line").first().over("external_id").alias("first_line"),
    )
    later = marked.filter("later")
    other = later.filter("other")
    reason = pl.format("Line {} of this file has the same external_id and other content.", "first_line")
    found.same += later.height - other.height
    found.disagree(_conflict(other, reason))
    return marked.filter(~pl.col("later")).drop("later", "other", "first_line")


def _conflict(rows: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "line", pl.lit("external_id").alias("column"), pl.col("external_id").str.slice(0, 80).alias("value"),
        reason.alias("reason"),
    )  # fmt: skip
