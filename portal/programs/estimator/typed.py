"""What was typed into the estimator, read from the address so that it can be shared. Pure shape, no decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from portal.core.errors import InvalidInput
from portal.core.money import parse_minor

MOST_LINES = 30
MOST_UNITS = 9_999
LARGEST = 10**11
FLOWS = {"sell_in": "We buy it from the vendor", "sell_through": "We buy it from a distributor",
         "sell_out": "We sell it to a customer"}  # fmt: skip


@dataclass(frozen=True)
class TypedLine:
    """One line as typed."""

    sku: str
    quantity: str = "1"
    price: str = ""


@dataclass(frozen=True)
class Typed:
    """Everything in the address."""

    lines: tuple[TypedLine, ...] = ()
    day: str = ""
    flow: str = ""
    program: str = ""
    whose: str = ""
    q: str = ""

    def query(self, **changes: object) -> str:
        """The address's parameters of the same estimate with changes."""
        lines = changes.pop("lines", self.lines)
        kept = {"for": self.whose, "program": self.program, "flow": self.flow, "day": self.day} | changes
        pairs = [(name, str(value)) for name, value in kept.items() if value]
        for line in lines if isinstance(lines, Sequence) else ():
            pairs += [("sku", line.sku), ("quantity", line.quantity), ("price", line.price)]
        return urlencode(pairs)


@dataclass
class Problems:
    """Sentences by field: `day`, `q`, `quantity-0`, `price-0`, `line-0`."""

    told: dict[str, str] = field(default_factory=dict)


def clean(text: str, longest: int = 100) -> str:
    """Text without signs no database keeps."""
    whole = text[:longest].encode("utf-8", "ignore").decode()
    return "".join(sign for sign in whole if sign.isprintable()).strip()


def read_typed(args: dict[str, list[str]]) -> Typed:
    """The estimate of an address; whatever is missing is empty."""

    def one(name: str) -> str:
        return clean((args.get(name) or [""])[0])

    skus, quantities, prices = (args.get(name, [])[:MOST_LINES] for name in ("sku", "quantity", "price"))
    lines = [
        TypedLine(clean(sku), _at(quantities, index) or "1", _at(prices, index))
        for index, sku in enumerate(skus)
        if clean(sku)
    ]
    flow = one("flow") if one("flow") in FLOWS else ""
    return Typed(tuple(lines), one("day"), flow, one("program"), one("for"), one("q"))


def _at(texts: Sequence[str], index: int) -> str:
    return clean(texts[index], 30) if index < len(texts) else ""


def read_quantity(text: str) -> int:
    """A whole number of units from 1 on."""
    plain = text.replace(",", "").replace(" ", "")
    if not plain.isascii() or not plain.isdigit() or not 1 <= int(plain[:9]) <= MOST_UNITS:
        raise InvalidInput(f"Write a whole number from 1 to {MOST_UNITS:,}.")
    return int(plain)


def read_price(text: str, currency: str) -> int:
    """A price for one unit in minor units; nothing below zero."""
    minor = parse_minor(text, currency)
    if not 0 <= minor <= LARGEST:
        raise InvalidInput("Write the price of one unit, zero or more.")
    return minor


def read_day(text: str, today: dt.date) -> dt.date:
    """The day of the sale, within ten years of today."""
    if not text:
        return today
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"“{text[:20]}” is no day. Write it like {today.isoformat()}.") from error
    if abs((day - today).days) > 3660:
        raise InvalidInput("Choose a day within ten years of today.")
    return day
