"""The trace of one participant's period: every line with its reason, the bands walked, the shares, the sentence why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from portal.engine import VERSION
from portal.engine.bounds import LimitFact, limit_sentences, own_limits, share_sentences, shared_limits
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts, check
from portal.engine.groups import Group, Walked, walked_groups
from portal.engine.limits import Settled
from portal.engine.lines import LineFact
from portal.engine.periods import Program, Window, windows_of
from portal.engine.pipeline import calculate_steps
from portal.engine.plan import Plan
from portal.engine.rounding import round_minor, split_exactly
from portal.engine.walk import Step, measure_unit
from portal.engine.words import sentences


@dataclass(frozen=True)
class BandFact:
    """One band as shown: edges as written, the part inside, the rate in words, the amount in minor units of pay."""

    start: str | None
    end: str | None
    part: Fraction
    rate: str
    amount: int


@dataclass(frozen=True)
class Explanation:
    """Why one component earned what it earned. Integers are minor units (or counts); days are day numbers.

    `groups` are what was measured: one, or several where versions share the period or lines are credited to many.
    """

    program: str
    version: int
    component: str
    method: str
    participant_kind: str
    participant_id: int
    period_start: int
    period_end: int
    window_start: int
    window_end: int
    as_of: str | None
    engine_version: str
    measured: str
    measure_unit: str
    measure: int
    baseline: int | None
    band: str | None
    bands: list[BandFact]
    exact: Fraction
    rounded: int
    earned: int
    unit: str
    lines: list[LineFact]
    baseline_lines: list[LineFact]
    sentences: list[str]
    groups: list[Group] = field(default_factory=list)
    limits: list[LimitFact] = field(default_factory=list)


def explain(
    program: Program,
    facts: Facts,
    *,
    participant_id: int,
    period_start: int,
    kind: str | None = None,
    as_of: str | None = None,
    others: Sequence[Program] = (),
) -> list[Explanation]:
    """One explanation a component, in the plan's order; of versions that share the period the last names the rest.

    `facts` must hold the participant's sales of the period and of the year before; where programs choose among
    themselves for a line, a program cap or a budget binds or shares are split, those of everybody, and `others` the
    programs of the stack group. `kind` is whom a split pays (as written under `to`). Figures are those of `calculate`.
    Errors: CalculationError when no window of the program has this `period_start`.
    """
    windows = windows_at(program, period_start)
    plan = windows[-1].version.plan
    facts = check(facts)
    settled = _settled(program, others, facts, windows[-1]) if plan.shares_money else None
    walked = walked_groups(program, facts, windows, (kind or plan.participant, participant_id), settled)
    rounded = [round_minor(one.exact) for one in walked]
    bounded = own_limits(plan, rounded)
    return [
        _explained(program.code, windows[-1], one, (as_of, limits, settled))
        for one, limits in zip(walked, bounded, strict=True)
    ]


def windows_at(program: Program, period_start: int) -> list[Window]:
    """The windows of a program with this calendar start, one a version that rates it; CalculationError if none."""
    found = [window for window in windows_of(program, period_start + 366) if window.period_start == period_start]
    if not found:
        raise CalculationError(f"The program {program.code} has no period that starts on that day.")
    return found


def window_at(program: Program, period_start: int) -> Window:
    """The window of a program with this calendar start (of versions that share it, the last one's)."""
    return windows_at(program, period_start)[-1]


def _settled(program: Program, others: Sequence[Program], facts: Facts, window: Window) -> Settled:
    if window.version.plan.stops:
        return calculate_steps([program, *others], facts)
    return calculate_steps([program, *others], facts, from_day=window.start, until_day=window.end)


def _explained(
    program: str, window: Window, one: Walked, known: tuple[str | None, list[LimitFact], Settled | None]
) -> Explanation:
    as_of, limits, settled = known
    plan, component, last = window.version.plan, one.component, one.groups[-1]
    rounded = round_minor(one.exact)
    if settled is not None:
        limits = [*limits, *_shared(settled, program, window, one, plan)]
    earned = limits[-1].after if limits else rounded
    bands = _band_facts([step for group in one.groups for step in group.walk.steps])
    told = [sentence for group in one.groups for sentence in _told(group, several=len(one.groups) > 1)]
    return Explanation(
        program, window.version.number, component.code, component.method, one.payee[0], one.payee[1],
        window.period_start, window.period_end, window.start, window.end, as_of, VERSION,
        component.measured, measure_unit(plan, component.measured), one.measure,
        last.walk.baseline, last.walk.band, bands, one.exact, rounded, earned, plan.unit,
        _shown(one, earned), one.past, [*told, *limit_sentences(limits, plan.unit)], one.groups, limits,
    )  # fmt: skip


def _told(group: Group, *, several: bool) -> list[str]:
    """The sentences of one group; what was measured apart is told apart."""
    counted = [share.line for share in group.shares or ()]
    told = sentences(group.component, group.plan, group.walk, _band_facts(group.walk.steps), group.measure, counted)
    told += share_sentences(group)
    return [f"Version {group.version}: {sentence}" for sentence in told] if several else told


def _shared(settled: Settled, program: str, window: Window, one: Walked, plan: Plan) -> list[LimitFact]:
    place = (program, *one.payee, window.period_start, one.component.code)
    return shared_limits(plan, settled, place)


def _band_facts(steps: Sequence[Step]) -> list[BandFact]:
    amounts = [step.amount for step in steps]
    shown = split_exactly(round_minor(sum(amounts, start=Fraction(0))), amounts)
    return [
        BandFact(step.start, step.end, step.part, step.rate, amount) for step, amount in zip(steps, shown, strict=True)
    ]


def _shown(one: Walked, earned: int) -> list[LineFact]:
    """The lines with their whole shares; None on counted lines whose weights sum to zero (the earning is unsplit)."""
    if not one.is_split:
        return [replace(line, share=None) if line.counted else line for line, _ in one.lines]
    shares = [share for line, share in one.lines if line.counted]
    if earned != round_minor(one.exact):
        shares = [share * earned / one.exact for share in shares]
    whole = iter(split_exactly(earned, shares))
    return [replace(line, share=next(whole)) if line.counted else line for line, _ in one.lines]
