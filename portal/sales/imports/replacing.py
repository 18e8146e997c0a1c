"""A file that replaces what its source had sent for some days: reverse what vanished, add what is new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Integer, insert, select, type_coerce
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session
from portal.sales.imports.findings import Findings
from portal.sales.imports.models import ImportJob
from portal.sales.imports.sales_check import (
    PartWriter,
    first_of_each_id,
    header_notes,
    open_sales_file,
    read_rows,
    split_linked,
)
from portal.sales.imports.sales_columns import Complaint, complain
from portal.sales.imports.sales_compare import COMPARED, DAYS, Comparison, comparable
from portal.sales.imports.sales_links import check_serials, resolve_returns
from portal.sales.journal.models import JournalBatch, SaleCredit, SaleLine
from portal.sales.journal.queries import CONFIRMED

SUFFIX = r"~[rx][0-9]+$"
WRONG = "A file that replaces must be free of errors, or lines would vanish because of a typing mistake. Mend it first."
_STORED = {**COMPARED, "generated": pl.Boolean}


def check_replacement(job: ImportJob, folder: Path, progress: Callable[[int], None]) -> Findings:
    """Compare the file with the source's live lines in [range_from, range_until) and lay down what is to be posted."""
    file = open_sales_file(Path(job.path))
    found = Findings(notes=header_notes(file))
    writer = PartWriter(folder)
    rows = read_rows(file, job.source, job.flow, found, progress)
    live, versions = _live_lines(job), _versions(job.source)
    if rows is None:
        rows = live.head(0).select("external_id", pl.lit(0).cast(pl.Int32).alias("line"), *_STORED)
    wanted = _wanted(rows, job, found)
    if found.error or found.conflict:
        found.notes.append(WRONG)
        found.error = max(found.error, 1)
        return found
    vanished, changed = _compare(wanted, live, found)
    gone = pl.concat([vanished, changed])
    _refuse_returned(gone, found)
    new = wanted.filter(~pl.col("external_id").is_in(live["root"].implode()))
    added = pl.concat([new, wanted.filter(pl.col("external_id").is_in(changed["root"].implode()))])
    _refuse_serials(added, gone, found)
    if not found.error:
        writer.write(_reversals(gone))
        writer.write(_numbered(added, versions))
    found.parts, found.new, found.changed, found.reversed = writer.count, new.height, changed.height, gone.height
    return found


def _wanted(rows: pl.DataFrame, job: ImportJob, found: Findings) -> pl.DataFrame:
    """The file's rows with every compared column; rows of other days are refused."""
    first, last = (day_number(limit) for limit in (job.range_from, job.range_until) if limit)
    day = (pl.lit(0).cast(pl.Date) + pl.duration(days=pl.col("sold_on"))).cast(pl.String)
    shown = rows.with_columns(pl.col("sold_on").alias("_day"), day.alias("sold_on"))
    moved = Complaint(
        "sold_on", ~pl.col("_day").is_between(first, last - 1), pl.lit("Outside the range to be replaced.")
    )
    good, errors = complain(shown, [moved])
    found.refuse(errors)
    good = good.with_columns(pl.col("_day").alias("sold_on")).drop("_day")
    plain, linked = split_linked(good)
    plain = first_of_each_id(plain, found)
    frames = [_whole(plain)]
    if linked is not None and linked.height:
        resolved, errors = resolve_returns(first_of_each_id(linked, found), plain, job.source)
        found.refuse(errors)
        frames.append(_whole(resolved))
    return pl.concat(frames)


def _whole(part: pl.DataFrame) -> pl.DataFrame:
    flag = pl.col("generated") if "generated" in part.columns else pl.lit(value=False)
    target = pl.col("returns") if "returns" in part.columns else pl.lit(None, dtype=pl.String)
    extra = part.select("external_id", flag.alias("generated"), target.alias("returns"))
    return comparable(part).join(extra, on="external_id", how="left")


def _live_lines(job: ImportJob) -> pl.DataFrame:
    """The source's lines of the range that stand: confirmed, no reversal, not reversed."""
    columns = [type_coerce(c, Integer) if c.key in DAYS else c for c in (getattr(SaleLine, name) for name in _STORED)]
    reversal = aliased(SaleLine)
    query = (
        select(SaleLine.id, SaleLine.external_id, *columns)
        .outerjoin(reversal, reversal.reverses_line_id == SaleLine.id)
        .where(SaleLine.source == job.source, CONFIRMED, SaleLine.reverses_line_id.is_(None), reversal.id.is_(None))
        .where(SaleLine.sold_on >= job.range_from, SaleLine.sold_on < job.range_until)
    )
    schema: dict[str, Any] = {"id": pl.Int64, "external_id": pl.String, **_STORED}
    frame = pl.DataFrame([tuple(row) for row in session.execute(query)], schema=schema, orient="row")
    return frame.with_columns(pl.col("external_id").str.replace(SUFFIX, "").alias("root"))


