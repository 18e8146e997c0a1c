"""Any order of any acts keeps every law, and the balances are those of a model made of plain dictionaries."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.ledger import services
from portal.ledger.errors import NotEnough
from portal.ledger.queries import Balance
from portal.ledger.statements import statement
from tests.ledger.cast import balance, facts, proved, vendor_balances

AMOUNTS = st.integers(1, 120)
WHO = st.sampled_from(["partner", "person"])
EARNINGS = st.sampled_from(["e1", "e2"])
START = dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC)
EVER = (dt.date(2020, 1, 1), dt.date(2040, 1, 1))


class LedgerMachine(RuleBasedStateMachine):
    """Earn, claw back, hold, capture, release, pay, fail, adjust, transfer, and let time pass."""

    run = 0

    @initialize()
    def open(self) -> None:
        LedgerMachine.run += 1
        self.day = 0
        self.keys = 0
        self.holds: dict[str, tuple[str, int]] = {}
        self.payouts: dict[str, tuple[str, int]] = {}
        self.owned = {"partner": 0, "person": 0}
        self.paid = {"partner": 0, "person": 0}
        with transaction():
            self.ids = {kind: services.ensure_owner(kind, f"run {self.run}").id for kind in self.owned}

    @contextmanager
    def act(self) -> Iterator[str]:
        self.keys += 1
        with clock.frozen(START + dt.timedelta(days=self.day)), transaction():
            yield f"{self.run}/{self.keys}"

    @rule(who=WHO, amount=AMOUNTS, sign=st.sampled_from([1, 1, -1]), hold=st.sampled_from([0, 5]), earning=EARNINGS,
          life=st.sampled_from([None, 8]))  # fmt: skip
    def earn(self, who: str, amount: int, sign: int, hold: int, earning: str, life: int | None) -> None:
        with self.act() as key:
            expires = clock.today() + dt.timedelta(days=life) if life else None
            given: dict[str, Any] = {
                "earning_key": f"{who}/{earning}/{self.run}",
                "hold_days": hold,
                "expires_on": expires,
            }
            difference = facts(self.ids[who], sign * amount, key, **given)
            first = services.post_earning_difference(**difference)
            assert services.post_earning_difference(**difference).id == first.id
        self.owned[who] += sign * amount

    @rule(who=WHO, amount=AMOUNTS, pay=st.booleans())
    def take(self, who: str, amount: int, pay: bool) -> None:
        enough = balance(self.ids[who]).available >= amount
        try:
            with self.act() as key:
                if pay:
                    services.payout(self.ids[who], "points", amount, key)
                else:
                    services.hold(self.ids[who], "points", amount, key)
        except NotEnough:
            assert not enough
            return
        assert enough
        if pay:
            self.payouts[key] = (who, amount)
            self.owned[who] -= amount
            self.paid[who] += amount
        else:
            self.holds[key] = (who, amount)

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), keep=st.booleans(), days=st.sampled_from([0, 30]))
    def settle(self, data: st.DataObject, keep: bool, days: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.holds)))
        who, amount = self.holds.pop(key)
        with self.act():
            if keep:
                services.capture(key)
            else:
                services.release(key, min_days=days)
        if keep:
            self.owned[who] -= amount
            self.paid[who] += amount

    @precondition(lambda self: self.payouts)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.payouts)))
        who, amount = self.payouts.pop(key)
        with self.act():
            services.payout_failed(key, reason="The bank said no.")
        self.owned[who] += amount
        self.paid[who] -= amount

    @rule(who=WHO, amount=AMOUNTS, sign=st.sampled_from([1, -1]), undo=st.booleans())
    def adjust(self, who: str, amount: int, sign: int, undo: bool) -> None:
        with self.act() as key:
            entry = services.adjust(
                owner_id=self.ids[who], unit="points", amount=sign * amount, reason="x", key=key,
                proposed_by=1, confirmed_by=2,
            )  # fmt: skip
            if undo:
                services.reverse(entry.id, reason="A mistake.")
        self.owned[who] += 0 if undo else sign * amount

    @rule(who=WHO, amount=AMOUNTS, undo=st.booleans())
    def transfer(self, who: str, amount: int, undo: bool) -> None:
        other = "person" if who == "partner" else "partner"
        if balance(self.ids[who]).available < amount:
            return
        with self.act() as key:
            entry = services.transfer(self.ids[who], self.ids[other], "points", amount, key, reason="x")
            if undo:
                services.reverse(entry.id, reason="A mistake.")
        self.owned[who] -= 0 if undo else amount
        self.owned[other] += 0 if undo else amount

    @rule(days=st.integers(1, 6))
    def wait(self, days: int) -> None:
        self.day += days
        before = {who: balance(number).owned for who, number in self.ids.items()}
        with self.act():
            services.mature_due()
            services.expire_due()
        for who, number in self.ids.items():
            lost = before[who] - balance(number).owned
            assert lost >= 0
            self.owned[who] -= lost

    @invariant()
    def every_law_holds(self) -> None:
        assert proved()
        for who, number in self.ids.items():
            now: Balance = balance(number)
            assert (now.owned, now.paid) == (self.owned[who], self.paid[who])
            assert now.held == sum(amount for owner, amount in self.holds.values() if owner == who)
            assert min(now.pending, now.available, now.held, -now.debt) >= 0
            assert who == "person" or not (now.debt and now.available)
            line = statement(number, "points", *EVER)
            assert line.foots
            assert line.closing == now.owned
            half = statement(number, "points", START.date() + dt.timedelta(days=self.day // 2), EVER[1])
            assert half.foots
            assert half.closing == now.owned
        assert sum(vendor_balances().values()) == -sum(
            balance(number).owned + balance(number).paid for number in self._everybody()
        )

    def _everybody(self) -> list[int]:
        return list(range(min(self.ids.values()) - 3 * LedgerMachine.run, max(self.ids.values()) + 1))


def test_no_order_of_acts_breaks_a_law(db: scoped_session[Session]) -> None:
    LedgerMachine.run = 0
    nightly = settings.get_profile(settings.get_current_profile_name()).max_examples >= 1000
    many, steps = (2000, 50) if nightly else (8, 15)
    run_state_machine_as_test(
        LedgerMachine, settings=settings(max_examples=many, stateful_step_count=steps, deadline=None)
    )
