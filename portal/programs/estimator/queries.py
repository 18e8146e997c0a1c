"""An estimate: the engine run on hypothetical lines beside the real ones, program by program, with the trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from portal.core.clock import day_number, from_day_number
from portal.core.db import session
from portal.engine import attainable
from portal.engine.errors import CalculationError
from portal.engine.lines import LineFact
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Window, windows_of
from portal.partners.organizations.models import Partner
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.around import compute_around
from portal.programs.runs.explanations import MAX_DAY, ComponentTrace, Explained, Known, explain, read_known
from portal.programs.runs.facts import KnownFacts
from portal.programs.runs.reach import companions
from portal.programs.statements.participants import Participant
from portal.programs.statements.queries import program_names

MARK = "estimate"
PAYS = {"partner": "partner", "parent": "partner", "seller": "person"}
FORBIDDEN = "Your shop has not allowed bonuses to its people, so programs for sellers pay nothing here."
TO_COMPANY = "Your shop takes the bonus for its people itself, so programs for sellers pay nothing to you."


@dataclass(frozen=True)
class Sold:
    """One hypothetical line that can be calculated: `price` of one unit in minor units."""

    product_id: int
    sku: str
    name: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Judged:
    """One typed line in one component: whether it counts, with its share, or why it does not."""

    name: str
    fact: LineFact


@dataclass(frozen=True)
class Outcome:
    """What the lines add in one program: from `before` to `after` in minor units or points of `unit`."""

    code: str
    name: str
    unit: str
    before: int
    after: int
    told: Explained | None
    names: dict[str, str]
    trouble: str = ""

    @property
    def gain(self) -> int:
        """What the sale adds."""
        return self.after - self.before

    @property
    def components(self) -> list[tuple[ComponentTrace, list[Judged]]]:
        """For each component its typed lines, counted or not, in the order they were typed."""
        return [(trace, self._judged(trace)) for trace in (self.told.components if self.told else ())]

    def _judged(self, trace: ComponentTrace) -> list[Judged]:
        typed = [line for line in trace.fact.lines if line.external_id.startswith(MARK)]
        return [Judged(self.names.get(line.sku, line.sku), line) for line in sorted(typed, key=lambda x: x.external_id)]

    @property
    def carried(self) -> int:
        """The part of the earning that the typed lines carry themselves."""
        return sum(line.fact.share or 0 for _, lines in self.components for line in lines)


@dataclass(frozen=True)
class Estimate:
    """Every program that pays this participant on the day; those that pay for these lines first."""

    outcomes: list[Outcome] = field(default_factory=list)
    note: str = ""

    @property
    def totals(self) -> dict[str, int]:
        """What the sale pays in all, by unit."""
        sums: dict[str, int] = {}
        for one in self.outcomes:
            sums[one.unit] = sums.get(one.unit, 0) + one.gain
        return sums


@dataclass(frozen=True)
class Occasion:
    """Who sells what, when and in which stream."""

    who: Participant
    sold: Sequence[Sold]
    day: dt.date
    flow: str


def currency_of(who: Participant) -> str:
    """The currency prices are typed in: the company's own."""
    if who.currency:
        return who.currency
    partner = session.get(Partner, who.partner_id) if who.partner_id is not None else None
    return partner.currency if partner is not None else "USD"


def programs_on(who: Participant, day: dt.date) -> list[tuple[EngineProgram, Window]]:
    """The programs that run on a day and pay this kind of participant, each with the window of the day."""
    number = day_number(day)
    running = [(one, window) for one in engine_programs() if (window := _window(one, number)) is not None]
    return [(one, window) for one, window in running if PAYS[window.version.plan.participant] == who.kind]


def _window(program: EngineProgram, day: int) -> Window | None:
    """The window of a day; where versions share the period, that of the version which pays the day."""
    around = [window for window in windows_of(program, day) if window.start <= day < window.end]
    return next((one for one in around if one.paid is None or one.paid[0] <= day < one.paid[1]), None)


