"""Editing a draft: its fields and lines, saved as they are typed; what cannot be used is told and kept out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.claims.models import Claim, ClaimLine
from portal.claims.rules import MAX_LINES, MAX_QUANTITY, has_serials, normalize_key
from portal.claims.submission.queries import list_prices
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.ids import canonical_json
from portal.partners.people.models import Person
from portal.sales.products.models import Product

LONGEST = {"invoice_no": 60, "end_customer": 120, "note": 2000, "serial_no": 60}
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2999, 12, 31)
LABELS = {"invoice_no": "The invoice number", "end_customer": "The customer", "note": "The note"}


@dataclass(frozen=True)
class TypedLine:
    """What was typed for one line; None leaves the stored value."""

    quantity: str | None = None
    serial_no: str | None = None


@dataclass(frozen=True)
class Typed:
    """What was typed into a draft; None leaves the stored value."""

    invoice_no: str | None = None
    sold_on: str | None = None
    end_customer: str | None = None
    note: str | None = None
    lines: dict[int, TypedLine] = field(default_factory=dict)


def save_draft(claim: Claim, typed: Typed) -> dict[str, str]:
    """Keep everything that can be kept; returns a sentence by field for what cannot."""
    problems: dict[str, str] = {}
    before = _picture(claim)
    _save_text(claim, typed, problems)
    _save_day(claim, typed.sold_on, problems)
    for line in claim.lines:
        _save_line(line, typed.lines.get(line.id), problems)
    price_lines(claim)
    claim.saved_at = clock.now()
    if _picture(claim) != before:
        claim.version += 1
    session.flush()
    return problems


def _picture(claim: Claim) -> str:
    lines = [(line.product_id, line.quantity, line.serial_no) for line in claim.lines]
    return canonical_json([claim.invoice_no, claim.sold_on, claim.end_customer, claim.note, lines])


def _save_text(claim: Claim, typed: Typed, problems: dict[str, str]) -> None:
    for name in ("invoice_no", "end_customer", "note"):
        value = getattr(typed, name)
        if value is None:
            continue
        clean = value.strip()
        if len(clean) > LONGEST[name]:
            problems[name] = f"{LABELS[name]} is longer than {LONGEST[name]} characters."
        else:
            setattr(claim, name, clean or None)
    claim.invoice_key = normalize_key(claim.invoice_no)
    if claim.invoice_no and claim.invoice_key is None:
        problems["invoice_no"] = "An invoice number holds letters or digits."


def _save_day(claim: Claim, typed: str | None, problems: dict[str, str]) -> None:
    if typed is None:
        return
    if not typed.strip():
        claim.sold_on = None
        return
    try:
        day = dt.date.fromisoformat(typed.strip())
        if not EARLIEST <= day <= LATEST:
            raise ValueError("no day of business")
        claim.sold_on = day
    except ValueError:
        problems["sold_on"] = f"“{typed[:20]}” is no day. Write it like {clock.today().isoformat()}."


def _save_line(line: ClaimLine, typed: TypedLine | None, problems: dict[str, str]) -> None:
    if typed is None:
        return
    if typed.quantity is not None:
        text = typed.quantity.strip()
        if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_QUANTITY:
            line.quantity = int(text)
        else:
            problems[f"line-{line.position}"] = (
                f"“{text[:12]}” is no quantity. Enter a number from 1 to {MAX_QUANTITY:,}."
            )
    if typed.serial_no is not None:
        serial = typed.serial_no.strip()
        if len(serial) > LONGEST["serial_no"]:
            problems[f"serial-{line.position}"] = "The serial number is longer than 60 characters."
        else:
            line.serial_no, line.serial_key = serial or None, normalize_key(serial)


def add_line(claim: Claim, product: Product, *, quantity: int = 1, serial_no: str | None = None) -> ClaimLine:
    """Add a product; the same one twice raises the quantity, unless each unit has its own serial number."""
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidInput(f"A quantity is a number from 1 to {MAX_QUANTITY:,}.", field="q")
    same = next((line for line in claim.lines if line.product_id == product.id), None)
    if same is not None and not has_serials(product.category) and serial_no is None:
        same.quantity = min(same.quantity + quantity, MAX_QUANTITY)
        line = same
    else:
        line = _append_line(claim, product, quantity, serial_no)
    price_lines(claim)
    claim.saved_at = clock.now()
    claim.version += 1
    session.flush()
    return line


def _append_line(claim: Claim, product: Product, quantity: int, serial_no: str | None) -> ClaimLine:
    if len(claim.lines) >= MAX_LINES:
        raise InvalidInput(f"A claim holds at most {MAX_LINES} lines. File a second one for the rest.", field="q")
    line = ClaimLine(
        position=max((line.position for line in claim.lines), default=0) + 1,
        product_id=product.id,
        quantity=quantity,
        serial_no=serial_no,
        serial_key=normalize_key(serial_no),
    )
    claim.lines.append(line)
    return line


def remove_line(claim: Claim, line_id: int) -> None:
    """Take a line off the draft; a line that is gone already is no fault."""
    claim.lines[:] = [line for line in claim.lines if line.id != line_id]
    claim.saved_at = clock.now()
    claim.version += 1
    session.flush()


def price_lines(claim: Claim) -> None:
    """Value every line at the list price in force on the day of the sale."""
    prices = list_prices({line.product_id for line in claim.lines}, claim.sold_on or clock.today())
    for line in claim.lines:
        line.unit_price = prices.get(line.product_id, 0)
        line.amount = line.unit_price * line.quantity


def copy_lines(source: Claim, target: Claim) -> None:
    """Take over products and quantities for a repeat sale; invoice, serials and photo are new every time."""
    wanted = {line.product_id for line in source.lines}
    products = {p.id: p for p in session.scalars(select(Product).where(Product.id.in_(wanted)))}
    for line in source.lines:
        _append_line(target, products[line.product_id], line.quantity, None)
    target.end_customer = source.end_customer
    price_lines(target)
    session.flush()


def change_seller(claim: Claim, seller: Person, currency: str) -> None:
    """Say that somebody else sold it; the claim moves to that person's partner."""
    if claim.seller_id == seller.id or seller.partner_id is None:
        return
    claim.seller_id, claim.partner_id, claim.currency = seller.id, seller.partner_id, currency
    claim.version += 1
    price_lines(claim)
    session.flush()
