"""The one shape of every demo sale line, whichever flow it has, and its way into the import format."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date

import polars as pl

from portal.demo.source import to_major


@dataclass(frozen=True, slots=True)
class Line:
    """One sale line. `amount` is in minor units; an empty text means: not given."""

    external_id: str
    partner: str
    sku: str
    quantity: int
    amount: int
    currency: str
    sold_on: date
    recorded_on: date
    source: str
    flow: str
    invoice_no: str = ""
    seller: str = ""
    end_customer: str = ""
    serial_no: str = ""
    returns: str = ""
    distributor: str = ""
    generated: bool = True


SCHEMA: dict[str, pl.DataType] = {field.name: pl.String() for field in fields(Line)} | {
    "quantity": pl.Int64(),
    "amount": pl.Int64(),
    "sold_on": pl.Date(),
    "recorded_on": pl.Date(),
    "generated": pl.Boolean(),
}
IMPORT_COLUMNS = (
    "external_id", "partner", "sku", "quantity", "unit_price", "amount", "currency", "sold_on", "invoice_no", "seller",
    "end_customer", "serial_no", "flow", "returns", "distributor", "generated",
)  # fmt: skip


def frame(lines: Iterable[Line]) -> pl.DataFrame:
    """Lines as a frame with the columns of `SCHEMA`."""
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA}
    for line in lines:
        for name, values in columns.items():
            values.append(getattr(line, name))
    return pl.DataFrame(columns, schema=SCHEMA)


def moved(lines: pl.DataFrame, move: Callable[[date], date]) -> pl.DataFrame:
    """The lines with both of their days moved; each distinct day is moved once."""
    days = set(lines["sold_on"].to_list()) | set(lines["recorded_on"].to_list())
    if not days:
        return lines
    known = {day: move(day) for day in days}
    return lines.with_columns(
        pl.col(name).replace_strict(list(known), list(known.values()), return_dtype=pl.Date)
        for name in ("sold_on", "recorded_on")
    )


def import_csv(lines: pl.DataFrame) -> str:
    """The lines as a sales file of the import format; amounts in major units (every demo currency has two decimals)."""
    amounts = [to_major(minor) for minor in lines["amount"].to_list()]
    made = pl.when("generated").then(pl.lit("yes")).otherwise(pl.lit("")).alias("generated")
    priced = lines.with_columns(pl.lit("").alias("unit_price"), pl.Series("amount", amounts, dtype=pl.String), made)
    return priced.select(IMPORT_COLUMNS).with_columns(pl.col(pl.String).replace("", None)).write_csv()
