"""Many people, or one person many times, at the same instant."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable

from sqlalchemy.orm import Session, scoped_session

from portal.core.db import session, transaction
from portal.ledger.services import verify
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person
from portal.rewards.catalog.queries import get_reward
from portal.rewards.redemption.models import RewardOrder
from portal.rewards.redemption.services import order_reward
from portal.security.viewer import Role
from tests.people import Cast, add_member
from tests.rewards import shelf

CROWD = 20


def at_once(works: list[Callable[[], object]]) -> Counter[str]:
    """Run all at the same instant, each in a thread of its own; how each ended."""
    gate, ends = threading.Barrier(len(works)), Counter[str]()

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
            ends["won"] += 1
        except Exception as error:
            ends[f"{getattr(error, 'status', 500)} {type(error).__name__}"] += 1
        finally:
            session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def orders(person: Person, code: str, key: str | None = None) -> Callable[[], object]:
    """One attempt of a person to order a reward."""
    viewer = make_viewer(person)

    def attempt() -> object:
        with transaction():
            return order_reward(get_reward(viewer, code), by=viewer, form_key=key or secrets.token_hex(12))

    return attempt


def test_the_last_piece_goes_to_exactly_one_of_twenty(cast: Cast) -> None:
    shelf.add(points=100, stock=1)
    with transaction():
        crowd = [add_member(f"s{n}@shop.example", f"Seller {n}", Role.SELLER, cast.shop) for n in range(CROWD)]
    for person in crowd:
        shelf.give(person, 100)
    assert at_once([orders(person, "ride-day") for person in crowd]) == {"won": 1, "409 SoldOut": CROWD - 1}
    assert shelf.stock_of() == 0
    assert sorted(shelf.purse(person).available for person in crowd) == [0] + [100] * (CROWD - 1)
    assert verify() == []


def test_the_last_hundred_points_buy_one_of_twenty_rewards(cast: Cast) -> None:
    for number in range(CROWD):
        shelf.add(f"thing-{number}", points=100, stock=1)
    shelf.give(cast.seller, 100)
    ends = at_once([orders(cast.seller, f"thing-{number}") for number in range(CROWD)])
    assert ends == {"won": 1, "409 NotEnoughStars": CROWD - 1}
    assert (shelf.purse(cast.seller).available, shelf.purse(cast.seller).held) == (0, 100)
    assert sum(shelf.stock_of(f"thing-{number}") or 0 for number in range(CROWD)) == CROWD - 1
    assert verify() == []


def test_one_form_sent_twenty_times_is_one_order(cast: Cast, db: scoped_session[Session]) -> None:
    shelf.add(points=100, stock=50)
    shelf.give(cast.seller, 5000)
    assert at_once([orders(cast.seller, "ride-day", "one-and-the-same-key") for _ in range(CROWD)]) == {"won": CROWD}
    assert db.query(RewardOrder).count() == 1
    assert shelf.stock_of() == 49
    assert shelf.purse(cast.seller).held == 100
