"""Statements foot, open to their entries, and can be shown as known earlier."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.paging import paginate
from portal.ledger import services
from portal.ledger.errors import MonthClosed
from portal.ledger.models import LedgerEntry
from portal.ledger.queries import entries_of
from portal.ledger.statements import Statement, cell_entries, statement, statement_rows, statements
from tests.ledger.cast import FINANCE, JULY, TODAY, earn, owner, proved

Db = scoped_session[Session]
AUGUST = dt.date(2026, 8, 1)
VOLUME = "volume/base/AW1/2026-04-01/USD"
GROWTH = "growth/base/AW1/2026-04-01/USD"


def money(owner_id: int, amount: int, key: str, earning_key: str, **more: object) -> LedgerEntry:
    dates = {"accounting_date": dt.date(2026, 6, 30), "period_start": dt.date(2026, 4, 1)}
    program = earning_key.split("/", maxsplit=1)[0]
    given = {"unit": "USD", "program_code": program, "hold_days": 0, **dates, **more}
    return earn(owner_id, amount, key, earning_key=earning_key, **given)


def test_the_cell_of_17_28_opens_to_its_two_entries(db: Db) -> None:
    shop = owner()
    money(shop, 4637, "v", VOLUME)
    money(shop, 6712, "g", GROWTH)
    back = "Three hitch racks of SO61195 came back."
    late = {"prior_period": True, "accounting_date": TODAY, "reason": back}
    first = money(shop, -864, "v2", VOLUME, **late)
    second = money(shop, -864, "g2", GROWTH, **late)
    line = statement(shop, "USD", JULY, AUGUST)
    assert line == Statement("USD", JULY, AUGUST, opening=11349, adjusted=-1728, closing=9621, prior_period=-1728)
    assert line.foots
    assert statements(JULY, AUGUST, unit="USD") == {"USD": line}
    cell = paginate(db(), cell_entries("USD", "adjusted", JULY, AUGUST, prior_only=True), scalars=False)
    assert [(entry.id, who.code, amount) for entry, who, amount in cell.rows] == [
        (second.id, "AW1", -864),
        (first.id, "AW1", -864),
    ]
    rows = statement_rows(shop, "USD", JULY, AUGUST)
    assert [(row.program_code, row.amount, row.prior_period, row.reason) for row in rows] == [
        ("volume", -864, True, back),
        ("growth", -864, True, back),
    ]
    closed = statement_rows(shop, "USD", dt.date(2026, 4, 1), JULY)
    assert [(row.column, row.program_code, row.amount, row.entries) for row in closed] == [
        ("earned", "volume", 4637, 1),
        ("earned", "growth", 6712, 1),
    ]


def test_every_column_of_a_statement_is_filled_and_foots(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "before", hold_days=0, accounting_date=dt.date(2026, 6, 1))
    earn(shop, 300, "a", hold_days=0, expires_on=JULY + dt.timedelta(days=10), earning_key="e2")
    earn(shop, 25, "b", earning_key="e2")
    with transaction():
        services.adjust(
            owner_id=shop, unit="points", amount=40, reason="Goodwill", key="adj", proposed_by=11, confirmed_by=12
        )
        services.hold(shop, "points", 70, "R-1")
        captured = services.capture("R-1")
        services.hold(shop, "points", 30, "R-2")
        services.payout(shop, "points", 10, "P-1")
        services.expire_due(JULY + dt.timedelta(days=10))
    line = statement(shop, "points", JULY, AUGUST)
    assert line == Statement("points", JULY, AUGUST, 100, 325, 40, 70, 190, 10, 195)
    assert line.foots
    with transaction():
        services.reverse(captured.id, reason="Came back.")
    line = statement(shop, "points", JULY, AUGUST)
    assert (line.redeemed, line.closing, line.foots) == (0, 265, True)
    columns = [row.column for row in statement_rows(shop, "points", JULY, AUGUST)]
    assert columns == ["earned", "adjusted", "redeemed", "paid", "expired", "redeemed"]
    assert proved()


def test_yesterdays_statement_is_shown_as_it_was_known_yesterday(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a")
    known = clock.now()
    with clock.frozen(known + dt.timedelta(days=1)):
        earn(shop, 11, "b")
    assert statement(shop, "points", JULY, AUGUST, as_of=known).closing == 100
    assert statement(shop, "points", JULY, AUGUST).closing == 111


def test_an_owner_without_entries_has_an_empty_statement_that_foots(db: Db) -> None:
    assert statement(owner(), "points", JULY, AUGUST).foots
    assert statements(JULY, AUGUST, unit="EUR") == {}


def test_units_are_never_mixed(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a")
    money(shop, 55, "b", VOLUME, accounting_date=TODAY)
    found = statements(JULY, AUGUST, owner_id=shop)
    assert {unit: line.closing for unit, line in found.items()} == {"USD": 55, "points": 100}


def test_the_entries_of_an_owner_show_what_each_changed(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a", hold_days=0)
    money(shop, 5, "c", VOLUME)
    with transaction():
        services.hold(shop, "points", 60, "R")
        services.capture("R")
    rows = paginate(db(), entries_of(shop, "points"), scalars=False).rows
    assert [(entry.kind, unit, amount) for entry, unit, amount in rows] == [
        ("capture", "points", -60),
        ("hold", "points", 0),
        ("accrue", "points", 100),
    ]
    assert paginate(db(), entries_of(shop), scalars=False).total == 4


def test_an_entry_for_a_closed_month_is_dated_in_the_next_open_one(db: Db) -> None:
    shop = owner()
    for month in (dt.date(2026, 5, 1), dt.date(2026, 6, 1)):
        with transaction():
            services.close_month(month, by=FINANCE)
    entry = earn(shop, 10, "a", accounting_date=dt.date(2026, 5, 20))
    assert (entry.accounting_date, entry.original_date) == (JULY, dt.date(2026, 5, 20))
    with transaction():
        services.reopen_month(dt.date(2026, 6, 9), reason="The feed came late.", by=FINANCE)
    entry = earn(shop, 10, "b", accounting_date=dt.date(2026, 5, 20))
    assert entry.accounting_date == dt.date(2026, 6, 1)
    with transaction():
        services.close_month(dt.date(2026, 6, 1), by=FINANCE)
    assert earn(shop, 10, "c", accounting_date=dt.date(2026, 6, 30)).accounting_date == JULY
    assert proved()


def test_a_month_is_closed_once_and_only_when_it_is_over(db: Db) -> None:
    with pytest.raises(MonthClosed, match="July 2026 is not over yet"), transaction():
        services.close_month(TODAY, by=FINANCE)
    with transaction():
        services.close_month(dt.date(2026, 6, 1), by=FINANCE)
    with pytest.raises(MonthClosed, match="closed already"), transaction():
        services.close_month(dt.date(2026, 6, 30), by=FINANCE)
    with pytest.raises(MonthClosed, match="open already"), transaction():
        services.reopen_month(dt.date(2026, 5, 30), reason="x", by=FINANCE)
