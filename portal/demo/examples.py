"""Reads the committed files of examples/adventureworks, in the data calendar and moved to a day."""

import csv
import gzip
import io
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from portal.demo.calendar import Shift, add_quarters
from portal.demo.lines import SCHEMA, moved

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "adventureworks"
BEGINNING = "0001-01-01"
TIER_SINCE = date(2012, 10, 1)  # the first evaluation of the demo; older days have no tier history
CURRENT = date(2013, 7, 1)


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of one committed CSV file."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def partner_rows() -> list[dict[str, str]]:
    """The 701 published resellers, columns as in partners.csv; `tier` is empty (see `tier_rows`)."""
    return read_rows("partners.csv")


@cache
def partner_by_code() -> dict[str, dict[str, str]]:
    """The published resellers by code."""
    return {row["code"]: row for row in partner_rows()}


def product_rows(shift: Shift) -> list[dict[str, str]]:
    """One row for each dated product version, `from` moved; a first version holds from the beginning of time."""
    rows = read_rows("products.csv")
    seen: set[str] = set()
    for row in rows:
        row["from"] = shift.boundary(date.fromisoformat(row["from"])).isoformat() if row["sku"] in seen else BEGINNING
        seen.add(row["sku"])
    return rows


def fx_rows(shift: Shift) -> list[dict[str, str]]:
    """The exchange rates, `from` moved."""
    return [row | {"from": shift.boundary(date.fromisoformat(row["from"])).isoformat()} for row in read_rows("fx.csv")]


@cache
def published_lines() -> pl.DataFrame:
    """All published sell-in lines in the data calendar (60,855 rows, columns of `lines.SCHEMA`)."""
    raw = pl.read_csv(gzip.decompress((FOLDER / "sales.csv.gz").read_bytes()), infer_schema=False).fill_null("")
    day = pl.col("sold_on").str.to_date()
    return raw.with_columns(
        pl.col("quantity").cast(pl.Int64),
        pl.col("amount").str.replace(".", "", literal=True).cast(pl.Int64),
        day.alias("sold_on"),
        day.alias("recorded_on"),
        pl.lit("erp").alias("source"),
        pl.lit("").alias("returns"),
        pl.lit("").alias("distributor"),
        pl.lit(False).alias("generated"),
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def sell_in(shift: Shift) -> pl.DataFrame:
    """All published lines moved: each keeps its month and its business-day number."""
    return moved(published_lines(), shift.sale_day)


def catalog(name: str) -> Any:
    """One of `rewards`, `tiers`, `badges` as nested lists and dicts of text ("null" is the text null)."""
    return yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  # text only


@cache
def _tier_edges() -> tuple[tuple[int, str], ...]:
    return tuple((int(tier["from"]) * 100, str(tier["code"])) for tier in catalog("tiers")["tiers"])


def tier_of(total_minor: int) -> str:
    """The tier a partner reaches with that sell-in of four closed quarters, in minor units of its own currency."""
    return [code for edge, code in _tier_edges() if total_minor >= edge][-1]


def four_quarters(until: date) -> dict[str, int]:
    """Sell-in by partner over the four data quarters before `until` (a first day of a quarter), in minor units."""
    lines = published_lines().filter(pl.col("sold_on").is_between(add_quarters(until, -4), until, closed="left"))
    return dict(lines.group_by("partner").agg(pl.col("amount").sum()).iter_rows())


@cache
def _tier_changes() -> list[tuple[str, date, str, int]]:
    changes, last = [], dict.fromkeys(partner_by_code(), "registered")
    for back in range((CURRENT.year - TIER_SINCE.year) * 4 + (CURRENT.month - TIER_SINCE.month) // 3, -1, -1):
        start = add_quarters(CURRENT, -back)
        totals = four_quarters(start)
        for code in sorted(last):
            tier = tier_of(totals.get(code, 0))
            if tier != last[code]:
                changes.append((code, start, tier, totals.get(code, 0)))
                last[code] = tier
    return changes


def tier_rows(shift: Shift) -> list[dict[str, Any]]:
    """Every change of tier, oldest first: partner, tier, valid_from (a quarter's first day), the total that decided."""
    return [
        {"partner": code, "tier": tier, "valid_from": shift.boundary(start), "total": total}
        for code, start, tier, total in _tier_changes()
    ]


def late_csv(shift: Shift) -> str:
    """The late file of the walk with its days moved, ready to be imported under source `erp`."""
    rows = read_rows("late.csv")
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"sold_on": shift.sale_day(date.fromisoformat(row["sold_on"])).isoformat()})
    return buffer.getvalue()
