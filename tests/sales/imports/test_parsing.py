"""Numbers and days in sales files are read exactly or refused, whatever is written there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from portal.core.clock import day_number
from portal.core.errors import PortalError
from portal.core.money import minor_digits, parse_minor
from portal.sales.imports.sales_columns import Lookups, read_columns

NAMES = pl.DataFrame({"name": ["P"], "id": [1]})
LOOKUPS = Lookups(NAMES, NAMES, NAMES)
TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=None).map(str)


def read(**cells: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row with these cells."""
    row = {"external_id": "A", "partner": "P", "sku": "P", "quantity": "1", "amount": "1", "currency": "USD",
           "sold_on": "2026-01-31"} | cells  # fmt: skip
    frame = pl.DataFrame({name: [cell.strip()] for name, cell in row.items()}).with_columns(line=pl.lit(2, pl.Int32))
    return read_columns(frame, LOOKUPS, "sell_in")


@given(st.one_of(TEXT, NUMBERS), st.sampled_from(["USD", "JPY", "KWD"]))
@example("1e400", "USD")
@example("1_000", "USD")
@example("٣٤", "USD")
@example("NaN", "USD")
@example("-0.10", "USD")
@example("100000000000.00", "USD")
@example("100000000000.01", "USD")
def test_an_amount_is_what_the_careful_parser_says_or_an_error(text: str, currency: str) -> None:
    try:
        expected = parse_minor(text, currency)
    except PortalError:
        expected = None
    good, errors = read(amount=text, currency=currency)
    assert good.height + errors["line"].n_unique() == 1
    if good.height:
        assert good["amount"].to_list() == [expected]
    else:
        digits = text.strip().lstrip("+-").partition(".")
        assert expected is None or len(digits[0]) > 15 or len(digits[2]) > 10


@given(TEXT)
@example("２０２６-01-01")
@example("2026-1-01 ")
@example("-026-01-01")
@example("2026- 1- 1")
def test_a_day_is_exactly_ten_plain_characters_or_an_error(text: str) -> None:
    good, errors = read(sold_on=text)
    cleaned = text.strip()
    try:
        expected = dt.date.fromisoformat(cleaned) if len(cleaned) == 10 and cleaned.isascii() else None
    except ValueError:
        expected = None
    if good.height:
        assert expected is not None
        assert good["sold_on"].to_list() == [day_number(expected)]
    else:
        assert errors["column"].to_list() == ["sold_on"]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_every_day_of_three_centuries_is_read(day: dt.date) -> None:
    assert read(sold_on=day.isoformat())[0]["sold_on"].to_list() == [day_number(day)]


@given(st.integers(-(10**9), 10**9), st.decimals(Decimal(-9999), Decimal(9999), places=4))
def test_units_times_price_is_exact_or_refused(units: int, price: Decimal) -> None:
    good, errors = read(quantity=str(units), amount="", unit_price=str(price))
    exact = units * price * 10 ** minor_digits("USD")
    if good.height:
        assert good["amount"].to_list() == [int(exact)]
        assert exact == int(exact)
    else:
        assert errors["column"].to_list() == ["unit_price"]
        assert exact != int(exact) or abs(exact) > 10**13
