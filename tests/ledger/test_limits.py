"""Limits on adjustments: checked on what is posted, whatever its sign, in any currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.models import LedgerAdjustment, LedgerEntry
from portal.ledger.queries import balances
from portal.ledger.services import confirm_adjustment, propose_adjustment
from portal.partners.people.models import Person
from portal.sales.rates.services import add_rate
from portal.security.limits.errors import AboveLimit
from portal.security.limits.rules import Kind
from portal.security.viewer import Role, Viewer
from tests.partners.limiting import bound
from tests.people import Cast, add_cast, add_member, viewer_of

As = Callable[[Person | Viewer], FlaskClient]
NOW = "2026-11-19T10:41"


@pytest.fixture
def cast(app: Flask, db: scoped_session[Session]) -> Cast:
    return add_cast()


@pytest.fixture
def second(cast: Cast) -> Person:
    with transaction():
        return add_member("finance2@demo.example", "Omar Day", Role.FINANCE)


def propose(cast: Cast, amount: int, unit: str = "USD") -> int:
    from portal.ledger.queries import get_owner

    by = viewer_of(cast.finance)
    with transaction():
        return propose_adjustment(get_owner(by, cast.shop.owner_id), unit, amount, "Goodwill", by=by).id


def entries() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


@pytest.mark.parametrize("amount", [500_001, -500_001])
def test_above_the_limit_there_is_no_button_and_nothing_is_posted(cast: Cast, second: Person, as_: As, amount: int):
    bound(second, Kind.ADJUSTMENT, 500_000)
    number, omar = propose(cast, amount), as_(second)
    says = "This adjustment posts 5,000.01 USD; your limit for adjustments is 5,000.00 USD."
    page = omar.get("/ledger/adjustments").text
    assert f"{says} Nobody else has a limit that is high enough." in page, "Flora proposed it herself"
    assert f"/ledger/adjustments/{number}/confirm" not in page
    assert f"/ledger/adjustments/{number}/refuse" in page
    refused = omar.post(f"/ledger/adjustments/{number}/confirm")
    assert refused.status_code == 403
    assert says in refused.text
    assert entries() == 0
    assert session.get_one(LedgerAdjustment, number).state == "proposed"
    assert omar.post(f"/ledger/adjustments/{number}/refuse").status_code == 303


@pytest.mark.parametrize(("amount", "unit"), [(500_000, "USD"), (-500_000, "USD"), (10**9, "points")])
def test_exactly_the_limit_and_what_it_does_not_bound_is_posted(
    cast: Cast, second: Person, as_: As, amount: int, unit: str
):
    bound(second, Kind.ADJUSTMENT, 500_000)
    number = propose(cast, amount, unit)
    assert as_(second).post(f"/ledger/adjustments/{number}/confirm").status_code == 303
    assert entries() == 1


def test_another_person_of_finance_with_a_higher_limit_is_named(cast: Cast, second: Person, as_: As):
    with transaction():
        third = add_member("finance3@demo.example", "Uma Voss", Role.FINANCE)
    bound(second, Kind.ADJUSTMENT, 100)
    bound(third, Kind.ADJUSTMENT, 200)
    propose(cast, 200)
    assert "Uma Voss can decide it." in as_(second).get("/ledger/adjustments").text
    propose(cast, 201)
    assert "Nobody else has a limit" in as_(second).get("/ledger/adjustments").text


@pytest.mark.parametrize(
    ("rate", "euros", "passes"), [(None, 1, False), (10_800_000_000, 10_000, True), (10_800_000_000, 10_001, False)]
)
def test_another_currency_needs_a_rate_of_the_day(
    cast: Cast, second: Person, as_: As, rate: int | None, euros: int, passes: bool
):
    with clock.frozen(NOW):
        bound(second, Kind.ADJUSTMENT, 10_800)
        with transaction():
            add_rate("EUR", "USD", dt.date(2026, 11, 20), 1)
            if rate:
                add_rate("EUR", "USD", dt.date(2026, 11, 1), rate)
        number = propose(cast, euros, "EUR")
        answer = as_(second).post(f"/ledger/adjustments/{number}/confirm")
    assert answer.status_code == (303 if passes else 403)
    if rate is None:
        assert "for which there is no rate to USD today" in answer.text


@pytest.mark.parametrize(
    ("pairs", "limit"),
    [([("USD", "EUR", 5_000_000_000)], 200), ([("EUR", "GBP", 10_000_000_000), ("USD", "GBP", 5_000_000_000)], 200)],
)
def test_a_reciprocal_rate_and_one_over_a_common_currency_count(
    cast: Cast, second: Person, pairs: list[tuple[str, str, int]], limit: int
):
    with clock.frozen(NOW):
        bound(second, Kind.ADJUSTMENT, limit)
        with transaction():
            for currency, base, rate in pairs:
                add_rate(currency, base, dt.date(2026, 11, 1), rate)
        fits, above = propose(cast, 100, "EUR"), propose(cast, 101, "EUR")
        with transaction():
            confirm_adjustment(fits, by=viewer_of(second))
        with pytest.raises(AboveLimit, match=r"posts 1\.01 EUR, today 2\.02 USD"), transaction():
            confirm_adjustment(above, by=viewer_of(second))


@pytest.mark.parametrize("limit", [0, 99, 100, 101, None])
@pytest.mark.parametrize("amount", [1, 100, 101, 5000, -100, -101])
def test_no_adjustment_above_the_limit_is_ever_posted(cast: Cast, second: Person, limit: int | None, amount: int):
    bound(second, Kind.ADJUSTMENT, limit)
    number = propose(cast, amount)
    try:
        with transaction():
            confirm_adjustment(number, by=viewer_of(second))
    except AboveLimit:
        session.rollback()
    found = balances(cast.shop.owner_id).get("USD")
    moved = (found.available - found.debt if found else 0) if entries() else 0
    assert abs(moved) == (abs(amount) if limit is None or abs(amount) <= limit else 0)
