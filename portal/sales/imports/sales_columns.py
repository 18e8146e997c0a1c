"""The columns of a sales file, read and checked a whole column at a time; every complaint names line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from portal.core import clock
from portal.core.money import MAX_MINOR, known_currency, minor_digits
from portal.sales.journal.models import Flow

REQUIRED = ("partner", "sku", "quantity", "currency", "sold_on")
OPTIONAL = (
    "external_id", "unit_price", "amount", "invoice_no", "seller", "end_customer", "serial_no", "flow", "returns",
    "distributor", "generated",
)  # fmt: skip
ERROR_COLUMNS = {"line": pl.Int32, "column": pl.String, "value": pl.String, "reason": pl.String}
FLOWS = [flow.value for flow in Flow]
NAMES = (
    ("partner", "partner_id", "partner"),
    ("sku", "product_id", "SKU"),
    ("distributor", "distributor_id", "partner"),
    ("seller", "seller_id", "seller"),
)
DECIMALS = 10
MAX_QUANTITY = 10**9
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST = {"external_id": 120, "invoice_no": 64, "end_customer": 200, "serial_no": 64, "returns": 120}
_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,10})?$"
_WHOLE = r"^[+-]?[0-9]{1,10}$"
_COMMA = r"^[+-]?[0-9. ]+,[0-9]+$"
_CONTROL = r"[\x00-\x1f\x7f]"
_LIVE = r"^[=@]"
_OURS = r"~[rx][0-9]+$"


@dataclass(frozen=True)
class Lookups:
    """What the names in a file mean: two-column frames of name and id."""

    partners: pl.DataFrame
    products: pl.DataFrame
    people: pl.DataFrame


@dataclass(frozen=True)
class Complaint:
    """Rows where `bad` holds are refused because of `column`, with `reason`."""

    column: str
    bad: pl.Expr
    reason: pl.Expr


def no_errors() -> pl.DataFrame:
    """The frame of complaints without a row."""
    return pl.DataFrame(schema=ERROR_COLUMNS)


def complain(frame: pl.DataFrame, complaints: list[Complaint]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split rows into those without a complaint and the list of complaints (line, column, value, reason)."""
    flags = frame.select(c.bad.fill_null(value=False).alias(str(i)) for i, c in enumerate(complaints))
    raised = [i for i, c in enumerate(complaints) if flags[str(i)].any()]
    if not raised:
        return frame, no_errors()
    found = [
        frame.filter(flags[str(i)]).select(
            pl.col("line"),
            pl.lit(complaints[i].column).alias("column"),
            pl.col(complaints[i].column).fill_null("").str.slice(0, 80).alias("value"),
            complaints[i].reason.alias("reason"),
        )
        for i in raised
    ]
    bad = flags.select(pl.any_horizontal(str(i) for i in raised)).to_series()
    return frame.filter(~bad), pl.concat(found, how="vertical").sort("line", maintain_order=True)


