"""Programs that compete for lines: which windows of the one decide about those of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from portal.engine.periods import NEVER, Program, Window, windows_of
from portal.engine.plan import Plan
from portal.engine.stack import group_of


def compete(one: Program, other: Program) -> bool:
    """Whether a line may have to pay in one of the two only."""
    return bool(_groups(one) & _groups(other) - {None})


def cut_each_other(one: Program, other: Program, last_day: int) -> bool:
    """Whether a line may fall into windows of two competing programs that are not the same days."""
    if not compete(one, other):
        return False
    if _count_apart(one, other):
        return True
    mine, theirs = windows_of(one, last_day), windows_of(other, last_day)
    return any(_meet(a, b) and (a.start, a.end) != (b.start, b.end) for a in mine for b in theirs)


def looked_at(
    programs: Sequence[Program], asked: Mapping[str, Sequence[Window]], last_day: int
) -> dict[str, list[Window]]:
    """The windows asked for by program, with those of their rivals that a line of theirs may fall into."""
    found = {}
    for program in programs:
        rivals = [one for one in programs if one is not program and asked[one.code] and compete(program, one)]
        if not rivals:
            found[program.code] = list(asked[program.code])
            continue
        every = [window for one in rivals for window in asked[one.code]]
        apart = any(_count_apart(program, one) for one in rivals)
        own = {(window.version.number, window.start) for window in asked[program.code]}
        found[program.code] = [
            window for window in windows_of(program, last_day)
            if apart or (window.version.number, window.start) in own or any(_meet(window, one) for one in every)
        ]  # fmt: skip
    return found


def last_day_of(asked: Mapping[str, Sequence[Window]], day: int) -> int:
    """The last day of all these windows that end, or the given one where that is later."""
    ends = [window.end - 1 for windows in asked.values() for window in windows if window.end < NEVER]
    return max([day, *ends])


def counts_apart(programs: Sequence[Program]) -> bool:
    """Whether two that compete count what comes back in periods of their own: its lines may be of any day."""
    return any(compete(one, other) and _count_apart(one, other) for one in programs for other in programs)


def _groups(program: Program) -> set[tuple[str, str, str] | None]:
    return {group_of(plan) for plan in _plans(program)}


def _count_apart(one: Program, other: Program) -> bool:
    return len({plan.returns for program in (one, other) for plan in _plans(program) if group_of(plan)}) > 1


def _plans(program: Program) -> Iterator[Plan]:
    return (version.plan for version in program.versions)


def _meet(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end
