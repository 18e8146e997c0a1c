"""What a file of each kind looks like: its columns in words, and a small example to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.errors import NotFound
from portal.sales.imports import sales_columns
from portal.sales.imports.row_kinds import KINDS

_LEFT_OUT = {"generated"}  # marks what the demo made up; nobody else sends it
_DAY = "A day, like 2026-03-31."
# kind: column: (what stands there, cells of the example's rows)
_WORDS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "partners": {
        "code": ("The code you know the partner by. It never changes.", ("NC-1", "NC-2")),
        "name": ("The company's name.", ("North Cycles", "North Cycles Harbor")),
        "type": ("distributor, reseller, retailer, agent or dealer.", ("reseller", "reseller")),
        "parent": ("The code of the partner that owns it.", ("", "NC-1")),
        "territory": ("Made when it is new.", ("Northwest", "Northwest")),
        "segment": ("Any word of yours.", ("sport", "sport")),
        "tier": ("registered, silver, gold or platinum.", ("silver", "registered")),
        "country": ("Where it is.", ("US", "US")),
        "currency": ("Three letters, like USD. It never changes.", ("USD", "USD")),
        "email": ("Where the company reads its mail.", ("office@north.example", "")),
        "valid_from": ("From which day changed values hold; today unless said.", ("", "")),
    },
    "products": {
        "sku": ("The number of the product.", ("HL-1", "BK-1")),
        "name": ("What people call it.", ("Sport helmet", "City bike")),
        "category": ("A path, like Accessories / Helmets.", ("Accessories / Helmets", "Bikes / City")),
        "list_price": ("Without tax, with a decimal point.", ("34.99", "899.00")),
        "cost": ("What one costs us.", ("13.09", "512.50")),
        "currency": ("Of price and cost: three letters, like USD.", ("USD", "USD")),
        "from": ("The day from which price and cost hold.", ("2026-01-01", "2026-01-01")),
        "tags": ("Words a program may count by, separated by semicolons.", ("summer", "")),
    },
    "sales": {
        "external_id": ("The line's own id at its source. Sent again, it changes nothing.", ("10001-1", "10001-2")),
        "partner": ("The partner's code.", ("NC-1", "NC-1")),
        "sku": ("The product's number.", ("HL-1", "BK-1")),
        "quantity": ("Whole units; negative when they came back.", ("3", "1")),
        "unit_price": ("For one unit. This or the amount is needed.", ("34.99", "")),
        "amount": ("For the whole line, after discounts, without tax.", ("", "899.00")),
        "currency": ("Three letters, like USD.", ("USD", "USD")),
        "sold_on": (_DAY, ("2026-03-31", "2026-03-31")),
        "invoice_no": ("The invoice's number.", ("10001", "10001")),
        "seller": ("The e-mail address of who sold it.", ("", "")),
        "end_customer": ("Who bought it.", ("", "")),
        "serial_no": ("The serial number of one unit.", ("", "")),
        "flow": ("sell_in, sell_through or sell_out; without it, what you choose above.", ("", "")),
        "returns": ("A return: the external_id of the line it takes back.", ("", "")),
        "distributor": ("The code of the distributor that delivered.", ("", "")),
    },
    "fx": {
        "currency": ("The foreign currency.", ("EUR",)),
        "base": ("The currency it is turned into.", ("USD",)),
        "rate": ("How many of base one currency is worth.", ("1.0842",)),
        "from": ("The first day of this rate.", ("2026-01-01",)),
    },
    "targets": {
        "participant": ("A partner's code or a person's e-mail address.", ("NC-1",)),
        "measure": ("revenue, units, margin and so on; baseline:revenue for a baseline.", ("revenue",)),
        "period_start": ("The first day of the period.", ("2026-01-01",)),
        "target": ("In whole units of the currency, or a count.", ("25000",)),
    },
    "activities": {
        "external_id": ("The activity's own id at its source.", ("course-1",)),
        "participant": ("A partner's code or a person's e-mail address.", ("NC-1",)),
        "metric": ("What was done, in the word your plans use.", ("training",)),
        "quantity": ("How many, a whole number.", ("1",)),
        "done_on": (_DAY, ("2026-03-31",)),
        "seller": ("The e-mail address of who did it.", ("",)),
    },
    "certificates": {
        "holder": ("A partner's code or a person's e-mail address.", ("NC-1",)),
        "certificate": ("Its name, in the word your plans use.", ("bike-fitting",)),
        "valid_from": (_DAY, ("2026-01-01",)),
        "valid_until": ("The first day on which it no longer holds; empty for ever.", ("2028-01-01",)),
    },
    "end_customers": {
        "end_customer": ("The name as sales files write it.", ("City of Bellingham",)),
        "segment": ("Any word of yours, such as public_sector.", ("public_sector",)),
        "valid_from": ("From which day on; always unless said.", ("",)),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a file: its name, whether it must be there, what stands in it."""

    name: str
    needed: bool
    meaning: str
    example: tuple[str, ...]


def columns_of(kind: str) -> list[Column]:
    """The columns a file of this kind may have, those it must have first."""
    required, optional = _names(kind)
    words = _WORDS.get(kind, {})
    names = [*required, *(name for name in optional if name not in required and name not in _LEFT_OUT)]
    return [Column(name, name in required, *words.get(name, ("", ()))) for name in names]


def _names(kind: str) -> tuple[Sequence[str], Sequence[str]]:
    if kind == "sales":
        return sales_columns.REQUIRED, sales_columns.OPTIONAL
    if kind not in KINDS:
        raise NotFound
    return KINDS[kind].required, KINDS[kind].optional


def example_rows(kind: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the example, in the order people think of the columns."""
    known = {column.name: column for column in columns_of(kind)}
    order = [*(name for name in _WORDS.get(kind, {}) if name in known), *(n for n in known if n not in _WORDS[kind])]
    count = max((len(column.example) for column in known.values()), default=0)
    cells = [(*known[name].example, *[""] * count)[:count] for name in order]
    return order, [list(row) for row in zip(*cells, strict=True)]
