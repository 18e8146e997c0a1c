"""Plans in currencies without and with three decimals, and a tier that is corrected after its period was locked."""

import datetime as dt

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.models import LedgerEntry
from portal.partners.tiers.services import set_tier
from portal.programs.runs.explanations import explain
from portal.programs.runs.jobs import close_periods, run_full
from portal.programs.runs.listeners import recalculate_values
from portal.sales.rates.services import add_rate
from tests.programs.channel import Channel, make_channel, publish, sell
from tests.programs.test_limits import posted
from tests.programs.test_runs import total

PLAN = """
code: bikes
name: Bikes
kind: rebate
effective: {{from: 2026-01-01, until: 2027-01-01}}
period: quarter
pay: {{in: {unit}}}
qualify: {{categories: [Bikes], flow: sell_in}}
components: [{{code: bikes, {component}}}]
"""
JULY = dt.date(2026, 7, 1)


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


@pytest.mark.parametrize(
    ("unit", "pair", "rates", "percent", "measure", "earned", "said"),
    [
        # 100.00 x 150 = 15,000 and 33.33 x 155.555 = 5,184.648: whole yen, rounded once for each line
        ("JPY", ("USD", "JPY"), ("150", "155.555"), "3", 15_000 + 5_185, 606, "606 JPY"),
        # 100.00 / 3.25 = 30.769230... and 33.33 / 3.2 = 10.415625: three decimals
        ("KWD", ("KWD", "USD"), ("3.25", "3.2"), "2.5", 30_769 + 10_416, 1_030, "1.030 KWD"),
    ],
)
def test_money_is_rounded_in_the_decimals_of_its_currency(
    channel: Channel, unit: str, pair: tuple[str, str], rates: tuple[str, str], percent: str, measure: int, earned: int,
    said: str,
):  # fmt: skip
    publish(channel, PLAN.format(unit=unit, component=f"method: percent, percent: {percent}"))
    with transaction():
        for since, rate in zip(("2026-07-01", "2026-08-01"), rates, strict=True):
            whole, _, rest = rate.partition(".")
            add_rate(*pair, dt.date.fromisoformat(since), int(whole + rest.ljust(10, "0")))
    sell(channel, "BK-1", 1, 10_000, "2026-07-31")
    sell(channel, "BK-1", 1, 3_333, "2026-08-01")
    run_full()
    assert posted("bikes") == {("partner", channel.shop.id): earned}
    assert total(channel.shop.owner_id, unit) == earned
    (told,) = explain("bikes", "partner", channel.shop.id, channel.shop.code, JULY).components
    assert (told.fact.measure, told.fact.unit) == (measure, unit)
    assert said in " ".join(told.fact.sentences)
    assert run_full().posted == 0


def test_a_tier_corrected_after_the_lock_is_a_prior_period_adjustment(channel: Channel):
    by_tier = "method: per_unit, amounts_by_tier: {gold: 40, silver: 30}"
    publish(channel, PLAN.format(unit="USD", component=by_tier))
    sell(channel, "BK-1", 3, 600_000, "2026-07-14")
    sell(channel, "BK-1", 2, 400_000, "2026-08-05")
    run_full()
    with clock.frozen("2026-10-05T10:00"):
        assert close_periods() > 0
    assert total(channel.shop.owner_id, "USD") == 20_000
    with clock.frozen("2026-11-06T10:00"):
        with transaction():
            set_tier(channel.shop, "silver", dt.date(2026, 8, 1), "the review came late", channel.manager)
        with transaction():
            recalculate_values({"partner_id": channel.shop.id, "valid_from": "2026-08-01"})
        entry = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
    assert entry is not None
    assert entry.prior_period
    assert (entry.period_start, entry.accounting_date) == (JULY, dt.date(2026, 11, 6))
    assert total(channel.shop.owner_id, "USD") == 3 * 4_000 + 2 * 3_000
