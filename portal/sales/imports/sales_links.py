"""Rows that depend on others: returns on the line they take back, serial numbers on who holds them."""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import Integer, func, or_, select, type_coerce

from portal.core.columns import read_frame
from portal.core.db import session
from portal.sales.imports.sales_columns import Complaint, complain
from portal.sales.imports.sales_compare import CHUNK
from portal.sales.journal.frames import read_batches
from portal.sales.journal.models import BatchKind, JournalBatch, LineMatch, SaleLine
from portal.sales.journal.queries import CONFIRMED
from portal.sales.journal.rules import MATCH_DAYS

_INT, _TEXT = pl.Int64, pl.String
TARGET: dict[str, Any] = {
    "returns": _TEXT, "returns_line_id": _INT, "target_partner": _INT, "target_product": _INT, "target_flow": _TEXT,
    "target_quantity": _INT, "target_currency": _TEXT, "target_sold": _INT, "origin_on": _INT, "target_seller": _INT,
    "target_serial": _TEXT, "target_linked": pl.Boolean, "target_back": _INT,
}  # fmt: skip


def resolve_returns(linked: pl.DataFrame, plain: pl.DataFrame, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Returns with what they inherit from the line they take back, and complaints about the others."""
    wanted = linked["returns"].unique()
    in_journal = _journal_targets(wanted.to_list(), source)
    in_file = _file_targets(plain, wanted).join(in_journal, on="returns", how="anti")
    targets = pl.concat([in_journal, in_file]).unique("returns", keep="first")
    rows = linked.join(targets, on="returns", how="left", maintain_order="left")
    good, errors = complain(rows, _link_complaints(source))
    seller = pl.col("seller_id") if "seller_id" in good.columns else pl.lit(None, dtype=pl.Int32)
    serial = pl.col("serial_no") if "serial_no" in good.columns else pl.lit(None, dtype=_TEXT)
    inherited = good.with_columns(
        pl.coalesce(seller, pl.col("target_seller").cast(pl.Int32)).alias("seller_id"),
        pl.coalesce(serial, "target_serial").alias("serial_no"),
        pl.col("target_flow").alias("flow"),
        pl.col("origin_on").cast(pl.Int32),
    )
    kept = {"target_quantity", "target_back"}
    return inherited.drop([name for name in TARGET if name.startswith("target_") and name not in kept]), errors


def _link_complaints(source: str) -> list[Complaint]:
    known = pl.col("target_partner").is_not_null()

    def said(bad: pl.Expr, words: str) -> Complaint:
        return Complaint("returns", known & bad, pl.format(words, "returns"))

    opposite = pl.col("quantity") * pl.col("target_quantity").sign() >= 0
    missing = pl.format(f"There is no line “{{}}” of {source}, neither in this file nor in the journal.", "returns")
    return [
        Complaint("returns", ~known, missing),
        said(pl.col("target_linked"), "“{}” takes another line back itself, so it cannot be returned."),
        said(pl.col("partner_id") != pl.col("target_partner"), "“{}” was sold to another partner."),
        said(pl.col("product_id") != pl.col("target_product"), "“{}” was a sale of another SKU."),
        said(pl.col("currency").cast(_TEXT) != pl.col("target_currency"), "“{}” was a sale in another currency."),
        said(pl.col("sold_on") < pl.col("target_sold"), "“{}” was sold on a later day than this return."),
        said(~pl.col("target_linked") & opposite, "A return of “{}” has the opposite quantity."),
    ]


def _journal_targets(wanted: list[str], source: str) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    linked = or_(SaleLine.returns_line_id.is_not(None), SaleLine.reverses_line_id.is_not(None))
    query = select(
        SaleLine.external_id, SaleLine.id, SaleLine.partner_id, SaleLine.product_id, SaleLine.flow, SaleLine.quantity,
        SaleLine.currency, type_coerce(SaleLine.sold_on, Integer), type_coerce(SaleLine.origin_on, Integer),
        SaleLine.seller_id, SaleLine.serial_no, linked,
    ).where(SaleLine.source == source, CONFIRMED)  # fmt: skip
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        found = session.execute(query.where(SaleLine.external_id.in_(chunk))).all()
        back = _taken_back([row[1] for row in found])
        rows += [(*row[:-1], bool(row[-1]), back.get(row[1], 0)) for row in found]
    return pl.DataFrame(rows, schema=TARGET, orient="row")


def _taken_back(line_ids: list[int]) -> dict[int, int]:
    """What returns and reversals have taken from these lines."""
    target = func.coalesce(SaleLine.returns_line_id, SaleLine.reverses_line_id)
    undone = select(SaleLine.reverses_line_id).where(SaleLine.reverses_line_id.is_not(None), CONFIRMED)
    query = select(target, func.sum(SaleLine.quantity)).where(
        or_(SaleLine.returns_line_id.in_(line_ids), SaleLine.reverses_line_id.in_(line_ids)), CONFIRMED,
        SaleLine.id.not_in(undone),
    )  # fmt: skip
    return {number: int(total) for number, total in session.execute(query.group_by(target))}


def _file_targets(plain: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    rows = plain.filter(pl.col("external_id").is_in(wanted.implode()))
    null = pl.lit(None)
    return rows.select(
        pl.col("external_id").alias("returns"), null.alias("returns_line_id"),
        pl.col("partner_id").alias("target_partner"), pl.col("product_id").alias("target_product"),
        pl.col("flow").alias("target_flow"), pl.col("quantity").alias("target_quantity"),
        pl.col("currency").alias("target_currency"), pl.col("sold_on").alias("target_sold"),
        pl.col("sold_on").alias("origin_on"),
        (pl.col("seller_id") if "seller_id" in rows.columns else null).alias("target_seller"),
        (pl.col("serial_no") if "serial_no" in rows.columns else null).alias("target_serial"),
        pl.lit(value=False).alias("target_linked"), pl.lit(0).alias("target_back"),
    ).cast(TARGET)  # type: ignore[arg-type]  # fmt: skip


def check_returns(new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Together, the returns of a line may not exceed what is left of it; in file order, the later ones are refused."""
    ordered = new.sort("line")
    left = pl.col("target_quantity") + pl.col("target_back")
    after = left + pl.col("quantity").cum_sum().over("returns")
    bad = (after * pl.col("target_quantity").sign()) < 0
    reason = pl.format("More comes back than is left of “{}”: {} before this file.", "returns", left)
    return complain(ordered, [Complaint("returns", bad, reason)])


def check_serials(rows: pl.DataFrame) -> pl.DataFrame:
    """Complaints about serial numbers that would be sold twice in one flow, or come back unsold.

    `rows` are the new rows of the file that carry a serial number: line, partner_id, product_id, flow, serial_no,
    quantity, sold_on. A sell-out row that describes an approved claim's line again is no second sale.
    """
    key = ["product_id", "flow", "serial_no"]
    held = _held_serials(rows).rename({"quantity": "held"})
    ordered = rows.sort("sold_on", "line").join(held, on=key, how="left", maintain_order="left")
    after = pl.col("held").fill_null(0) + pl.col("quantity").cum_sum().over(key)
    sold, unsold = after > 1, after < 0
    twice = pl.format("Serial number “{}” is sold already; a return frees it.", "serial_no")
    never = pl.format("Serial number “{}” comes back but is not sold.", "serial_no")
    return complain(ordered, [Complaint("serial_no", sold, twice), Complaint("serial_no", unsold, never)])[1]


def _held_serials(rows: pl.DataFrame) -> pl.DataFrame:
    """Net quantity the journal holds of each serial number, without claims' lines that these rows confirm."""
    query = (
        "SELECT id, batch_id, product_id, flow, serial_no, quantity, partner_id, sold_on FROM sale_line "
        "WHERE serial_no IS NOT NULL"
    )
    kinds = {"id": _INT, "batch_id": _INT, "product_id": pl.Int32, "flow": _TEXT, "serial_no": _TEXT,
             "quantity": _INT, "held_by": pl.Int32, "held_day": pl.Int32}  # fmt: skip
    lines = read_frame(query, kinds).join(read_batches(), on="batch_id", how="semi")
    lines = lines.join(_confirming_lines(), on="id", how="anti")
    again = _described_again(lines, rows)
    lines = lines.join(again, on="id", how="anti")
    return lines.group_by("product_id", "flow", "serial_no").agg(pl.col("quantity").sum())


def _confirming_lines() -> pl.DataFrame:
    rows = session.execute(select(LineMatch.confirmed_by_line_id)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema={"id": _INT}, orient="row")


def _described_again(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claims' lines that a row of the file describes again: same shop, product, serial, within the days of a match."""
    claimed = session.execute(
        select(SaleLine.id)
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .where(JournalBatch.kind == BatchKind.CLAIM, SaleLine.serial_no.is_not(None))
        .where(SaleLine.id.not_in(select(LineMatch.line_id)))
    ).all()
    ids = pl.DataFrame([tuple(row) for row in claimed], schema={"id": _INT}, orient="row")
    pairs = lines.join(ids, on="id", how="semi").join(rows, on=["product_id", "flow", "serial_no"], how="inner")
    near = (pl.col("held_day") - pl.col("sold_on")).abs() <= MATCH_DAYS
    return pairs.filter(near & (pl.col("held_by") == pl.col("partner_id"))).select("id").unique()
