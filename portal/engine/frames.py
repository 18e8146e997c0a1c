"""The columns every input frame must have, checked on entry. Days count from 1970-01-01; integers are Int64."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import polars as pl

from portal.engine.admission import with_enrollments
from portal.engine.errors import CalculationError
from portal.engine.place import HERE, Place

I64, TEXT = pl.Int64(), pl.String()
FLOWS = ("sell_in", "sell_through", "sell_out", "activity")
TARGET_SCALE = 10**4
SALES = {
    "line_id": I64,
    "flow": TEXT,  # sell_in, sell_through or sell_out
    "partner_id": I64,
    "seller_id": I64,  # a person, or null
    "product_id": I64,
    "quantity": I64,
    "amount": I64,  # minor units of `currency`
    "currency": TEXT,
    "sold_day": I64,
    "origin_day": I64,  # sold_day, or that of the line a linked return takes back
    "source": TEXT,
}
SALES_OPTIONAL = {
    "distributor_id": I64,
    "batch_seq": I64,
    "invoice_no": TEXT,
    "end_customer": TEXT,
    "external_id": TEXT,
    "returns_line_id": I64,
    "base_partner_id": I64,  # whose baseline the line belongs to, where a merger says another than `partner_id`
}
PARTNER_VALUES = {
    "partner_id": I64,
    "valid_from": I64,
    "type": TEXT,
    "tier": TEXT,
    "territory": TEXT,
    "segment": TEXT,
    "parent_id": I64,
}
PRODUCTS = {"product_id": I64, "sku": TEXT, "category": TEXT}
PRODUCTS_OPTIONAL: dict[str, pl.DataType] = {"tags": TEXT}  # separated by semicolons
PRODUCT_PRICES = {"product_id": I64, "valid_from": I64, "cost": I64, "currency": TEXT}
PRICES_OPTIONAL: dict[str, pl.DataType] = {"list_price": I64}
TARGETS = {
    "participant_kind": TEXT,  # partner or person
    "participant_id": I64,
    "measure": TEXT,  # as a plan names it; "baseline:" before it for an imported or frozen baseline
    "period_start": I64,
    "target": I64,  # ten-thousandths of a major unit of the measuring currency, or of a count
}
ACTIVITIES = {
    "activity_id": I64,
    "partner_id": I64,
    "seller_id": I64,  # a person, or null
    "metric": TEXT,
    "quantity": I64,
    "day": I64,
    "source": TEXT,
    "external_id": TEXT,
}
ACTIVITIES_OPTIONAL: dict[str, pl.DataType] = {"base_partner_id": I64}  # as with sales
CODES = {"participant_kind": TEXT, "participant_id": I64, "code": TEXT}
ENROLLMENTS = {"program": TEXT, "partner_id": I64, "valid_from": I64, "state": TEXT}  # joined or left, oldest first
ENROLLMENTS_OPTIONAL: dict[str, pl.DataType] = {"terms": TEXT}  # what state "accepted" accepts: SHA-256 of the text
CERTIFICATES = {
    "owner_kind": TEXT,  # partner or person
    "owner_id": I64,
    "name": TEXT,
    "valid_from": I64,
    "valid_until": I64,  # the first day on which it holds no longer, or null
}
END_CUSTOMERS = {"end_customer": TEXT, "valid_from": I64, "segment": TEXT}  # an empty segment ends the one before
POSTED = {
    "program": TEXT,
    "component": TEXT,
    "participant_kind": TEXT,  # partner or person
    "participant_id": I64,
    "period_start": I64,
    "posted": I64,
}
RATES = {"currency": TEXT, "base": TEXT, "valid_from": I64, "rate": I64}  # rate x 10^10: `base` for one `currency`


def empty(columns: dict[str, pl.DataType]) -> pl.DataFrame:
    """A frame of these columns without a row."""
    return _empty(tuple(columns.items()))


@lru_cache(maxsize=64)
def _empty(columns: tuple[tuple[str, pl.DataType], ...]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(columns))


@dataclass(frozen=True)
class Facts:
    """Everything a calculation reads, already cut to what was known at the as-of."""

    sales: pl.DataFrame
    partner_values: pl.DataFrame
    products: pl.DataFrame
    product_prices: pl.DataFrame = field(default_factory=lambda: empty(PRODUCT_PRICES))
    rates: pl.DataFrame = field(default_factory=lambda: empty(RATES))
    posted: pl.DataFrame = field(default_factory=lambda: empty(POSTED))
    targets: pl.DataFrame = field(default_factory=lambda: empty(TARGETS))
    activities: pl.DataFrame = field(default_factory=lambda: empty(ACTIVITIES))
    codes: pl.DataFrame = field(default_factory=lambda: empty(CODES))
    place: Place = HERE  # where the lines are measured
    today: int | None = None  # the day of the as-of; None means that every window has ended
    enrollments: pl.DataFrame = field(default_factory=lambda: empty(ENROLLMENTS))
    certificates: pl.DataFrame = field(default_factory=lambda: empty(CERTIFICATES))
    end_customers: pl.DataFrame = field(default_factory=lambda: empty(END_CUSTOMERS))


def check(facts: Facts) -> Facts:
    """The same facts with every column cast; raises CalculationError for what is missing, unknown or too large."""
    enrollments = _cast("enrollments", facts.enrollments, ENROLLMENTS, ENROLLMENTS_OPTIONAL)
    checked = Facts(
        _cast("sales", facts.sales, SALES, SALES_OPTIONAL),
        with_enrollments(_cast("partner_values", facts.partner_values, PARTNER_VALUES), enrollments),
        _cast("products", facts.products, PRODUCTS, PRODUCTS_OPTIONAL),
        _cast("product_prices", facts.product_prices, PRODUCT_PRICES, PRICES_OPTIONAL),
        _cast("rates", facts.rates, RATES),
        _cast("posted", facts.posted, POSTED),
        _cast("targets", facts.targets, TARGETS),
        _cast("activities", facts.activities, ACTIVITIES, ACTIVITIES_OPTIONAL),
        _cast("codes", facts.codes, CODES),
        place=facts.place,
        today=facts.today,
        enrollments=enrollments,
        certificates=_cast("certificates", facts.certificates, CERTIFICATES),
        end_customers=_cast("end_customers", facts.end_customers, END_CUSTOMERS),
    )
    checked = with_activities(checked)
    refuse_overflow(checked.sales, "quantity", "amount")
    _refuse_unknown(checked.sales, checked.products, "product_id", "product")
    _refuse_unknown(checked.sales, checked.partner_values, "partner_id", "partner")
    return checked


def _cast(
    name: str, frame: pl.DataFrame, columns: dict[str, pl.DataType], optional: dict[str, pl.DataType] | None = None
) -> pl.DataFrame:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise CalculationError(f"The frame {name} has no column {', '.join(missing)}.")
    wanted = columns | {column: kind for column, kind in (optional or {}).items() if column in frame.columns}
    schema = frame.schema
    if all(schema[column] == kind for column, kind in wanted.items()):
        return frame if list(schema) == list(wanted) else frame.select(list(wanted))
    for column, kind in wanted.items():
        if kind == I64 and not (schema[column].is_integer() or schema[column] == pl.Null()):
            raise CalculationError(f"The column {column} of {name} must hold whole numbers.")
    return frame.select(pl.col(column).cast(kind) for column, kind in wanted.items())


def refuse_overflow(frame: pl.DataFrame, *columns: str) -> None:
    """Refuse a frame whose sums could leave 64 bits: the largest value times the rows reaches 2^63."""
    limits = [edge for column in columns for edge in (pl.col(column).min().alias(f"{column}-"), pl.col(column).max())]
    found = frame.select(limits).row(0)
    for column, low, high in zip(columns, found[::2], found[1::2], strict=True):
        if max(-(low or 0), high or 0) * max(frame.height, 1) >= 2**63:
            raise CalculationError(f"The column {column} is too large to be added up exactly over {frame.height} rows.")


def _refuse_unknown(sales: pl.DataFrame, known: pl.DataFrame, column: str, noun: str) -> None:
    strangers = set(sales[column].unique().to_list()).difference(known[column].to_list())
    if strangers:
        raise CalculationError(f"The sales name a {noun} with the id {min(strangers)} that is not known.")


def with_activities(facts: Facts) -> Facts:
    """Activities as lines of the flow "activity", each metric a product of its own: one pass counts them all."""
    done = facts.activities
    if done.is_empty():
        return facts
    metrics = done.select("metric").unique().sort("metric")
    metrics = metrics.with_columns((-1 - pl.int_range(pl.len(), dtype=I64)).alias("product_id"))
    lines = done.join(metrics, on="metric", maintain_order="left").select(
        (-pl.col("activity_id")).alias("line_id"), pl.lit("activity").alias("flow"), "partner_id", "seller_id",
        "product_id", "quantity", pl.lit(0, I64).alias("amount"), pl.lit("USD").alias("currency"),
        pl.col("day").alias("sold_day"), pl.col("day").alias("origin_day"), "source", "external_id",
        *(name for name in ACTIVITIES_OPTIONAL if name in done.columns),
    )  # fmt: skip
    names = pl.format("activity:{}", "metric").alias("sku")
    products = metrics.select("product_id", names, pl.lit(None, TEXT).alias("category"), pl.col("metric").alias("name"))
    products = products.select(name for name in products.columns if name in facts.products.columns)
    lines = lines.select(name for name in lines.columns if name in facts.sales.columns)
    return replace(
        facts,
        sales=pl.concat([facts.sales, lines], how="diagonal"),
        products=pl.concat([facts.products, products], how="diagonal"),
        activities=done.clear(),
    )