def _versions(source: str) -> pl.DataFrame:
    """For each id the source knows: how many versions the journal holds and the id of the newest."""
    query = select(SaleLine.id, SaleLine.external_id).where(
        SaleLine.source == source, CONFIRMED, SaleLine.reverses_line_id.is_(None)
    )
    rows = [tuple(row) for row in session.execute(query)]
    frame = pl.DataFrame(rows, schema={"id": pl.Int64, "external_id": pl.String}, orient="row")
    root = pl.col("external_id").str.replace(SUFFIX, "").alias("root")
    return frame.with_columns(root).group_by("root").agg(pl.len().alias("count"), pl.col("id").max().alias("newest"))


def _compare(wanted: pl.DataFrame, live: pl.DataFrame, found: Findings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The live lines that vanished, and those that the file tells otherwise."""
    vanished = live.join(wanted, left_on="root", right_on="external_id", how="anti")
    known = live.select(pl.col("root").alias("external_id"), *COMPARED)
    lines = Comparison.differences(wanted, known)["line"]
    ids = wanted.filter(pl.col("line").is_in(lines.implode()))["external_id"]
    changed = live.filter(pl.col("root").is_in(ids.implode()))
    found.same += live.height - vanished.height - changed.height
    return vanished, changed


def _refuse_returned(gone: pl.DataFrame, found: Findings) -> None:
    """A line with a standing return cannot be taken back unless the return goes as well."""
    if gone.is_empty():
        return
    reversal = aliased(SaleLine)
    query = (
        select(SaleLine.id, SaleLine.returns_line_id)
        .outerjoin(reversal, reversal.reverses_line_id == SaleLine.id)
        .where(SaleLine.returns_line_id.is_not(None), reversal.id.is_(None), CONFIRMED)
    )
    standing = {target for number, target in session.execute(query) if number not in set(gone["id"])}
    held = gone.filter(pl.col("id").is_in(list(standing)))
    found.refuse(
        held.select(
            pl.lit(0).cast(pl.Int32).alias("line"), pl.lit("external_id").alias("column"),
            pl.col("root").alias("value"), pl.lit("This line has a return that stays.").alias("reason"),
        )
    )  # fmt: skip


def _refuse_serials(added: pl.DataFrame, gone: pl.DataFrame, found: Findings) -> None:
    """New serial numbers must be free; those of lines taken back are."""
    freed = gone["serial_no"].drop_nulls()
    rows = added.filter(pl.col("serial_no").is_not_null() & ~pl.col("serial_no").is_in(freed.implode()))
    if rows.height:
        small = pl.col("partner_id", "product_id", "sold_on").cast(pl.Int32)
        found.refuse(check_serials(rows.with_columns(small)))


def _reversals(gone: pl.DataFrame) -> pl.DataFrame:
    return gone.with_columns(
        (pl.col("external_id") + "~x1").alias("external_id"), -pl.col("quantity"), -pl.col("amount"),
        pl.col("id").alias("reverses_line_id"), pl.lit(None, dtype=pl.Int64).alias("returns_line_id"),
    ).drop("id", "root")  # fmt: skip


def _numbered(added: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Ids of new versions, linked to the version before; rows the journal never held keep their own id."""
    joined = added.join(versions, left_on="external_id", right_on="root", how="left", maintain_order="left")
    versioned = pl.format("{}~r{}", "external_id", pl.col("count").cast(pl.Int64) + 1)
    joined = joined.with_columns(
        pl.when(pl.col("count").is_not_null()).then(versioned).otherwise("external_id").alias("external_id"),
        pl.col("newest").alias("corrects_line_id"),
    ).drop("count", "newest", "line")
    return joined.drop("returns") if joined["returns"].is_null().all() else joined


def copy_credits(batch: JournalBatch, seq: int) -> int:
    """What a claim had credited stays credited on the line that replaces it. Returns how many."""
    query = (
        select(SaleLine.id, SaleCredit.seller_id, SaleCredit.claim_line_id, SaleCredit.line_id)
        .join(SaleCredit, SaleCredit.line_id == SaleLine.corrects_line_id)
        .where(SaleLine.batch_id == batch.id)
        .order_by(SaleCredit.seq, SaleCredit.id)
    )
    newest = {line: (seller, claim) for line, seller, claim, _ in session.execute(query)}
    rows = [
        {"line_id": line, "seller_id": seller, "claim_line_id": claim, "seq": seq, "recorded_at": clock.now()}
        for line, (seller, claim) in newest.items()
    ]
    if rows:
        session.execute(insert(SaleCredit), rows)
    return len(rows)
