"""Pure decisions about versions: who may publish, when a version may begin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.errors import Conflict, Forbidden, FourEyes, InvalidInput
from portal.engine.plan import Plan
from portal.engine.plan_limits import undivided
from portal.security.viewer import Role, Viewer

INSIDE_PERIOD = ("next_period", "recalculate", "split")
# Words that stand in addresses where a program's code stands, too.
TAKEN_CODES = ("calendar", "drafts", "templates")
TREATMENTS = {
    "revenue_reduction": "Less revenue (a price reduction)",
    "selling_expense": "Selling expense (paid to another firm's people)",
    "marketing_service": "Marketing service (the partner sends an invoice)",
}


@dataclass(frozen=True)
class VersionSpan:
    """What rules need to know of a published version."""

    number: int
    effective_from: dt.date
    effective_until: dt.date | None


def check_four_eyes(by: Viewer, approved_by: Viewer, others: list[str]) -> None:
    """Only channel managers publish, and never alone. `others` are names of managers who could approve."""
    for person in (by, approved_by):
        if person.role is not Role.CHANNEL_MANAGER:
            raise Forbidden(
                f"{person.name} is no channel manager, so {person.name} can neither write nor approve a plan."
            )
    if by.person_id == approved_by.person_id:
        can = f" {others[0]} can." if others else ""
        raise FourEyes(f"You wrote this version, so someone else must approve it.{can}")


def check_code(code: str) -> None:
    """A new program's code may not be a word of the portal's own addresses."""
    if code in TAKEN_CODES:
        raise Conflict(f"“{code}” is a page of the portal. Choose another code.", field="code")


def check_start(latest: VersionSpan | None, effective_from: dt.date) -> None:
    """A first version may start in the past; a later one not before the one it follows."""
    if latest is not None and effective_from < latest.effective_from:
        raise Conflict(
            f"Version {latest.number} starts on {latest.effective_from}. The next one cannot start before it; "
            "set effective.from to that day or a later one."
        )


def choose_inside_period(asked: str | None, *, inside: bool) -> str | None:
    """How a version that begins inside a period treats that period; None when it begins on a first day."""
    if asked is not None and asked not in INSIDE_PERIOD:
        raise InvalidInput(f"“{asked}” is no way to publish inside a period. Use {', '.join(INSIDE_PERIOD)}.")
    if not inside:
        return None
    return asked or "next_period"


def check_pilot(earlier: Sequence[Plan], plan: Plan, today: dt.date, way: str | None) -> None:
    """The groups of a pilot are fixed before its first day (PRACTICE T21); it may only end, from a day to come."""
    first = earlier[0].starts if earlier else plan.starts
    before = earlier[-1].pilot if earlier else None
    if plan.pilot is not None and before is None and first <= today:
        raise Conflict(_TOO_LATE.format(first))
    if not earlier or plan.pilot == before or plan.starts <= first:
        return
    if before is None or plan.pilot is not None:
        raise Conflict(_FIXED.format(first))
    if plan.starts <= today or way in ("recalculate", "split"):
        raise Conflict(_ENDS)


_TOO_LATE = (
    "A pilot is split before anybody sells, and this program’s first day is {}. Let it start on a day to come, "
    "or clone it as a new program."
)
_FIXED = (
    "The pilot and control groups are fixed by the first day of the program, {}. Keep percent and seed as they are, "
    "or leave the pilot out: then everybody takes part from this version’s first day."
)
_ENDS = (
    "A pilot ends on a day to come, and what was sold before stays as it was split. Set effective.from to a later day "
    "and publish it for the next period (next_period)."
)


def check_split(plans: Sequence[Plan]) -> None:
    """A period is divided by what was sold under each version; contests, sets and counts cannot be divided so."""
    for plan in plans:
        obstacle = undivided(plan)
        if obstacle:
            raise InvalidInput(
                f"This period cannot be split, because {obstacle}. Publish for the next period (next_period), or rate "
                "the whole period anew (recalculate)."
            )