def read_columns(
    frame: pl.DataFrame, lookups: Lookups, flow: str, *, own_ids: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed columns of the good rows, and the complaints about the others; `own_ids` lets the portal's own ids in."""
    frame = _fill_absent(frame, flow)
    frame = _join_names(frame, lookups)
    frame = frame.with_columns(_quantity(), _day(), _factor(frame["currency"]))
    frame = frame.with_columns(_minor(frame))
    good, errors = complain(frame, list(_complaints(frame, own_ids=own_ids)))
    return _typed(good), errors


def _fill_absent(frame: pl.DataFrame, flow: str) -> pl.DataFrame:
    """Columns that decide something have a value in every row; the others stay away when the file lacks them."""
    absent = [name for name in ("amount", "unit_price", "flow") if name not in frame.columns]
    frame = frame.with_columns(pl.lit("").alias(name) for name in absent)
    return frame.with_columns(pl.when(pl.col("flow") == "").then(pl.lit(flow)).otherwise("flow").alias("flow"))


def _join_names(frame: pl.DataFrame, lookups: Lookups) -> pl.DataFrame:
    wanted = [("partner", lookups.partners, "partner_id"), ("sku", lookups.products, "product_id")]
    wanted += [("distributor", lookups.partners, "distributor_id")] if "distributor" in frame.columns else []
    wanted += [("seller", lookups.people, "seller_id")] if "seller" in frame.columns else []
    if "seller" in frame.columns:
        frame = frame.with_columns(pl.col("seller").str.to_lowercase())
    for column, known, target in wanted:
        right = known.select(pl.col("name").alias(column), pl.col("id").alias(target))
        frame = frame.join(right, on=column, how="left", maintain_order="left")
    return frame


def _quantity() -> pl.Expr:
    text = pl.col("quantity")
    return pl.when(text.str.contains(_WHOLE)).then(text).cast(pl.Int64, strict=False).alias("units")


def _day() -> pl.Expr:
    text = pl.col("sold_on")
    plain = pl.when(text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")).then(text)
    return plain.str.to_date("%Y-%m-%d", strict=False).alias("day")


def _factor(currencies: pl.Series) -> pl.Expr:
    """What a number with ten decimals is divided by to give minor units of its currency."""
    factors = {
        code: 10 ** (DECIMALS - minor_digits(code))
        for code in currencies.unique().to_list()
        if code and known_currency(code)
    }
    return pl.col("currency").replace_strict(factors, default=None, return_dtype=pl.Int64).alias("factor")


def _exact(column: str) -> pl.Expr:
    """The number in a text column times 10^10, or null where it is no plain number."""
    text = pl.col(column)
    plain = pl.when(text.str.contains(_NUMBER)).then(text)
    return plain.cast(pl.Decimal(38, DECIMALS), strict=False).to_physical()


def _minor(frame: pl.DataFrame) -> list[pl.Expr]:
    """`scaled`: the amount times 10^10 (or units x unit price); `minor`: whole minor units."""
    amount, factor = _exact("amount"), pl.col("factor").cast(pl.Int128)
    if (frame["amount"] == "").any():
        priced = _exact("unit_price") * pl.col("units").cast(pl.Int128)
        amount = pl.when(pl.col("amount") != "").then(amount).otherwise(priced)
    minor = amount // factor
    whole = (amount % factor) == 0
    fits = minor.abs() <= MAX_MINOR
    return [
        amount.is_not_null().alias("is_number"),
        whole.alias("is_whole"),
        fits.alias("fits"),
        pl.when(fits & whole).then(minor).cast(pl.Int64, strict=False).alias("minor"),
    ]


def _complaints(frame: pl.DataFrame, *, own_ids: bool) -> Iterator[Complaint]:
    yield from _name_complaints(frame)
    yield from _number_complaints()
    yield from _text_complaints(frame)
    if "external_id" in frame.columns and not own_ids:
        taken = pl.col("external_id").str.contains(_OURS)
        yield Complaint("external_id", taken, pl.lit("Ids that end in ~r2 or ~x1 are the portal's own."))


def _said(template: str, column: str) -> pl.Expr:
    return pl.format(template, pl.col(column).fill_null("").str.slice(0, 80))


def _name_complaints(frame: pl.DataFrame) -> Iterator[Complaint]:
    for column, target, noun in NAMES:
        if column not in frame.columns:
            continue
        empty = pl.col(column) == ""
        if column in REQUIRED:
            yield Complaint(column, empty, pl.lit(f"The {noun} is missing."))
        unknown = pl.col(target).is_null() & ~empty
        yield Complaint(column, unknown, _said(f"Unknown {noun} “{{}}”.", column))
    yield Complaint("flow", ~pl.col("flow").is_in(FLOWS), _said(f"“{{}}” is no flow. Use {', '.join(FLOWS)}.", "flow"))


def _number_complaints() -> Iterator[Complaint]:
    yield Complaint("quantity", pl.col("units").is_null(), _no_number("quantity", "a whole number such as 3 or -1"))
    too_many = pl.col("units").abs() > MAX_QUANTITY
    yield Complaint("quantity", too_many, _said(f"{{}} is more than {MAX_QUANTITY:,} units.", "quantity"))
    unknown = pl.col("factor").is_null()
    yield Complaint("currency", unknown, _said("“{}” is no currency code. Write it like USD.", "currency"))
    for column, used in (("amount", pl.col("amount") != ""), ("unit_price", pl.col("amount") == "")):
        text, known = pl.col(column), pl.col("units").is_not_null() & ~unknown
        unusable = used & (text != "") & ~text.str.contains(_NUMBER)
        yield Complaint(column, unusable, _no_number(column, "a plain number such as 1234.50"))
        number = used & known & pl.col("is_number")
        yield Complaint(column, number & ~pl.col("is_whole"), _too_fine(column))
        yield Complaint(
            column,
            number & pl.col("is_whole") & ~pl.col("fits"),
            _said("{} is larger than an amount may be here.", column),
        )
    neither = (pl.col("amount") == "") & (pl.col("unit_price") == "")
    yield Complaint("amount", neither, pl.lit("Amount and unit price are both empty. Fill in one of them."))
    yield Complaint("sold_on", pl.col("day").is_null(), _said("“{}” is no date. Write it like 2026-03-31.", "sold_on"))
    strange = ~pl.col("day").dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    yield Complaint("sold_on", strange, _said(f"{{}} lies outside {FIRST_YEAR} to {LAST_YEAR}.", "sold_on"))


def _too_fine(column: str) -> pl.Expr:
    if column == "amount":
        return pl.format("{} has more decimals than {} has.", pl.col("amount"), pl.col("currency"))
    template = "{} x {} does not come out in whole minor units of {}. Write the amount."
    return pl.format(template, pl.col("quantity"), pl.col("unit_price"), pl.col("currency"))


def _no_number(column: str, wanted: str) -> pl.Expr:
    text = pl.col(column)
    return (
        pl.when(text == "").then(pl.lit("The cell is empty. Write " + wanted + "."))
        .when(text.str.contains(_COMMA)).then(_said("“{}” has a decimal comma. Write a point: 12.50.", column))
        .when(text.str.contains(_LIVE)).then(_said("“{}” is a formula. Save the value instead.", column))
        .otherwise(_said("“{}” is not " + wanted + ".", column))
    )  # fmt: skip


def _text_complaints(frame: pl.DataFrame) -> Iterator[Complaint]:
    for column, longest in LONGEST.items():
        if column not in frame.columns:
            continue
        text = pl.col(column)
        yield Complaint(column, text.str.len_chars() > longest, pl.lit(f"Longer than {longest} characters."))
        yield Complaint(column, text.str.contains(_CONTROL), pl.lit("There is an invisible control character."))
        yield Complaint(column, text.str.contains(_LIVE), _said("“{}” is a formula. Save the value instead.", column))
    if "external_id" in frame.columns:
        text = pl.col("external_id")
        yield Complaint("external_id", text == "", pl.lit("The external_id is missing."))
    if "serial_no" in frame.columns:
        several = (pl.col("serial_no") != "") & (pl.col("units").abs() != 1)
        yield Complaint("serial_no", several, pl.lit("A line with a serial number is one unit: 1, or -1 taken back."))


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Only what the journal needs, as small as it can be."""
    epoch = pl.lit(clock.EPOCH)
    columns = [
        pl.col("line"), pl.col("flow").cast(pl.Enum(FLOWS)), pl.col("partner_id", "product_id").cast(pl.Int32),
        pl.col("units").alias("quantity"), pl.col("minor").alias("amount"), pl.col("currency").cast(pl.Categorical),
        (pl.col("day") - epoch).dt.total_days().cast(pl.Int32).alias("sold_on"),
    ]  # fmt: skip
    columns += [pl.col(name).cast(pl.Int32) for name in ("distributor_id", "seller_id") if name in frame.columns]
    texts = ("external_id", "invoice_no", "end_customer", "serial_no", "returns")
    columns += [pl.col(name).replace("", None) for name in texts if name in frame.columns]
    if "generated" in frame.columns:
        columns.append(pl.col("generated").str.to_lowercase().is_in(["1", "yes", "true"]).alias("generated"))
    if "external_id" not in frame.columns:
        price = pl.when(pl.col("unit_price") != "").then(pl.col("unit_price")).otherwise(pl.col("amount"))
        columns.append(price.alias("price"))
    return frame.select(columns)
