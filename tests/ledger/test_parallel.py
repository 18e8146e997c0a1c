"""Many at once: one wins, nobody overspends, nobody sees a crash."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import db as core_db
from portal.core.db import transaction
from portal.ledger import services
from portal.ledger.errors import NotEnough
from tests.ledger.cast import balance, earn, facts, owner, proved

Db = scoped_session[Session]
CALLERS = 20


def at_once(act: Callable[[int], object]) -> Counter[str]:
    """Let twenty callers act at the same moment, each in a transaction of its own; counts how it went for them."""
    start, went = threading.Barrier(CALLERS), []

    def call(number: int) -> None:
        start.wait()
        try:
            with transaction():
                act(number)
            went.append("won")
        except Exception as error:
            went.append(type(error).__name__)
        finally:
            core_db.session.remove()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(went)


@pytest.mark.parametrize("taking", ["hold", "payout"])
def test_twenty_redemptions_of_all_points_have_one_winner(db: Db, taking: str) -> None:
    shop = owner()
    earn(shop, 100, "a", hold_days=0)
    core_db.session.remove()
    went = at_once(lambda number: getattr(services, taking)(shop, "points", 100, f"R-{number}"))
    assert went == {"won": 1, NotEnough.__name__: CALLERS - 1}
    assert (balance(shop).available, balance(shop).held + balance(shop).paid) == (0, 100)
    assert proved()


def test_the_same_key_twenty_times_at_once_takes_once(db: Db) -> None:
    shop = owner()
    earn(shop, 100, "a", hold_days=0)
    core_db.session.remove()
    assert at_once(lambda _: services.hold(shop, "points", 30, "R-1")) == {"won": CALLERS}
    assert balance(shop).held == 30
    assert proved()


def test_the_same_difference_twenty_times_at_once_is_posted_once(db: Db) -> None:
    shop = owner()
    core_db.session.remove()
    assert at_once(lambda _: services.post_earning_difference(**facts(shop, 40, "once"))) == {"won": CALLERS}
    assert balance(shop).pending == 40
    assert proved()


def test_transfers_both_ways_at_once_never_block_each_other(db: Db) -> None:
    shops = [owner(), owner("AW2")]
    for number, shop in enumerate(shops):
        earn(shop, 100, f"k{number}", hold_days=0, earning_key=f"e{number}")
    core_db.session.remove()
    went = at_once(
        lambda number: services.transfer(
            shops[number % 2], shops[1 - number % 2], "points", 5, f"T-{number}", reason="x"
        )
    )
    assert went == {"won": CALLERS}
    assert [balance(shop).available for shop in shops] == [100, 100]
    assert proved()


def test_maturity_runs_twice_at_once_and_happens_once(db: Db) -> None:
    shop = owner()
    for number in range(5):
        earn(shop, 10, f"k{number}", earning_key=f"e{number}", matures_on=None, hold_days=1)
    core_db.session.remove()
    day = facts(shop, 1, "x")["accounting_date"]
    assert at_once(lambda _: services.mature_due(day.replace(month=8))) == {"won": CALLERS}
    assert balance(shop).available == 50
    assert proved()
