"""A small channel with two products, and a shorthand to import text as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.core.clock import FIRST_DAY
from portal.core.db import transaction
from portal.sales.imports.jobs import check_import, post_import
from portal.sales.imports.models import ImportJob
from portal.sales.imports.services import Request, create_import
from portal.sales.products.services import add_price, add_product
from tests.people import Cast, add_cast

HEADER = "external_id,partner,sku,quantity,amount,currency,sold_on,invoice_no,seller,serial_no,flow,returns"
DAY = dt.date(2026, 3, 10)


@pytest.fixture
def cast(db: object) -> Cast:
    """Two shops, a distributor, everybody, a helmet and a rack."""
    cast = add_cast()
    with transaction():
        for sku, name, category, price in (
            ("HL-U509", "Sport-100 Helmet, Black", "Accessories / Helmets", 3499),
            ("RA-H123", "Hitch Rack - 4-Bike", "Accessories / Bike Racks", 12000),
        ):
            product = add_product(sku, name, category)
            add_price(product, valid_from=FIRST_DAY, currency="USD", list_price=price, cost=price // 2)
    return cast


@pytest.fixture
def checked(cast: Cast, tmp_path: Path) -> Callable[..., ImportJob]:
    """Check rows of a sales file (or a whole text with its own header)."""
    numbers = iter(range(1, 1000))

    def check(*rows: str, header: str = HEADER, kind: str = "sales", **values: object) -> ImportJob:
        path = tmp_path / f"file-{next(numbers)}.csv"
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        with transaction():
            values.setdefault("source", "pos")
            job = create_import(Request(kind, path, path.name, tmp_path / "imports", **values))  # type: ignore[arg-type]
        return check_import(job.id)

    return check


@pytest.fixture
def imported(checked: Callable[..., ImportJob]) -> Callable[..., ImportJob]:
    """Check and post rows of a file."""
    return lambda *rows, **values: post_import(checked(*rows, **values).id)


def line(
    key: str, quantity: int = 1, amount: str = "34.99", *, sku: str = "HL-U509", day: dt.date = DAY, invoice: str = "",
    seller: str = "", serial: str = "", flow: str = "sell_in", returns: str = "", partner: str = "AW00000290",
) -> str:  # fmt: skip
    """One row of a sales file."""
    cells = (key, partner, sku, quantity, amount, "USD", day, invoice, seller, serial, flow, returns)
    return ",".join(str(cell) for cell in cells)
