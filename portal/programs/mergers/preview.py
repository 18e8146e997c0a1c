"""What a merger or split would do: it is done, looked at and taken back in one transaction that is never kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.core.db import transaction
from portal.ledger.queries import Balance, balances
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.mergers.queries import count_lines, list_present_people
from portal.programs.mergers.services import Outcome
from portal.programs.runs.participants import payees
from portal.programs.runs.values import PostedDifference
from portal.security.viewer import Viewer
from portal.web.slots import LooseEnd, loose_ends


@dataclass(frozen=True)
class Change:
    """One difference that would be posted."""

    who: str
    program: str
    period_start: dt.date
    amount: int
    unit: str


@dataclass(frozen=True)
class Preview:
    """What stands before, and what would be posted."""

    people: Sequence[str]
    lines: int
    ends: Sequence[LooseEnd]
    balances: dict[str, Balance]
    changes: Sequence[Change]
    moved: dict[str, int]


class _OnlyLooked(Exception):
    """Takes the transaction back."""


def preview(
    old: Partner, act: Callable[[], Outcome], *, since: dt.date, viewer: Viewer, people: Sequence[Person] | None = None
) -> Preview:
    """Do the act in a transaction of its own, note what it posts, and take everything back. Refusals go through."""
    moving = list_present_people(old) if people is None else people
    names = [person.name for person in moving]
    lines = count_lines(old, since, [person.id for person in moving] if people is not None else ())
    ends = loose_ends(viewer, [old.id])
    left = {unit: balance for unit, balance in balances(old.owner_id).items() if balance.owned or balance.held}
    changes: list[Change] = []
    moved: dict[str, int] = {}
    try:
        with transaction():
            outcome = act()
            changes, moved = _changes(outcome.posted), outcome.moved
            raise _OnlyLooked
    except _OnlyLooked:
        pass
    return Preview(names, lines, ends, left, changes, moved)


def _changes(posted: Sequence[PostedDifference]) -> list[Change]:
    names = payees({(one.participant_kind, one.participant_id) for one in posted})
    found = [
        Change(
            names[one.participant_kind, one.participant_id].name, one.program_code, one.period_start, one.amount,
            one.unit,
        )
        for one in posted
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.program, one.period_start, one.who))
