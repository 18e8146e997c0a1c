"""Money as integers: minor units plus an ISO 4217 code. Points are integers too. No floats."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from functools import cache

from babel.numbers import get_currency_precision, is_currency

from portal.core.errors import InvalidInput

POINTS = "points"
MAX_MINOR = 10**13
_PLAIN = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


@cache
def minor_digits(unit: str) -> int:
    """How many decimals a currency has (JPY 0, USD 2, KWD 3); points have none."""
    return 0 if unit == POINTS else int(get_currency_precision(unit))


@cache
def known_currency(code: str) -> bool:
    """Whether the code is a currency of ISO 4217."""
    return len(code) == 3 and code.isupper() and is_currency(code)


def parse_plain(text: str) -> Decimal:
    """An exact decimal from plain ASCII digits; refuses exponents, NaN, other digits and separators."""
    cleaned = text.strip()
    if not _PLAIN.fullmatch(cleaned):
        raise InvalidInput(f"“{text[:40]}” is not a plain number. Write it like 1234.50.")
    return Decimal(cleaned)


def to_minor(value: Decimal, unit: str) -> int:
    """Minor units of an exact amount; refuses decimals the currency does not have and amounts beyond 10^13."""
    with localcontext() as context:
        context.prec = 60
        scaled = value.scaleb(minor_digits(unit))
        if scaled != scaled.to_integral_value():
            raise InvalidInput(f"{value} has more decimals than {unit} has ({minor_digits(unit)}).")
        minor = int(scaled)
    if abs(minor) > MAX_MINOR:
        raise InvalidInput(f"{value} {unit} is larger than an amount may be here.")
    return minor


def parse_minor(text: str, unit: str) -> int:
    """Minor units of what a person or file wrote, such as "46.37"."""
    return to_minor(parse_plain(text), unit)


def to_major(minor: int, unit: str) -> str:
    """Plain major units with the currency's decimals, for files: -864 USD is "-8.64"."""
    digits = minor_digits(unit)
    sign, whole = ("-" if minor < 0 else ""), abs(minor)
    if digits == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def show_minor(minor: int, unit: str) -> str:
    """For reading: thousands separated, a true minus sign: −8,640.00."""
    plain = to_major(abs(minor), unit)
    whole, _, part = plain.partition(".")
    shown = f"{int(whole):,}" + (f".{part}" if part else "")
    return f"\u2212{shown}" if minor < 0 else shown
