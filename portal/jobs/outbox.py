"""Delivering facts: claim a row, call each listener in a transaction of its own, at least once."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.core.ids import canonical_json

log = logging.getLogger("portal.outbox")
LEASE = dt.timedelta(minutes=2)
MAX_ATTEMPTS = 12
Listener = Callable[[dict[str, Any]], object]
SECRET = "token"  # noqa: S105  the name of a field
# Listeners that work in several transactions of their own, and are safe to run again after each of them.
OWN_TRANSACTIONS = frozenset(
    {
        "portal.programs.runs.listeners.recalculate_all_targets",
        "portal.programs.runs.listeners.recalculate_end_customers",
        "portal.programs.runs.listeners.recalculate_everybody",
        "portal.programs.runs.listeners.recalculate_prices",
        "portal.programs.runs.listeners.recalculate_program",
        "portal.programs.runs.listeners.recalculate_rates",
        "portal.programs.runs.listeners.recalculate_tags",
    }
)
Reactions = Mapping[str, Sequence[Listener]]


def deliver_waiting(reactions: Reactions, limit: int = 100) -> int:
    """Deliver up to `limit` waiting facts, oldest first; how many were handled."""
    handled = 0
    for number in _waiting(limit):
        if _claim(number):
            deliver(number, reactions)
            handled += 1
    return handled


def deliver_all(reactions: Reactions) -> int:
    """Deliver until nothing waits; facts that listeners emit are delivered as well."""
    total = 0
    while handled := deliver_waiting(reactions):
        total += handled
    return total


def _waiting(limit: int) -> list[int]:
    query = select(OutboxRow.id).where(OutboxRow.delivered_at.is_(None), OutboxRow.not_before <= clock.now())
    numbers = list(session.scalars(query.order_by(OutboxRow.id).limit(limit)))
    session.rollback()
    return numbers


def _claim(number: int) -> bool:
    moment = clock.now()
    with transaction():
        done = session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == number, OutboxRow.delivered_at.is_(None), OutboxRow.not_before <= moment)
            .values(not_before=moment + LEASE, attempts=OutboxRow.attempts + 1)
        )
        return getattr(done, "rowcount", 0) == 1


def deliver(number: int, reactions: Reactions) -> None:
    """Call the listeners of one claimed fact that have not been called yet."""
    row = session.get_one(OutboxRow, number, populate_existing=True)
    fact, attempts = row.fact, row.attempts
    envelope = {"fact": fact, "fact_id": number, "recorded_at": row.recorded_at}
    payload: dict[str, Any] = {**json.loads(row.payload), **envelope}
    done = set(filter(None, row.done_listeners.split(",")))
    session.rollback()
    for listener in reactions.get(fact, ()):
        name = _name(listener)
        if name in done:
            continue
        try:
            if name in OWN_TRANSACTIONS:
                listener(payload)
            with transaction():
                if name not in OWN_TRANSACTIONS:
                    listener(payload)
                done.add(name)
                _note(number, done_listeners=",".join(sorted(done)))
        except Exception as error:
            log.exception("%s failed for %s %s", name, fact, number)
            _postpone(number, attempts, f"{name}: {type(error).__name__}: {error}")
            return
    with transaction():
        _note(number, delivered_at=clock.now(), last_error=None, **_without_secret(payload))


def _without_secret(payload: dict[str, Any]) -> dict[str, str]:
    """A delivered fact keeps no token that opens an account."""
    if SECRET not in payload:
        return {}
    kept = {key: value for key, value in payload.items() if key not in (SECRET, "fact", "fact_id", "recorded_at")}
    return {"payload": canonical_json(kept)}


def _postpone(number: int, attempts: int, error: str) -> None:
    """Try again later, ever later; after the last try the fact is left with its error for people to see."""
    values: dict[str, Any] = {"last_error": error[:2000]}
    if attempts >= MAX_ATTEMPTS:
        values["delivered_at"] = clock.now()
    else:
        values["not_before"] = clock.now() + dt.timedelta(seconds=2 ** min(attempts, 12))
    with transaction():
        _note(number, **values)


def _note(number: int, **values: Any) -> None:
    session.execute(update(OutboxRow).where(OutboxRow.id == number).values(**values))


def _name(listener: Listener) -> str:
    return f"{getattr(listener, '__module__', '')}.{getattr(listener, '__qualname__', repr(listener))}"
