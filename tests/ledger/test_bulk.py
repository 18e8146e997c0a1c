"""What a full run posts as columns equals what is posted row by row, entry for entry."""

import datetime as dt
import itertools
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from portal.core.clock import day_number
from portal.core.db import transaction
from portal.ledger import services
from portal.ledger.bulk_earnings import DIFFERENCES, post_earning_columns
from portal.ledger.errors import UnusableAmount
from portal.ledger.months import close_month
from tests.ledger.cast import FINANCE, TODAY, facts, owner, proved

Db = scoped_session[Session]
OWNERS = (("partner", "A"), ("partner", "B"), ("person", "C"), ("person", "D"))
CLOSED = dt.date(2026, 6, 1)
DIFFERENCE = st.fixed_dictionaries(
    {
        "who": st.integers(0, 3),
        "unit": st.sampled_from(["points", "USD", "EUR"]),
        "amount": st.sampled_from([1, 7, 40, 500, -1, -30, -600]),
        "earning": st.sampled_from("xyz"),
        "hold_days": st.sampled_from([0, 30]),
        "expires_on": st.sampled_from([None, TODAY + dt.timedelta(days=90)]),
        "accounting_date": st.sampled_from([TODAY, dt.date(2026, 6, 3)]),
        "prior_period": st.booleans(),
        "treatment": st.sampled_from(["revenue_reduction", "selling_expense"]),
    }
)
numbers = itertools.count()


class UndoneError(Exception):
    """Ends a trial without leaving anything."""


def differences(wanted: list[dict[str, Any]], owners: list[int], name: str) -> list[services.Difference]:
    """What a strategy drew, for these owners."""
    made = []
    for number, one in enumerate(wanted):
        given = dict(one)
        owner_id, key = owners[given.pop("who")], given.pop("earning")
        given["earning_key"] = f"{name}/{owner_id}/{given['unit']}/{key}"
        made.append(services.Difference(**facts(owner_id, given.pop("amount"), f"{name}/{number}") | given))
    return made


def as_columns(found: list[services.Difference]) -> pl.DataFrame:
    """The same differences as a frame."""
    rows = [{name: getattr(one, name) for name in DIFFERENCES} for one in found]
    days = {name: kind for name, kind in DIFFERENCES.items() if kind == pl.Int64()}
    for row in rows:
        row |= {name: day_number(row[name]) for name in days if isinstance(row[name], dt.date)}
    return pl.DataFrame(rows, schema=DIFFERENCES)


def book_of(db: Db, owners: list[int]) -> list[Any]:
    """Every entry, posting, lot and balance of these owners, without ids; a recovery's key ends with a number."""
    listed = ", ".join(map(str, owners))
    entries = db.execute(text(
        "SELECT e.idempotency_key, e.kind, e.recorded_at, e.accounting_date, e.original_date, e.reason, e.earning_key,"
        " e.program_code, e.period_start, e.prior_period, e.run_id, e.actor_person_id, o.kind,"
        " a.unit, a.kind, p.amount, l.owner_id, l.earning_key, l.opened_on, l.matures_on, l.expires_on, l.pending,"
        " l.available, l.held, l.debt, b.idempotency_key FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id"
        " JOIN ledger_account a ON a.id = p.account_id JOIN ledger_owner o ON o.id = a.owner_id"
        " LEFT JOIN ledger_lot l ON l.id = p.lot_id LEFT JOIN ledger_entry b ON b.id = l.entry_id"
        f" WHERE e.id IN (SELECT p.entry_id FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        f" WHERE a.owner_id IN ({listed}))"
    )).all()  # fmt: skip
    accounts = db.execute(text(
        "SELECT o.kind, o.code, a.unit, a.kind, a.balance FROM ledger_account a"
        f" JOIN ledger_owner o ON o.id = a.owner_id WHERE a.owner_id IN ({listed})"
    )).all()  # fmt: skip
    return sorted([re.sub(r"recover/\d+", "recover", repr(tuple(row))) for row in [*entries, *accounts]])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(DIFFERENCE, max_size=8), now=st.lists(DIFFERENCE, min_size=1, max_size=14))
def test_columns_post_what_rows_post(db: Db, before: list[dict[str, Any]], now: list[dict[str, Any]]):
    name = f"n{next(numbers)}"
    owners = [owner(f"{name}{code}", kind) for kind, code in OWNERS]
    with transaction():
        close_month(CLOSED, by=FINANCE) if name == "n0" else None
        services.post_earning_differences(differences(before, owners, f"{name}/before"))
    posted = differences(now, owners, name)

    def by_rows() -> None:
        services.post_earning_differences(posted)

    def by_columns() -> None:
        post_earning_columns(as_columns(posted), reason=posted[0].reason)

    assert tried(db, by_columns, owners) == tried(db, by_rows, owners)


def tried(db: Db, post: Callable[[], None], owners: list[int]) -> list[Any]:
    """The book after posting, which is then undone."""
    found: list[Any] = []
    with pytest.raises(UndoneError), transaction():
        post()
        found = book_of(db, owners)
        raise UndoneError
    return found


def test_thousands_of_columns_keep_every_law(db: Db) -> None:
    with transaction():
        owners = [o.id for o in services.ensure_owners([("partner", f"B{n}") for n in range(400)]).values()]
        many = [
            services.Difference(**facts(number, 10 + n, f"k{n}", earning_key=f"e{n % 900}", unit=unit))
            for n, (number, unit) in enumerate(itertools.product(owners, ("points", "USD", "EUR")))
        ]
        post_earning_columns(as_columns(many), reason="a run")
    assert proved()


def test_a_key_that_was_posted_is_refused_by_the_database(db: Db) -> None:
    one = as_columns([services.Difference(**facts(owner(), 10, "a"))])
    with transaction():
        post_earning_columns(one, reason="a run")
    with pytest.raises((IntegrityError, UniqueViolation)), transaction():
        post_earning_columns(one, reason="a run")
    assert proved()


@pytest.mark.parametrize("amount", [0, 10**13 + 1, -(10**13) - 1])
def test_an_amount_that_cannot_be_is_refused_in_columns_too(db: Db, amount: int) -> None:
    one = as_columns([services.Difference(**facts(owner(), amount, "a"))])
    with pytest.raises(UnusableAmount, match="cannot be posted"), transaction():
        post_earning_columns(one, reason="a run")
