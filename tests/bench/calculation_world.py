"""A generated channel for measuring calculations: 2,000 partners, 500 products, two years of lines."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl
from sqlalchemy import text

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import is_postgresql, session, transaction
from portal.sales.imports.posting import insert_rows
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import confirm_batch, open_batch

TODAY = dt.date(2026, 8, 15)
PARTNERS, PRODUCTS, DAYS, SELLERS_EACH = 2_000, 500, 730, 2
TERRITORIES = ("Northwest", "Northeast", "Central", "Southwest", "Southeast", "Canada", "France", "Germany")
CURRENCIES = {"Canada": "CAD", "France": "EUR", "Germany": "EUR"}
CATEGORIES = (
    "Bikes / Road Bikes", "Bikes / Mountain Bikes", "Components / Cranksets", "Components / Brakes",
    "Components / Wheels", "Components / Chains", "Clothing / Jerseys", "Clothing / Caps", "Accessories / Helmets",
    "Accessories / Bike Racks", "Accessories / Hydration Packs", "Accessories / Tires and Tubes",
)  # fmt: skip
ANSWERS = ("allowed",) * 8 + ("to_company", "forbidden")


def territory_of(partner: int) -> str:
    """Where a partner of the channel is."""
    return TERRITORIES[partner % len(TERRITORIES)]


def category_of(product: int) -> str:
    """What a product of the channel is."""
    return CATEGORIES[product % len(CATEGORIES)]


def make_channel(lines: int) -> None:
    """Everything but plans, written plainly; one line in a hundred lies in a batch that nobody has confirmed."""
    known = clock.now()
    with transaction():
        _partners(known)
        _sellers(known)
        _products(known)
    frame = sale_lines(lines)
    unconfirmed = pl.col("id") % 100 == 0
    with transaction():
        batch = open_batch("pos", BatchKind.IMPORT)
        insert_rows(session.connection(), frame.filter(~unconfirmed), batch.id, "pos")
        confirm_batch(batch)
    with transaction():
        waiting = open_batch("pos", BatchKind.IMPORT)
        insert_rows(session.connection(), frame.filter(unconfirmed), waiting.id, "pos")


def write(table: str, rows: list[dict[str, Any]]) -> None:
    """Write rows that bring their own ids; what is added after them counts on from there."""
    names = list(rows[0])
    marks = ", ".join(f":{name}" for name in names)
    session.execute(text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"), rows)
    if is_postgresql() and "id" in names:
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))


def _partners(at: dt.datetime) -> None:
    numbers = range(1, PARTNERS + 1)
    codes = {n: f"P{n:05}" for n in numbers}
    write("ledger_owner", [{"id": n, "kind": "partner", "code": codes[n], "created_at": at} for n in numbers])
    same = {"email": "", "state": "active", "created_at": at, "type": "reseller", "tier": "", "segment": ""}
    partners = [{"id": n, "code": codes[n], "name": codes[n], "country": "", "owner_id": n} for n in numbers]
    write("partner", [row | same | {"currency": _currency(n)} for n, row in zip(numbers, partners, strict=True)])
    dated = {"valid_from": -700_000, "recorded_at": at, "seq": 1, "type": "reseller", "tier": "", "segment": ""}
    dated |= {"country": "", "reason": ""}
    values = [{"id": n, "partner_id": n, "territory": territory_of(n)} | dated for n in numbers]
    write("partner_value", values)
    answer = {"valid_from": 0, "recorded_at": at, "seq": 1}
    write("spif_answer", [{"id": n, "partner_id": n, "answer": ANSWERS[n % len(ANSWERS)]} | answer for n in numbers])


def _sellers(at: dt.datetime) -> None:
    numbers = range(1, PARTNERS * SELLERS_EACH + 1)
    codes = {n: f"s{n}@shop.example" for n in numbers}
    owners = [{"id": PARTNERS + n, "kind": "person", "code": codes[n], "created_at": at} for n in numbers]
    write("ledger_owner", owners)
    same = {"role": "seller", "state": "active", "created_at": at, "theme": "auto", "tz": ""}
    rows = [{"id": n, "email": codes[n], "name": codes[n], "partner_id": (n - 1) // SELLERS_EACH + 1} for n in numbers]
    write("person", [row | same | {"owner_id": PARTNERS + n} for n, row in zip(numbers, rows, strict=True)])


def _products(at: dt.datetime) -> None:
    same = {"state": "active", "created_at": at, "seq": 1}
    numbers = range(1, PRODUCTS + 1)
    rows = [{"id": n, "sku": f"SKU-{n:04}", "name": f"SKU-{n:04}", "category": category_of(n)} for n in numbers]
    write("product", [row | same for row in rows])
    months = range(day_number(TODAY) - DAYS - 60, day_number(TODAY), 30)
    rates = [
        {"currency": code, "base": "USD", "valid_from": day, "rate": 10**10 * (70 + day % 7) // 100, "seq": 1}
        for code in ("CAD", "EUR")
        for day in months
    ]
    write("fx_rate", [row | {"recorded_at": at} for row in rates])


def _currency(partner: int) -> str:
    return CURRENCIES.get(territory_of(partner), "USD")


def sale_lines(lines: int) -> pl.DataFrame:
    """The lines in the journal's columns: a third sold by a seller, one in fifty takes an earlier line back."""
    dice = random.Random(11)
    columns: dict[str, list[Any]] = {name: [] for name in (
        "id", "flow", "partner_id", "seller_id", "product_id", "quantity", "amount", "currency", "sold_on",
        "origin_on", "external_id", "invoice_no", "returns_line_id")}  # fmt: skip
    add = [values.append for values in columns.values()]
    first = day_number(TODAY) - DAYS
    kept: tuple[Any, ...] = ()
    for number in range(1, lines + 1):
        day = first + number * DAYS // lines
        names = (f"L{number:08}", f"I{number // 3:08}")
        if number % 50 == 0:
            line = (number, *kept[1:5], -kept[5], -kept[6], kept[7], day, kept[9], *names, kept[0])
        else:
            partner, sold_out = dice.randrange(1, PARTNERS + 1), number % 3 == 0
            seller = (partner - 1) * SELLERS_EACH + 1 + number % SELLERS_EACH if sold_out else None
            flow, quantity = "sell_out" if sold_out else "sell_in", dice.randrange(1, 6)
            line = (number, flow, partner, seller, dice.randrange(1, PRODUCTS + 1), quantity,
                    quantity * dice.randrange(100, 9_000), _currency(partner), day, day, *names, None)  # fmt: skip
            if number % 37 == 0 or not kept:
                kept = line
        for append, value in zip(add, line, strict=True):
            append(value)
    return pl.DataFrame(columns)
