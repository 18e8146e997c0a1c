"""Money is integers and refuses what is no plain number."""

from decimal import Decimal

import pytest

from portal.core import money
from portal.core.errors import InvalidInput

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("text", "unit", "minor"),
    [("46.37", "USD", 4637), ("-8.64", "USD", -864), ("120", "JPY", 120), ("1.234", "KWD", 1234), ("5", "points", 5)],
)
def test_amounts_go_to_minor_units_and_back(text: str, unit: str, minor: int):
    assert money.parse_minor(text, unit) == minor
    assert Decimal(money.to_major(minor, unit)) == Decimal(text)


@pytest.mark.parametrize("text", ["1e3", "NaN", "Infinity", "1_000", "٣٤", "１２", "1,5", "", " ", "0x10", "--1"])
def test_what_is_no_plain_number_is_refused_in_words(text: str):
    with pytest.raises(InvalidInput, match="plain number"):
        money.parse_minor(text, "USD")


def test_a_decimal_too_many_is_refused():
    with pytest.raises(InvalidInput, match="decimals"):
        money.parse_minor("1.001", "USD")


def test_an_amount_beyond_the_limit_is_refused():
    assert money.parse_minor("100000000000.00", "USD") == money.MAX_MINOR
    with pytest.raises(InvalidInput, match="larger"):
        money.parse_minor("100000000000.01", "USD")


def test_reading_form_has_separators_and_a_true_minus():
    assert money.show_minor(-186000, "USD") == "\u22121,860.00"
    assert money.show_minor(1860, "points") == "1,860"


def test_only_real_currencies_are_known():
    assert money.known_currency("USD")
    assert not money.known_currency("usd")
    assert not money.known_currency("XXQ")
