"""Pure decisions about lines: which two are the same sale, what may still be taken back, new ids."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

MATCH_DAYS = 7
CLAIM_SOURCE = "claims"
RESERVED_SOURCES = frozenset({CLAIM_SOURCE, "corrections"})
_KEEP = re.compile(r"[\W_]+")
_LIKE_SUFFIX = re.compile(r"~[rx][0-9]+$")


@dataclass(frozen=True)
class Sale:
    """What is compared when two records may describe one sale."""

    invoice_no: str | None
    serial_no: str | None
    sold_on: dt.date
    quantity: int | None = None


def invoice_key(invoice_no: str | None) -> str:
    """An invoice number without the ways to write it: "fb 1042" and "FB-1042" are one."""
    return _KEEP.sub("", invoice_no or "").upper()


def is_same_sale(one: Sale, other: Sale) -> bool:
    """Same serial, or same invoice without differing serials, at most seven days apart."""
    if abs((one.sold_on - other.sold_on).days) > MATCH_DAYS:
        return False
    if one.serial_no and other.serial_no:
        return one.serial_no.upper() == other.serial_no.upper()
    key = invoice_key(one.invoice_no)
    return bool(key) and key == invoice_key(other.invoice_no)


def closeness(wanted: Sale, found: Sale) -> tuple[bool, bool, int]:
    """Sorts candidates: same serial first, then same quantity, then the nearest day."""
    same_serial = bool(wanted.serial_no) and bool(found.serial_no)
    return (not same_serial, wanted.quantity != found.quantity, abs((wanted.sold_on - found.sold_on).days))


def reversal_id(external_id: str) -> str:
    """The id of the line that takes back `external_id`; a line is reversed at most once."""
    return f"{external_id}~x1"


def next_version_id(external_id: str, version: int) -> str:
    """The id of a corrected line: "A" becomes "A~r2", then "A~r3"."""
    return f"{root_id(external_id)}~r{version}"


def root_id(external_id: str) -> str:
    """The id the source knows: without what corrections have added."""
    return _LIKE_SUFFIX.sub("", external_id)


@dataclass(frozen=True)
class Figures:
    """What of a line may be corrected: units, amount in minor units, and its day."""

    quantity: int
    amount: int
    sold_on: dt.date


def correction_fault(was: Figures, now: Figures, today: dt.date) -> tuple[str, str]:
    """Why one set of figures cannot replace another, and the field it is about; two empty texts when it can."""
    if now == was:
        return "quantity", "Nothing is different yet. Change the units, the amount or the day."
    if now.quantity == 0 or (now.quantity > 0) != (was.quantity > 0):
        return "quantity", "A sale stays a sale and a return a return. To take the line back, reverse it."
    if now.amount and (now.amount > 0) != (now.quantity > 0):
        return "amount", "Units and amount have the same sign: both of a sale, or both of a return."
    if now.sold_on > today:
        return "sold_on", "That day has not come yet. Enter today or an earlier day."
    return "", ""
