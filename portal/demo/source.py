"""Reads the published tables of AdventureWorksDW as they are; changes nothing."""

import csv
import gzip
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

Row = dict[str, str]


def read_table(folder: Path, name: str) -> list[Row]:
    """All rows of one published table, every value as text."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_keyed(folder: Path, name: str, key: str) -> dict[str, Row]:
    """The rows of one published table by their key."""
    return {row[key]: row for row in read_table(folder, name)}


def to_minor(amount: str) -> int:
    """Four published decimals to cents, half away from zero: the one place where this happens."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_major(minor: int) -> str:
    """Cents as text with two decimals."""
    sign, rest = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{rest // 100}.{rest % 100:02d}"


def day(stamp: str) -> date:
    """The date of a published time stamp."""
    return date.fromisoformat(stamp[:10])


def closing_month(ordered: date) -> date:
    """The first day of the month a batch closes: batches run a few days over, so five days back name the month."""
    return (ordered - timedelta(days=5)).replace(day=1)
