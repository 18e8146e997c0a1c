"""End customers and tags of products from files: checked in words, calculated at once by the programs that ask."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.programs.runs import listeners
from portal.sales.end_customers.importing import import_rows
from portal.sales.end_customers.models import EndCustomer
from portal.sales.imports.row_kinds import KINDS
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.sales.products import importing as products
from portal.sales.products.models import Product
from tests.programs.channel import Channel, make_channel, publish, sell
from tests.programs.test_limits import TEN, plan, posted

Row = dict[str, str]
NOON = "2026-08-10T12:00"


def _row(name: str, segment: str = "public_sector", since: str = "") -> Row:
    return {"end_customer": name, "segment": segment, "valid_from": since}


def _import(*rows: Row, dry_run: bool = False) -> list[tuple[str, list[str]]]:
    with transaction():
        found = import_rows(list(enumerate(rows, 2)), "crm", dry_run=dry_run)
    return [(one.outcome, [error.sentence for error in one.errors]) for one in found]


def _products(*rows: Row, dry_run: bool = False) -> list[str]:
    with transaction():
        found = products.import_rows(list(enumerate(rows, 2)), "shop", dry_run=dry_run)
    return [one.outcome for one in found]


def _facts(name: str) -> int:
    with transaction():
        return len(session.scalars(select(OutboxRow).where(OutboxRow.fact == name)).all())


def test_segments_are_kept_by_day_and_the_same_row_changes_nothing(db: object) -> None:
    assert _import(_row(" City of Reno "), dry_run=True) == [("new", [])]
    assert _import(_row(" City of Reno "), _row("city of reno", "", "2026-07-01")) == [("new", []), ("new", [])]
    assert _import(_row("CITY OF RENO")) == [("same", [])]
    assert _import(_row("city of reno", "school")) == [("changed", [])]
    with transaction():
        rows = session.scalars(select(EndCustomer).order_by(EndCustomer.id)).all()
        assert [(row.name, row.segment, row.valid_from) for row in rows] == [
            ("city of reno", "public_sector", clock.FIRST_DAY), ("city of reno", "", dt.date(2026, 7, 1)),
            ("city of reno", "school", clock.FIRST_DAY),
        ]  # fmt: skip
    assert _facts("EndCustomersClassified") == 2
    assert "end_customers" in KINDS


def test_wrong_cells_are_named(db: object) -> None:
    found = _import(_row(""), _row("a" * 201), _row("A", "b\x07"), _row("B", since="soon"), _row("C"), _row("c "))
    assert [outcome for outcome, _ in found] == ["error"] * 4 + ["new", "error"]
    assert found[0][1] == ["The end customer is missing."]
    assert found[1][1] == ["Longer than 200 characters."]
    assert found[2][1] == ["This cell holds an invisible character."]
    assert found[5][1] == ["Line 6 already names this end customer from the same day."]


def _channel() -> Channel:
    channel = make_channel()
    publish(channel, plan("private", TEN, "eligibility: {end_customers: {exclude: [public_sector]}}"))
    publish(channel, plan("fresh", f"{TEN}, qualify: {{tags: [new]}}"))
    return channel


def test_what_was_sold_to_the_public_sector_is_taken_back_once_it_is_known(db: object) -> None:
    with clock.frozen(NOON):
        channel = _channel()
        _sell_to(channel, "City of Reno", 60_000)
        _sell_to(channel, "Ann Ball", 10_000)
        listeners.recalculate_end_customers({"source": "crm"})
        assert posted("private") == {("partner", channel.shop.id): 7_000}
        _import(_row("city of reno"))
        listeners.recalculate_end_customers({"source": "crm"})
        assert posted("private") == {("partner", channel.shop.id): 1_000}


def _sell_to(channel: Channel, customer: str, amount: int) -> None:
    line = NewLine(
        external_id=customer, partner_id=channel.shop.id, product_id=channel.products["BK-1"].id, quantity=1,
        amount=amount, currency="USD", sold_on=dt.date(2026, 7, 5), flow="sell_in", end_customer=customer,
    )  # fmt: skip
    with transaction():
        batch = open_batch("erp", "import")
        add_lines(batch, [line])
        confirm_batch(batch)


def test_tags_come_with_products_and_programs_follow_them(db: object) -> None:
    row = {"sku": "BK-1", "name": "Road bike", "category": "Bikes / Road", "currency": "USD"}
    with clock.frozen(NOON):
        channel = _channel()
        sell(channel, "BK-1", 1, 60_000, "2026-07-05")
        listeners.recalculate_tags({"source": "shop"})
        assert posted("fresh") == {}
        assert _products(row) == ["same"]
        assert _products(row | {"tags": " new ; spring;new"}, dry_run=True) == ["changed"]
        assert _products(row | {"tags": " new ; spring;new"}) == ["changed"]
        assert _products(row | {"tags": "new;spring"}) == ["same"]
        with transaction():
            assert session.scalar(select(Product.tags).where(Product.sku == "BK-1")) == "new;spring"
        listeners.recalculate_tags({"source": "shop"})
        assert posted("fresh") == {("partner", channel.shop.id): 6_000}
        assert _products(row | {"tags": ""}) == ["changed"]
        listeners.recalculate_tags({"source": "shop"})
        assert posted("fresh") == {}
    assert _facts("ProductsTagged") == 2
    new = {"sku": "NEW-1", "name": "Bell", "category": "", "currency": "USD", "tags": "new"}
    assert _products(new) == ["new"]
