"""Exchange rates and prices that come in count at once: for the programs that look at them, and for no others."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.outbox import OWN_TRANSACTIONS, deliver_all
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import ProgramRun
from portal.reactions import REACTIONS
from portal.sales.products import importing as products
from portal.sales.rates import importing as rates
from tests.programs.channel import Channel, make_channel, publish, sell
from tests.programs.test_limits import posted

BIKES = """
code: bikes
name: Bikes
kind: rebate
effective: {from: 2026-01-01, until: 2027-01-01}
period: quarter
pay: {in: EUR}
qualify: {categories: [Bikes], flow: sell_in}
components: [{code: bikes, method: percent, percent: 10}]
"""
MARGIN = """
code: margin
name: Margin
kind: rebate
effective: {from: 2026-01-01, until: 2027-01-01}
period: quarter
pay: {in: USD}
qualify: {categories: [Bikes], flow: sell_in}
components: [{code: margin, method: percent, measure: margin, percent: 10}]
"""


@pytest.fixture
def channel(db: scoped_session[Session]) -> Iterator[Channel]:
    """A shop that bought a bike for 1,000.00 USD in July and another one in August."""
    with clock.frozen("2026-08-10T10:00"):
        made = make_channel()
        sell(made, "BK-1", 1, 100_000, "2026-07-14")
        sell(made, "BK-1", 1, 100_000, "2026-08-05")
        yield made


def _bring(import_rows: Callable[..., object], **cells: str) -> None:
    with transaction():
        import_rows([(2, cells)], "bank")


def _rate(rate: str, since: str) -> None:
    _bring(rates.import_rows, currency="USD", base="EUR", rate=rate, **{"from": since})


def _cost(cost: str, since: str) -> None:
    cells = {"sku": "BK-1", "name": "Road bike", "category": "Bikes / Road", "currency": "USD", "list_price": ""}
    _bring(products.import_rows, **cells, cost=cost, **{"from": since})


def _runs() -> list[tuple[str | None, str]]:
    query = select(ProgramRun.program_code, ProgramRun.reason).order_by(ProgramRun.id)
    return [(code, reason) for code, reason in session.execute(query)]


def test_rates_that_come_in_are_calculated_with_at_once(channel: Channel) -> None:
    _rate("0.9", "2026-07-01")
    publish(channel, BIKES)
    run_full()
    assert posted("bikes") == {("partner", channel.shop.id): 18_000}
    deliver_all(REACTIONS)
    before = len(_runs())
    _rate("0.8", "2026-08-01")
    deliver_all(REACTIONS)
    assert posted("bikes") == {("partner", channel.shop.id): 17_000}
    assert _runs()[before:] == [("bikes", "exchange rates from bank came in")]


@pytest.mark.one_database
def test_rates_for_days_without_foreign_sales_calculate_nothing(channel: Channel) -> None:
    _rate("0.9", "2026-07-01")
    publish(channel, BIKES)
    deliver_all(REACTIONS)
    before = len(_runs())
    _rate("0.8", "2026-08-06")
    _rate("0.8", "2026-08-06")  # the same again says nothing
    deliver_all(REACTIONS)
    assert len(_runs()) == before


def test_prices_that_come_in_are_calculated_with_at_once(channel: Channel) -> None:
    _cost("700", "2026-01-01")
    publish(channel, MARGIN)
    run_full()
    assert posted("margin") == {("partner", channel.shop.id): 6_000}
    deliver_all(REACTIONS)
    before = len(_runs())
    _cost("600", "2026-08-01")
    deliver_all(REACTIONS)
    assert posted("margin") == {("partner", channel.shop.id): 7_000}
    assert _runs()[before:] == [("margin", "prices from bank came in")]


@pytest.mark.one_database
def test_prices_of_what_nobody_bought_since_calculate_nothing(channel: Channel) -> None:
    publish(channel, MARGIN)
    deliver_all(REACTIONS)
    before = len(_runs())
    _cost("600", "2026-08-06")
    cells = {"sku": "HL-1", "name": "Helmet, black", "category": "Accessories / Helmets", "currency": "USD"}
    _bring(products.import_rows, **cells, list_price="30", cost="20", **{"from": "2026-01-01"})
    deliver_all(REACTIONS)
    assert len(_runs()) == before


@pytest.mark.one_database
def test_a_trial_of_a_file_tells_nobody(channel: Channel) -> None:
    cells = {"currency": "USD", "base": "EUR", "rate": "0.9", "from": dt.date(2026, 7, 1).isoformat()}
    rates.import_rows([(2, cells)], "bank", dry_run=True)
    publish(channel, BIKES)
    assert deliver_all({"RatesRecorded": (lambda fact: pytest.fail("nothing came in"),)}) > 0


def test_whoever_runs_everything_has_transactions_of_its_own() -> None:
    listeners = {one for row in REACTIONS.values() for one in row if inspect.isfunction(one)}
    full = {one for one in listeners if any(name in inspect.getsource(one) for name in ("run_full(", "_run_programs("))}
    assert {f"{one.__module__}.{one.__qualname__}" for one in full} == OWN_TRANSACTIONS
