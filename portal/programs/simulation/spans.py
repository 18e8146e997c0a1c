"""Placing a plan over a stretch of past days: as if it had been in force, or as its program really was. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.errors import InvalidInput
from portal.engine.periods import NEVER, Program, Version, Window, day_number, day_of, windows_of
from portal.engine.plan import Effective, Plan

LONGEST = 3660


@dataclass(frozen=True)
class Span:
    """Days from `since` (included) until `until` (excluded)."""

    since: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise InvalidInput("The window ends before it starts: “until” is the first day that no longer counts.")
        if (self.until - self.since).days > LONGEST:
            raise InvalidInput("The window is longer than ten years. Choose a shorter one.")

    @property
    def first(self) -> int:
        """The first day as a number."""
        return day_number(self.since)

    @property
    def after(self) -> int:
        """The day after the last as a number."""
        return day_number(self.until)

    @property
    def days(self) -> int:
        """How many days it holds."""
        return self.after - self.first


def as_if(plan: Plan, span: Span, history: Program | None) -> Program:
    """The plan as the only version of its program, in force over the span.

    Where it is the very plan that is in force, it neither begins before the program did nor runs on after its end, so
    that a closed period comes out as it was posted.
    """
    since, until = span.first, span.after
    if history is not None and same_terms(history, plan):
        lived = _touching(history, span)
        since = max(since, lived[0].start) if lived else since
        until = min(until, lived[-1].end) if lived else until
    placed = plan.model_copy(update={"effective": _effective(since, until)})
    split_day = history.versions[0].split_on if history is not None else None
    return Program(plan.code, [Version(0, placed, split_day=split_day)])


def cut(history: Program, span: Span) -> Program | None:
    """The program with the versions that really rated the span, cut at its edges; None when none did."""
    windows = _touching(history, span)
    if not windows:
        return None
    if all(span.first <= window.start and window.end <= span.after for window in windows):
        return history
    versions = []
    for version in history.versions:
        own = [window for window in windows if window.version is version]
        if own:
            edges = _effective(max(own[0].start, span.first), min(own[-1].end, span.after))
            placed = version.plan.model_copy(update={"effective": edges})
            versions.append(Version(version.number, placed, split_day=version.split_on))
    return Program(history.code, versions)


def whole_periods(plan: Plan, span: Span) -> bool:
    """Whether no period of the plan is cut by the edges of the span."""
    if plan.period == "campaign":
        return True
    edges = _effective(span.first, span.after)
    windows = windows_of(Program(plan.code, [Version(0, plan.model_copy(update={"effective": edges}))]), span.after - 1)
    return windows[0].start == windows[0].period_start and windows[-1].end == windows[-1].period_end


def last_closed(plan: Plan, today: dt.date) -> Span:
    """The newest whole period of the plan that ended by today; for a campaign as many days, up to today."""
    if plan.period == "campaign" and plan.effective.until is not None:
        until = min(plan.effective.until, today)
        days = max((plan.effective.until - plan.starts).days, 1)
        return Span(until - dt.timedelta(days=days), until)
    year_ago = _effective(day_number(today) - 400, NEVER)
    program = Program(plan.code, [Version(0, plan.model_copy(update={"effective": year_ago}))])
    windows = [one for one in windows_of(program, day_number(today)) if one.period_end <= day_number(today)]
    return Span(day_of(windows[-1].period_start), day_of(windows[-1].period_end))


def compared_days(plan: Plan, before: Program | None, today: dt.date) -> tuple[Span | None, str]:
    """The newest closed period of what was in force before; a campaign's days so far. Or why there are none."""
    if before is None:
        return last_closed(plan, today), ""
    first, old = before.versions[0].plan.starts, before.versions[-1].plan
    if first >= today:
        return None, f"the program begins on {first.day} {first:%B %Y}"
    if old.period == "campaign":
        until = today if old.effective.until is None else min(today, old.effective.until)
        return Span(first, until), ""
    span = last_closed(old, today)
    if first >= span.until:
        return None, f"no {old.period} of the program is over yet"
    return Span(max(first, span.since), span.until), ""


def _touching(history: Program, span: Span) -> list[Window]:
    windows = windows_of(history, span.after - 1)
    return [window for window in windows if window.end > span.first and window.start < span.after]


def same_terms(history: Program, plan: Plan, *, anywhen: bool = False) -> bool:
    """Whether a published version says exactly the same; its days may be others if `anywhen`."""
    wanted = _terms(plan, anywhen)
    return any(_terms(version.plan, anywhen) == wanted for version in history.versions)


def _terms(plan: Plan, anywhen: bool) -> dict[str, object]:
    document = plan.to_document()
    return {name: value for name, value in document.items() if not (anywhen and name == "effective")}


def _effective(since: int, until: int) -> Effective:
    return Effective(**{"from": day_of(since), "until": None if until >= NEVER else day_of(until)})
