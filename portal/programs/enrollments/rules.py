"""Pure decisions about taking part: which state holds on a day, what joining and leaving write, which terms wait."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.core.errors import InvalidInput
from portal.core.ids import digest
from portal.programs.enrollments.models import JOINED, LEFT

OPT_IN = "opt_in"


@dataclass(frozen=True)
class Step:
    """One recorded row, as the rules see it."""

    state: str
    valid_from: dt.date


@dataclass(frozen=True)
class Terms:
    """The exact text of one version's terms, and its SHA-256.

    From `answer_by` on nothing counts without acceptance; None where everybody takes part, accepted or not.
    """

    version: int
    effective_from: dt.date
    text: str
    answer_by: dt.date | None = None

    def is_overdue(self, today: dt.date) -> bool:
        """Whether nothing counts any longer for those who joined and have not accepted it."""
        return self.answer_by is not None and self.answer_by <= today

    @property
    def digest(self) -> str:
        """SHA-256 of the text, byte by byte as it was published."""
        return digest(self.text)


def terms_in(document: str, version: int, effective_from: dt.date) -> Terms | None:
    """The terms of a stored plan document, None when it has none."""
    plan = json.loads(document)
    text, by = plan.get("terms"), None
    if plan.get("enrollment") == OPT_IN:
        by = dt.date.fromisoformat(plan["accept_by"]) if plan.get("accept_by") else effective_from
    return Terms(version, effective_from, str(text), by) if text else None


def asks_to_join(document: str) -> bool:
    """Whether partners must join before anything counts."""
    return bool(json.loads(document).get("enrollment") == OPT_IN)


def state_on(steps: Sequence[Step], day: dt.date) -> Step | None:
    """The newest step that holds on a day; `steps` in the order they were recorded."""
    begun = [step for step in sorted(steps, key=lambda step: step.valid_from) if step.valid_from <= day]
    return begun[-1] if begun else None


def rows_to_write(steps: Sequence[Step], wanted: str, day: dt.date) -> list[dt.date]:
    """The days on which `wanted` must be recorded, so that it holds from a day on and nothing planned undoes it."""
    now = state_on(steps, day)
    other = LEFT if wanted == JOINED else JOINED
    later = {step.valid_from for step in steps if step.valid_from > day}
    planned = sorted(when for when in later if (found := state_on(steps, when)) and found.state == other)
    holds = now is not None and now.state == wanted
    return [*([] if holds else [day]), *planned]


def check_day(day: dt.date, today: dt.date, until: dt.date | None) -> None:
    """Joining and leaving hold from today or later, never after the program's end."""
    if day < today:
        raise InvalidInput("That day has passed. Choose today or a later day.", field="day")
    if until is not None and day >= until:
        raise InvalidInput("The program has ended by then. Choose an earlier day.", field="day")


def waiting(terms: Iterable[Terms], accepted: Iterable[str]) -> list[Terms]:
    """The terms whose text was not accepted yet, each text once."""
    known, found = set(accepted), []
    for one in terms:
        if one.digest not in known:
            known.add(one.digest)
            found.append(one)
    return found
