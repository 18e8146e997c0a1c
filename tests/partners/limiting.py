"""Giving somebody a limit in one call."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.people.models import Person
from portal.security.limits.rules import Kind, Limit
from portal.security.limits.services import add_limit


def bound(person: Person, kind: Kind, amount: int | None, unit: str = "USD") -> None:
    """The person may approve at most this much at once, on every day of the tests; None is no limit."""
    with clock.frozen("2026-01-02T09:00"), transaction():
        add_limit(person.id, Limit(kind, unit, amount), set_by=None)
    session.rollback()
