"""Holding payments against the engine: every difference with its likely cause, found by working it out that way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from sqlalchemy import func, select

from portal.core import clock
from portal.core.clock import from_day_number
from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.money import show_minor, to_major
from portal.engine.periods import NEVER, Program, Version, Window
from portal.engine.plan import Effective, Plan
from portal.programs.definitions.models import Program as StoredProgram
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.participants import payees
from portal.programs.simulation.calculation import History, paid_under, read_history
from portal.programs.simulation.reconciling.missing_lines import without_a_line
from portal.programs.simulation.reconciling.payments import Paid, Who
from portal.programs.simulation.reconciling.variants import variants
from portal.programs.simulation.spans import Span

CENTS = 2  # a difference this small is rounding
STAGES = ("owed", "causes", "arrivals")  # of every period
Told = Callable[[str], None]


@dataclass
class Puzzle:
    """The differences of one period of one program that nobody has explained yet, and the causes found."""

    paid: dict[Who, int]
    owed: dict[Who, int]
    causes: dict[Who, tuple[str, str]]

    @property
    def open(self) -> list[Who]:
        """Who was paid something else than is owed, without a cause so far."""
        everybody = {*self.paid, *(who for who, amount in self.owed.items() if amount)}
        return sorted(w for w in everybody if self.paid.get(w, 0) != self.owed.get(w, 0) and w not in self.causes)

    def explain(self, code: str, said: str, amounts: dict[Who, int]) -> None:
        """A cause holds for everybody whose payment it gives to the cent."""
        for who in self.open:
            if who in self.paid and amounts.get(who, 0) == self.paid[who]:
                self.causes[who] = (code, said)


def periods_of(payments: Sequence[Paid]) -> dict[tuple[str, int], list[Paid]]:
    """The payments by program and first day of their period, in that order."""
    groups: dict[tuple[str, int], list[Paid]] = {}
    for one in payments:
        groups.setdefault((one.program.code, one.window.period_start), []).append(one)
    return dict(sorted(groups.items()))


def compare(payments: Sequence[Paid], *, told: Told = lambda stage: None) -> dict[str, Any]:
    """Per program and period how many are equal and explained, and every difference; amounts in minor units.

    `told` hears which of STAGES begins; what it raises ends the comparison.
    """
    found = [_compared(rows, told) for rows in periods_of(payments).values()]
    return {"periods": [period for period, _ in found], "differences": [row for _, rows in found for row in rows]}


def _compared(rows: list[Paid], told: Told) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    told("owed")
    program, window = rows[0].program, rows[0].window
    paid: dict[Who, int] = {}
    for row in rows:
        paid[row.who] = paid.get(row.who, 0) + row.amount
    until = min(window.end, NEVER)
    history = read_history([], Span(from_day_number(window.start), from_day_number(until)), names=True)
    puzzle = Puzzle(paid, _owed(program, history, window, [program]), {})
    _simple_causes(puzzle, program, window)
    told("causes")
    _engine_causes(puzzle, window.version.plan, window, history)
    told("arrivals")
    _lines_causes(puzzle, window.version.plan, window, history)
    return _period(puzzle, program, window), _differences(puzzle, program, window)


def _owed(program: Program, history: History, window: Window, posted: Sequence[Program] = ()) -> dict[Who, int]:
    found = paid_under([program], history, posted=posted).filter(pl.col("period_start") == window.period_start)
    sums = found.group_by("participant_kind", "participant_id").agg(pl.col("earned").sum())
    return {(kind, number): int(earned) for kind, number, earned in sums.iter_rows()}


def _simple_causes(puzzle: Puzzle, program: Program, window: Window) -> None:
    for who in puzzle.open:
        if who not in puzzle.paid:
            puzzle.causes[who] = ("not-in-the-file", "the file has no line for it")
        elif abs(puzzle.paid[who] - puzzle.owed.get(who, 0)) <= CENTS:
            puzzle.causes[who] = ("other-rounding", "rounded another way")
    puzzle.explain("paid-twice", "it was paid twice", {who: 2 * owed for who, owed in puzzle.owed.items() if owed})
    if not puzzle.open:
        return
    start = from_day_number(window.period_start)
    query = (
        select(EarnedGroup.participant_kind, EarnedGroup.participant_id, EarnedGroup.period_start,
               func.sum(EarnedGroup.earned))
        .join(StoredProgram, StoredProgram.id == EarnedGroup.program_id)
        .where(StoredProgram.code == program.code, EarnedGroup.period_start != start)
        .group_by(EarnedGroup.participant_kind, EarnedGroup.participant_id, EarnedGroup.period_start)
    )  # fmt: skip
    for kind, number, other, earned in session.execute(query):
        if earned and (kind, number) in puzzle.paid:
            said = f"it is the amount of the period from {other}"
            puzzle.explain("another-period", said, {(kind, number): int(earned)})


def _engine_causes(puzzle: Puzzle, plan: Plan, window: Window, history: History) -> None:
    for variant in variants(plan, window, history.known.facts):
        if not puzzle.open:
            return
        facts = variant.facts or history.known.facts
        tried = replace(history, known=replace(history.known, facts=facts))
        try:
            puzzle.explain(variant.code, variant.said, _owed(_placed(variant.plan, window), tried, window))
        except PortalError:
            continue  # a variant that cannot be calculated explains nothing


def _lines_causes(puzzle: Puzzle, plan: Plan, window: Window, history: History) -> None:
    """What arrived late, and single lines that may be missing."""
    _late_lines(puzzle, plan, window, history)
    if puzzle.open:
        found = without_a_line(plan, _placed(plan, window), window, history, {w: puzzle.paid[w] for w in puzzle.open})
        for who, said in found.items():
            puzzle.causes[who] = ("line-missing", said)


def _late_lines(puzzle: Puzzle, plan: Plan, window: Window, history: History) -> None:
    """What was known when the period ended, and when its grace was over."""
    for days, said in ((0, "when the period ended"), (plan.grace_days, "when its grace was over")):
        if not puzzle.open or window.period_end + days >= NEVER:
            return
        moment = clock.parse_moment(from_day_number(window.period_end + days).isoformat())
        if moment >= clock.now():
            return
        known = read_history([], history.span, as_of=moment)
        puzzle.explain(
            "late-lines", f"without what arrived later, as known {said}", _owed(_placed(plan, window), known, window)
        )


def _placed(plan: Plan, window: Window) -> Program:
    until = None if window.end >= NEVER else from_day_number(window.end)
    edges = Effective(**{"from": from_day_number(window.start), "until": until})
    return Program(plan.code, [Version(0, plan.model_copy(update={"effective": edges}))])


def _period(puzzle: Puzzle, program: Program, window: Window) -> dict[str, Any]:
    everybody = {*puzzle.paid, *(who for who, amount in puzzle.owed.items() if amount)}
    explained = sum(puzzle.paid.get(who, 0) - puzzle.owed.get(who, 0) for who in puzzle.causes)
    paid, owed = sum(puzzle.paid.values()), sum(puzzle.owed.get(who, 0) for who in everybody)
    return {
        "program": program.code, "period": from_day_number(window.period_start).isoformat(),
        "unit": window.version.plan.unit, "participant": window.version.plan.participant, "count": len(everybody),
        "equal": len(everybody) - len(puzzle.causes) - len(puzzle.open), "explained": len(puzzle.causes),
        "unexplained": len(puzzle.open), "paid": paid, "owed": owed, "difference": paid - owed,
        "difference_explained": explained,
    }  # fmt: skip


def _differences(puzzle: Puzzle, program: Program, window: Window) -> list[dict[str, Any]]:
    different = sorted({*puzzle.causes, *puzzle.open})
    names, unit = payees(different), window.version.plan.unit
    found = []
    for who in different:
        paid, owed = puzzle.paid.get(who, 0), puzzle.owed.get(who, 0)
        cause, said = puzzle.causes.get(who, ("unexplained", "no cause was found; look at both computations"))
        found.append({
            "partner": names[who].code, "name": names[who].name, "program": program.code,
            "period": from_day_number(window.period_start).isoformat(), "unit": unit, "paid": paid, "owed": owed,
            "difference": paid - owed, "cause": cause, "said": said,
        })  # fmt: skip
    return found


def sentences(result: dict[str, Any], names: Mapping[str, str] | None = None) -> Iterable[str]:
    """163 partners: 158 equal, 5 explained: one sentence a period, with the sum explained.

    With the programs' names it speaks as pages do, without them as files are written.
    """
    nouns = {"partner": "partners", "seller": "sellers", "parent": "parents"}
    for one in result["periods"]:
        unit = "stars" if one["unit"] == "points" else one["unit"]
        noun = nouns[one["participant"]].removesuffix("s" if one["count"] == 1 else "?")
        counts = f"{one['count']} {noun}: {one['equal']} equal, {one['explained']} explained"
        counts += f", {one['unexplained']} not explained" if one["unexplained"] else ""
        yield (
            f"{period_words(one, names)}: {counts}. Paid {show_minor(one['paid'], one['unit'])}, owed "
            f"{show_minor(one['owed'], one['unit'])} {unit}; of the difference of "
            f"{show_minor(one['difference'], one['unit'])}, {show_minor(one['difference_explained'], one['unit'])} is "
            "explained."
        )


def period_words(row: dict[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Program and period of a row: by code and 2026-07-01, or by name and 1 July 2026."""
    if names is None:
        return f"{row['program']} from {row['period']}"
    day = dt.date.fromisoformat(row["period"])
    return f"{names.get(row['program'], row['program'])}, from {day.day} {day:%B %Y}"


def major_figures(result: dict[str, Any]) -> dict[str, Any]:
    """The same with amounts as text in major units, as files carry them."""
    figures = ("paid", "owed", "difference", "difference_explained")
    return {
        part: [
            {key: to_major(value, row["unit"]) if key in figures else value for key, value in row.items()}
            for row in result[part]
        ]
        for part in ("periods", "differences")
    }
