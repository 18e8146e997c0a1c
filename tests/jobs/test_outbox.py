"""Facts are delivered after their transaction, at least once, to each listener."""

import json

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import Fact, OutboxRow, emit
from portal.core.heartbeat import beat
from portal.jobs.outbox import MAX_ATTEMPTS, deliver_all, deliver_waiting
from portal.partners.access.events import PasswordResetRequested
from portal.partners.people.events import PersonAdded


def tell(fact: Fact) -> None:
    with transaction():
        emit(fact)


def row() -> OutboxRow:
    session.rollback()
    return session.scalars(select(OutboxRow).execution_options(populate_existing=True)).one()


def added() -> None:
    tell(PersonAdded(person_id=7, partner_id=None, role="seller"))


def test_every_listener_hears_a_fact_once(db):
    heard: list[tuple[str, int]] = []

    def first(fact: dict) -> None:
        heard.append(("first", fact["person_id"]))

    def second(fact: dict) -> None:
        heard.append(("second", fact["person_id"]))

    added()
    assert deliver_all({"PersonAdded": (first, second)}) == 1
    assert deliver_all({"PersonAdded": (first, second)}) == 0
    assert heard == [("first", 7), ("second", 7)]


def test_a_listener_that_fails_is_called_again_and_the_others_are_not(db):
    heard: list[str] = []

    def good(fact: dict) -> None:
        heard.append("good")

    def bad(fact: dict) -> None:
        heard.append("bad")
        beat("half done")
        if heard.count("bad") == 1:
            raise RuntimeError("mail server is down")

    reactions = {"PersonAdded": (good, bad)}
    with clock.frozen("2026-11-22T10:00:00"):
        added()
        deliver_waiting(reactions)
        assert "mail server is down" in (row().last_error or "")
        assert deliver_waiting(reactions) == 0
    with clock.frozen("2026-11-22T10:01:00"):
        assert deliver_waiting(reactions) == 1
    assert heard == ["good", "bad", "bad"]
    assert row().delivered_at is not None


def test_after_the_last_try_the_fact_is_left_with_its_error(db):
    def bad(fact: dict) -> None:
        raise RuntimeError("never")

    with clock.frozen("2026-11-22T10:00"):
        added()
    for day in range(1, MAX_ATTEMPTS + 2):
        with clock.frozen(f"2026-12-{day:02}T10:00"):
            deliver_waiting({"PersonAdded": (bad,)})
    assert row().attempts == MAX_ATTEMPTS
    assert row().delivered_at is not None
    assert "never" in (row().last_error or "")


def test_a_delivered_fact_keeps_no_token(db):
    tell(PasswordResetRequested(person_id=1, email="a@b.example", name="A", expires_at="x", token="secret-token"))
    seen = []
    deliver_all({"PasswordResetRequested": (lambda fact: seen.append(fact["token"]),)})
    assert seen == ["secret-token"]
    assert "secret-token" not in row().payload
    assert json.loads(row().payload)["email"] == "a@b.example"


def test_a_fact_nobody_listens_to_is_done(db):
    added()
    assert deliver_all({}) == 1
    assert row().delivered_at is not None
