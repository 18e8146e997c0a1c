"""What the plans of a calculation ask for, so that nothing is read that none of them looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.engine.baselines import looked_up
from portal.engine.periods import FIRST_DAY, Program, Window, a_year_on, windows_of
from portal.engine.pipeline import needs_names
from portal.engine.plan import Component, Plan

Stretch = tuple[int, int]
PRICED = ("margin", "list_value")


@dataclass(frozen=True)
class Needs:
    """Which facts beside lines, partners and products some plan looks at; of lines, whose names, sellers, own days."""

    names: bool
    prices: bool
    targets: bool
    activities: bool
    enrollments: bool
    certificates: bool
    end_customers: bool
    codes: bool
    sellers: bool
    sold_days: bool
    currencies: frozenset[str]


EVERYTHING = Needs(
    names=True, prices=True, targets=True, activities=True, enrollments=True, certificates=True, end_customers=True,
    codes=True, sellers=True, sold_days=True, currencies=frozenset(),
)  # fmt: skip


def needs_of(programs: Sequence[Program]) -> Needs:
    """The facts these programs look at; `currencies` are those they measure and pay in."""
    parts = [
        (program.code, version.plan, component)
        for program in programs
        for version in program.versions
        for component in version.plan.components
    ]
    plans = [version.plan for program in programs for version in program.versions]
    names, prices = needs_names(programs), any(_asks_prices(plan, component) for _, plan, component in parts)
    certificates = any(plan.eligibility.certificates for plan in plans)
    return Needs(
        names=names,
        prices=prices,
        targets=any(looked_up(component, code) for code, _, component in parts),
        activities=any(component.activity is not None for _, _, component in parts),
        enrollments=any(plan.enrollment == "opt_in" for plan in plans),
        certificates=certificates,
        end_customers=any(plan.eligibility.end_customers is not None for plan in plans),
        codes=any(plan.pilot is not None for plan in plans) or any(part.method == "rank" for _, _, part in parts),
        sellers=names or prices or certificates or any(plan.participant == "seller" for plan in plans),
        sold_days=names or prices or any(plan.returns == "return_period" for plan in plans),
        currencies=frozenset(name for plan in plans for name in (plan.unit, plan.measuring_currency) if name),
    )


def _asks_prices(plan: Plan, component: Component) -> bool:
    measured = {component.measured, component.earning_measure} & set(PRICED)
    return bool(measured) or component.method == "free_goods" or plan.floor_of(component) is not None


def beginning(programs: Sequence[Program], today: int) -> int | None:
    """The first day whose sales any window may need, however far ahead; None where sales of any time may decide."""
    needs = needs_of(programs)
    components = [part for program in programs for version in program.versions for part in version.plan.components]
    if needs.names or needs.prices or any(component.needs_history for component in components):
        return None
    windows = [window for program in programs for window in windows_of(program, a_year_on(today))]
    return min([today, *(start for window in windows for start, _ in _needed(window))])


def stretches(programs: Sequence[Program], from_day: int, until_day: int) -> list[Stretch]:
    """The stretches of days [from, until) whose sales the windows touching [from_day, until_day) need.

    Baselines are included, what lies between is not; `reach` names the first and the last of these days.
    """
    found = {(from_day, until_day)}
    for program in programs:
        for window in windows_of(program, until_day - 1):
            if window.end > from_day and window.start < until_day:
                found.update(_needed(window))
    return joined(found)


def _needed(window: Window) -> list[Stretch]:
    components = window.version.plan.components
    own, past = (window.start, window.end), window.year_before()
    if any(component.needs_history for component in components):
        return [(FIRST_DAY, max(own[1], past[1]))]
    return [own, past] if any(component.method == "growth" for component in components) else [own]


def echoes(programs: Sequence[Program], from_day: int, until_day: int, today: int) -> dict[Stretch, list[Program]]:
    """The later days, up to today, whose windows sales of [from_day, until_day) move too: programs by those days.

    What was sold a year ago is the baseline of today, and where any earlier sale decides, all later windows may move.
    """
    found: dict[Stretch, list[Program]] = {}
    for program in programs:
        span = _echo(program, from_day, until_day, today)
        if span is not None:
            found.setdefault(span, []).append(program)
    return found


def _echo(program: Program, from_day: int, until_day: int, today: int) -> Stretch | None:
    components = [component for version in program.versions for component in version.plan.components]
    if any(component.needs_history for component in components):
        later = [window.start for window in windows_of(program, today) if window.start >= until_day]
        return (later[0], today + 1) if later else None
    if any(component.method == "growth" and component.growth_base.is_sold for component in components):
        span = a_year_on(from_day), a_year_on(until_day - 1) + 1
        begun = windows_of(program, today)
        return span if any(window.end > span[0] and window.start < span[1] for window in begun) else None
    return None


def joined(found: set[Stretch]) -> list[Stretch]:
    """The same days as stretches that neither meet nor overlap, in order."""
    days: list[Stretch] = []
    for start, end in sorted(found):
        if days and start <= days[-1][1]:
            days[-1] = days[-1][0], max(end, days[-1][1])
        else:
            days.append((start, end))
    return days
