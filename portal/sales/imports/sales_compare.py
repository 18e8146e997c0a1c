"""Comparing rows with the journal: known and equal, known and different, or new."""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import Integer, Select, select, type_coerce

from portal.core.db import session
from portal.sales.imports.findings import Findings
from portal.sales.journal.models import SaleLine
from portal.sales.journal.queries import CONFIRMED

DENSE = 20_000
CHUNK = 800
_INT, _TEXT = pl.Int64, pl.String
COMPARED: dict[str, Any] = {
    "flow": _TEXT, "partner_id": _INT, "distributor_id": _INT, "seller_id": _INT, "product_id": _INT,
    "quantity": _INT, "amount": _INT, "currency": _TEXT, "sold_on": _INT, "origin_on": _INT, "invoice_no": _TEXT,
    "end_customer": _TEXT, "serial_no": _TEXT, "returns_line_id": _INT,
}  # fmt: skip
DAYS = ("sold_on", "origin_on")


class Comparison:
    """The confirmed lines of one source, asked for part by part."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.has_lines = session.scalar(self._lines(select(SaleLine.id)).limit(1)) is not None

    def _lines(self, query: Select[Any]) -> Select[Any]:
        return query.where(SaleLine.source == self.source, CONFIRMED)

    def keep_new(self, part: pl.DataFrame, found: Findings) -> pl.DataFrame:
        """The rows the journal does not hold; equal ones and conflicts are counted into `found`."""
        known = self.known_lines(part["external_id"])
        if known.is_empty():
            return part
        found.same += part.join(known, on="external_id", how="semi").height
        different = self.differences(part, known)
        found.same -= different.height
        found.disagree(different)
        return part.join(known, on="external_id", how="anti", maintain_order="left")

    def known_lines(self, ids: pl.Series) -> pl.DataFrame:
        """The journal's lines with these ids, in the columns of COMPARED."""
        schema = {"external_id": _TEXT, **COMPARED}
        rows: list[tuple[Any, ...]] = []
        if self.has_lines and len(ids):
            columns = [getattr(SaleLine, name) for name in schema]
            query = self._lines(select(*(type_coerce(c, Integer) if c.key in DAYS else c for c in columns)))
            for clause in _spans(ids):
                rows += [tuple(row) for row in session.execute(query.where(clause))]
        return pl.DataFrame(rows, schema=schema, orient="row").join(
            ids.to_frame("external_id"), on="external_id", how="semi"
        )

    @staticmethod
    def differences(part: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """Rows whose journal line says something else, with the first column that differs."""
        both = comparable(part).join(known, on="external_id", how="inner", suffix="_known", maintain_order="left")
        reason = pl.lit(None, dtype=pl.String)
        for name in reversed(list(COMPARED)):
            here, there = (_shown(name, column) for column in (name, f"{name}_known"))
            said = pl.format(f"Already in the journal with another {_word(name)}: {{}} there, {{}} here.", there, here)
            reason = pl.when(pl.col(name).ne_missing(pl.col(f"{name}_known"))).then(said).otherwise(reason)
        listed = both.select(
            "line", pl.lit("external_id").alias("column"), pl.col("external_id").str.slice(0, 80).alias("value"),
            reason.alias("reason"),
        )  # fmt: skip
        return listed.filter(pl.col("reason").is_not_null())


def comparable(part: pl.DataFrame) -> pl.DataFrame:
    """The part with every compared column: what the file lacks is empty, the origin of a plain sale is its day."""
    if "origin_on" not in part.columns:
        part = part.with_columns(pl.col("sold_on").alias("origin_on"))
    columns = [
        pl.col(name).cast(kind) if name in part.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in COMPARED.items()
    ]
    return part.select("line", "external_id", *columns)


def _word(name: str) -> str:
    return name.removesuffix("_id").replace("_on", " day").replace("_no", " number").replace("_", " ")


def _shown(name: str, column: str) -> pl.Expr:
    value = pl.col(column)
    if name in DAYS:
        return (pl.lit(0).cast(pl.Date) + pl.duration(days=value)).cast(pl.String).fill_null("none")
    return value.cast(pl.String).fill_null("none")


def _spans(ids: pl.Series) -> list[Any]:
    """Conditions that find these ids: a range of the index for many, lists for few."""
    if len(ids) >= DENSE:
        return [SaleLine.external_id.between(ids.min(), ids.max())]
    wanted = ids.unique().to_list()
    return [SaleLine.external_id.in_(wanted[start : start + CHUNK]) for start in range(0, len(wanted), CHUNK)]
