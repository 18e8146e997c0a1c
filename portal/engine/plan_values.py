"""The values a plan may hold: exact numbers, days, codes. Each refuses in words what it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer
from pydantic_core import PydanticCustomError

from portal.core.money import POINTS, known_currency

_NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,8})?")
_WHOLE = re.compile(r"[0-9]{1,6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_AMOUNT = Decimal(10) ** 11
MAX_PERCENT = Decimal(1000)
MAX_TERMS = 20_000


def refuse(sentence: str) -> PydanticCustomError:
    """The error a validator raises: a sentence, kept as it is (braces would be read as places to fill)."""
    return PydanticCustomError("plan", "{sentence}", {"sentence": sentence})


def _shown(value: Any) -> str:
    return f"“{str(value)[:40]}”"


def _number(value: Any) -> Decimal:
    text = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise refuse(f"{_shown(value)} is not a plain number. Write it with digits and a point, like 2.5.")
    return Decimal(text)


def _between(value: Any, most: Decimal, decimals: int, what: str) -> Decimal:
    number = _number(value)
    if number < 0 or number > most:
        raise refuse(f"{_shown(value)} is out of range: {what} is from 0 to {most:,f}.")
    if number != round(number, decimals):
        raise refuse(f"{_shown(value)} has too many decimals: {what} has at most {decimals}.")
    return number


def _ranged(most: Decimal, decimals: int, what: str) -> Callable[[Any], Decimal]:
    return lambda value: _between(value, most, decimals, what)


def _whole(value: Any) -> int:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise refuse(f"{_shown(value)} is not a whole number. Write it like 30.")
    return int(text)


def _day(value: Any) -> date:
    text = value.isoformat() if isinstance(value, date) else value
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse(f"{_shown(value)} is not a day. Write it like 2026-01-31.")


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value) or len(value) > 60:
        raise refuse(f"{_shown(value)} is not a code. Use small letters, digits and hyphens, like helmet-sprint.")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise refuse("Write a text of 1 to 500 characters here.")
    return value


def _terms(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TERMS:
        raise refuse(f"Write terms of 1 to {MAX_TERMS:,} characters here.")
    return value


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not known_currency(value):
        raise refuse(f"{_shown(value)} is not a currency code of ISO 4217, such as USD.")
    return value


def _baseline(value: Any) -> str | Decimal:
    return str(value) if value in ("prior_year", "table") else _between(value, MAX_AMOUNT, 4, "a baseline")


@dataclass(frozen=True)
class FlatPercent:
    """What a newcomer without a baseline gets of everything sold."""

    flat_percent: Decimal


def _newcomer(value: Any) -> str | Decimal | FlatPercent:
    if value in ("none", "peer_median") or isinstance(value, FlatPercent):
        return value  # type: ignore[no-any-return]
    if isinstance(value, dict):
        if set(value) != {"flat_percent"}:
            raise refuse("A newcomer gets none, peer_median, a number or flat_percent: 2.")
        return FlatPercent(_between(value["flat_percent"], MAX_PERCENT, 4, "a percent"))
    return _between(value, MAX_AMOUNT, 4, "a baseline")


def _newcomer_text(value: str | Decimal | FlatPercent) -> str | dict[str, str]:
    if isinstance(value, FlatPercent):
        return {"flat_percent": plain_decimal(value.flat_percent)}
    return _baseline_text(value)


_MEASURES = ("revenue", "margin", "list_value", "units", "invoices", "customers", "new_customers")
_ACTIVITY = re.compile(r"activity:[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")


def _measure(value: Any) -> str:
    if isinstance(value, str) and _ACTIVITY.fullmatch(value):
        return value
    return choose(value, (*_MEASURES, "activity:NAME"))


def _hold_from(value: Any) -> str:
    if value in ("sold_on", "invoice_paid"):
        raise refuse("A hold counts from the approval, when an earning is posted. Write from: approved.")
    return choose(value, ("approved",))


def _expiry_from(value: Any) -> str:
    if value == "last_activity":
        raise refuse(
            "Stars expire by the day they were earned, whatever their owner does later. Use year_end or earning."
        )
    return choose(value, ("earning", "year_end"))


def _unit(value: Any) -> str:
    return POINTS if value == POINTS else _currency(value)


def listed(words: tuple[str, ...]) -> str:
    """Words as a choice in a sentence: a, b or c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def choose(value: Any, words: tuple[str, ...]) -> str:
    """The word, if it is one of those that may stand here."""
    if not isinstance(value, str) or value not in words:
        raise refuse(f"{_shown(value)} is not known here. Use {listed(words)}.")
    return value


def one_of(*words: str) -> BeforeValidator:
    """A value that must be one of a few words."""
    return BeforeValidator(lambda value: choose(value, words))


def plain_decimal(number: Decimal) -> str:
    """The shortest plain writing of a number: 2.50 is "2.5"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _baseline_text(value: str | Decimal) -> str:
    return value if isinstance(value, str) else plain_decimal(value)


_as_text = PlainSerializer(plain_decimal, return_type=str)
Percent = Annotated[Decimal, BeforeValidator(_ranged(MAX_PERCENT, 4, "a percent")), _as_text]
Factor = Annotated[Decimal, BeforeValidator(_ranged(MAX_PERCENT, 4, "a multiplier")), _as_text]
Amount = Annotated[Decimal, BeforeValidator(_ranged(MAX_AMOUNT, 4, "an amount")), _as_text]
Whole = Annotated[int, BeforeValidator(_whole)]
Day = Annotated[date, BeforeValidator(_day)]
Code = Annotated[str, BeforeValidator(_code)]
Text = Annotated[str, BeforeValidator(_text)]
Terms = Annotated[str, BeforeValidator(_terms)]
Currency = Annotated[str, BeforeValidator(_currency)]
Unit = Annotated[str, BeforeValidator(_unit)]
BaselineSource = Annotated[str | Decimal, BeforeValidator(_baseline), PlainSerializer(_baseline_text, return_type=str)]
Newcomer = Annotated[
    str | Decimal | FlatPercent, BeforeValidator(_newcomer), PlainSerializer(_newcomer_text, return_type=Any)
]
Measure = Annotated[str, BeforeValidator(_measure)]
HoldFrom = Annotated[str, BeforeValidator(_hold_from)]
ExpiryFrom = Annotated[str, BeforeValidator(_expiry_from)]
