"""The real engine on the real history, under a plan that is only tried. Reads and never writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from portal.core.clock import from_day_number
from portal.core.errors import InvalidInput
from portal.engine import pipeline as engine
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version
from portal.engine.pipeline import EARNINGS
from portal.engine.plan import Plan
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import KnownFacts, read_facts, with_posted
from portal.programs.simulation.spans import Span, as_if, cut, same_terms

Told = Callable[[str], None]
NOT_MORE = ("invoices", "customers", "new_customers")


@dataclass(frozen=True)
class Outcome:
    """What a tried plan would have paid, and what `against` paid over the same days (None without one)."""

    plan: Plan
    program: EngineProgram
    own: pl.DataFrame
    against: EngineProgram | None
    current: pl.DataFrame

    @property
    def against_plan(self) -> Plan | None:
        """The newest plan it is compared with."""
        return None if self.against is None else self.against.versions[-1].plan


@dataclass(frozen=True)
class History:
    """Everything read once for any number of trials over one span."""

    span: Span
    programs: Sequence[EngineProgram]
    known: KnownFacts

    def find(self, code: str) -> EngineProgram | None:
        """A published program by its code."""
        return next((program for program in self.programs if program.code == code), None)


def read_history(
    plans: Sequence[Plan], span: Span, *, names: bool = False, as_of: dt.datetime | None = None,
    before: int | None = None,
) -> History:  # fmt: skip
    """The published programs and the sales that the span needs, a year before included where growth asks for it.

    `names` adds the numbers of lines and invoices; `as_of` looks at what was known then; `before` leaves out the
    versions of the plans' own programs from that number on.
    """
    programs = engine_programs()
    if before is not None:
        programs = before_version(programs, {plan.code for plan in plans}, before)
    placed = [*programs, *(as_if(plan, span, None) for plan in plans)]
    first, after = engine.reach(placed, span.first, span.after)
    names = names or any(_counts_names(version.plan) for program in placed for version in program.versions)
    everything = any(_asks_all(version.plan) for program in placed for version in program.versions)
    since = None if everything else from_day_number(first)
    return History(span, programs, read_facts(as_of, since=since, until=from_day_number(after), names=names))


def before_version(programs: Sequence[EngineProgram], codes: set[str], number: int) -> list[EngineProgram]:
    """The programs as they were before a version of those with these codes; gone where it is the first."""
    kept = [
        EngineProgram(one.code, [version for version in one.versions if version.number < number])
        if one.code in codes else one for one in programs
    ]  # fmt: skip
    return [one for one in kept if one.versions]


def _counts_names(plan: Plan) -> bool:
    return (
        plan.eligibility.end_customers is not None
        or any({one.measured, one.earning_measure} & set(NOT_MORE) for one in plan.components)
        or any(one.method in ("free_goods", "bundle") for one in plan.components)
    )


def _asks_all(plan: Plan) -> bool:
    return any("new_customers" in (one.measured, one.earning_measure) for one in plan.components)


def try_plans(
    plans: Sequence[Plan], history: History, *, against: str | None = None, told: Told | None = None
) -> list[Outcome]:
    """What each plan would have paid over the span, beside what the program of `against` (its own) did.

    Plans are tried side by side in one pass of the engine; two of the same code in a pass each.
    """
    tell = told or (lambda _: None)
    rivals = {plan.code: _rival(plan, history, against) for plan in plans}
    tell("draft")
    placed = [as_if(_open(plan, history), history.span, history.find(plan.code)) for plan in plans]
    own: list[pl.DataFrame] = [pl.DataFrame(schema=EARNINGS)] * len(plans)
    for turn in _turns(placed):
        together = [placed[index] for index in turn]
        found = paid_under(together, history, posted=[one for one in together if _is_published(one, history)])
        for index in turn:
            own[index] = found.filter(pl.col("program") == placed[index].code)
    tell("current")
    compared = list({rival.code: rival for rival in rivals.values() if rival is not None}.values())
    current = paid_under(compared, history, posted=compared)
    return [
        Outcome(plan, program, earned, rivals[plan.code], _of(current, rivals[plan.code]))
        for plan, program, earned in zip(plans, placed, own, strict=True)
    ]


def _rival(plan: Plan, history: History, against: str | None) -> EngineProgram | None:
    found = history.find(against or plan.code)
    if found is None and against is not None:
        raise InvalidInput(f"There is no published program {against}.")
    return None if found is None else cut(found, history.span)


def _is_published(program: EngineProgram, history: History) -> bool:
    found = history.find(program.code)
    return found is not None and same_terms(found, program.versions[0].plan, anywhen=True)


def _open(plan: Plan, history: History) -> Plan:
    """Nobody could join a program that was never published: a trial supposes that everybody has."""
    if plan.enrollment != "automatic" and history.find(plan.code) is None:
        return plan.model_copy(update={"enrollment": "automatic"})
    return plan


def _turns(placed: Sequence[EngineProgram]) -> list[list[int]]:
    """Which programs are calculated together; a code stands once in a turn."""
    turns: list[dict[str, int]] = []
    for index, program in enumerate(placed):
        turn = next((turn for turn in turns if program.code not in turn), None)
        if turn is None:
            turn = {}
            turns.append(turn)
        turn[program.code] = index
    return [list(turn.values()) for turn in turns]


def paid_under(
    programs: Sequence[EngineProgram], history: History, *, posted: Sequence[EngineProgram] = ()
) -> pl.DataFrame:
    """What programs pay, together with those that share their lines and pay each only once.

    For those in `posted` what a budget has let through keeps its place, as it did when it was posted.
    """
    if not programs:
        return pl.DataFrame(schema=EARNINGS)
    codes = {program.code for program in programs}
    groups = {version.plan.stack.group for program in programs for version in program.versions if _chooses(version)}
    beside = [
        placed for program in history.programs if program.code not in codes
        and any(version.plan.stack.group in groups for version in program.versions if _chooses(version))
        if (placed := cut(program, history.span)) is not None
    ]  # fmt: skip
    known = with_posted(history.known, posted)
    found = compute([*programs, *beside], known, from_day=history.span.first, until_day=history.span.after)
    return found.filter(pl.col("program").is_in(sorted(codes)))


def _chooses(version: Version) -> bool:
    return version.plan.stack.group is not None and version.plan.stack.policy != "all"


def _of(earnings: pl.DataFrame, program: EngineProgram | None) -> pl.DataFrame:
    return earnings.clear() if program is None else earnings.filter(pl.col("program") == program.code)