def estimate(occasion: Occasion, program: str = "") -> Estimate:
    """What hypothetical sales would pay a participant; nothing is stored."""
    who, note = occasion.who, refusal(occasion.who, occasion.day)
    running = programs_on(who, occasion.day)
    if not running or note:
        return Estimate(note=note)
    since = from_day_number(min(window.start for _, window in running))
    until = from_day_number(min(max(window.end for _, window in running), MAX_DAY))
    known = read_known(who.kind, who.id, beside([one for one, _ in running]), since, until, None)
    rows = _rows(occasion, running)
    trial = replace(known, facts=attainable.with_lines(known.facts, rows))
    earned = _earnings(running, known, trial, occasion)
    names = program_names({one.code for one, _ in running})
    outcomes = [
        _outcome(one, window, trial, occasion, names.get(one.code, one.code), earned)
        for one, window in running
        if program in ("", one.code)
    ]
    return Estimate(sorted(outcomes, key=lambda one: (not one.gain, one.name)), note)


def beside(programs: Sequence[EngineProgram]) -> list[EngineProgram]:
    """The programs and all that compete with them for lines, whomever they pay."""
    every = engine_programs()
    wanted = {one.code for program in programs for one in companions(every, program.code)}
    return [program for program in every if program.code in wanted]


def refusal(who: Participant, day: dt.date) -> str:
    """Why sellers' programs pay this person nothing, whatever is sold."""
    if who.partner_id is None:
        return "Nobody you work for takes part in a program."
    if who.kind != "person":
        return ""
    answer = answer_on(who.partner_id, day)
    return {Answer.FORBIDDEN: FORBIDDEN, Answer.TO_COMPANY: TO_COMPANY}.get(answer, "")


def _rows(occasion: Occasion, running: Sequence[tuple[EngineProgram, Window]]) -> list[dict[str, Any]]:
    """The lines as rows of the sales; where a program counts single sources they are of the first such."""
    plans = [window.version.plan for _, window in running]
    sources = [source for plan in plans for source in plan.qualify.sources or ()]
    who, day, currency = occasion.who, day_number(occasion.day), currency_of(occasion.who)
    return [
        {
            "flow": occasion.flow, "partner_id": who.partner_id, "seller_id": who.id if who.kind == "person" else None,
            "product_id": line.product_id, "quantity": line.quantity, "amount": line.quantity * line.price,
            "currency": currency, "sold_day": day, "origin_day": day, "source": sources[0] if sources else MARK,
            "external_id": f"{MARK} {index:02}", "invoice_no": MARK, "end_customer": MARK, "batch_seq": 2**62,
        }
        for index, line in enumerate(occasion.sold)
    ]  # fmt: skip


Earned = dict[str, tuple[int, int] | str]


def _earnings(
    running: Sequence[tuple[EngineProgram, Window]], known: Known, trial: Known, occasion: Occasion
) -> Earned:
    """(before, after) by program, or the sentence why it cannot be calculated; all together, since they may share."""
    programs = [one for one, _ in running]
    try:
        before, after = (_mine(beside(programs), facts, occasion) for facts in (known, trial))
        return {one.code: (before.get(one.code, 0), after.get(one.code, 0)) for one in programs}
    except CalculationError as error:
        if len(running) == 1:
            return {programs[0].code: error.sentence}
    found: Earned = {}
    for one in running:
        found |= _earnings([one], known, trial, occasion)
    return found


def _mine(programs: list[EngineProgram], known: Known, occasion: Occasion) -> dict[str, int]:
    day = day_number(occasion.day)
    facts = KnownFacts(known.facts, known.facts.sales.clear())
    earnings = compute_around(programs, facts, day)
    who = occasion.who
    mine = earnings.filter((pl.col("participant_kind") == who.kind) & (pl.col("participant_id") == who.id))
    return dict(mine.group_by("program").agg(pl.col("earned").sum()).iter_rows())


def _outcome(
    program: EngineProgram, window: Window, trial: Known, occasion: Occasion, name: str, earned: Earned
) -> Outcome:
    who, unit, found = occasion.who, window.version.plan.unit, earned[program.code]
    if isinstance(found, str):
        return Outcome(program.code, name, unit, 0, 0, None, {}, found)
    told = None
    if occasion.sold:
        told = explain(program.code, who.kind, who.id, who.code, from_day_number(window.period_start), known=trial)
    names = {line.sku: line.name for line in occasion.sold}
    return Outcome(program.code, name, unit, found[0], found[1], told, names)
