"""Why an earning is what it is: the engine's trace with the names of products, orders and of who published the rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.errors import NotFound
from portal.core.money import to_major
from portal.engine.explain import Explanation, window_at
from portal.engine.explain import explain as engine_explain
from portal.engine.frames import Facts
from portal.engine.lines import LineFact
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version
from portal.engine.pipeline import needs_everybody, reach
from portal.engine.plan import COUNTS, Effective, Plan
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.queries import engine_programs, find_program, list_versions, names_of
from portal.programs.definitions.words import goods_words
from portal.programs.runs.facts import KnownFacts, read_facts, reason_for, with_posted
from portal.programs.runs.reach import companions, partners_to_read, stack_groups
from portal.programs.runs.results import final_since, with_final_results
from portal.programs.runs.sentences import why
from portal.sales.journal.frames import read_sales_frame

I64 = pl.Int64()


@dataclass(frozen=True)
class TraceLine:
    """One sale line of a trace with the names a reader knows it by; money in minor units."""

    fact: LineFact
    product: str
    invoice_no: str | None
    amount: int
    currency: str
    sold_on: dt.date


@dataclass(frozen=True)
class ComponentTrace:
    """One component's earning, opened: the engine's figures, the sentence why, lines counted and not counted."""

    fact: Explanation
    sentence: str
    counted: list[TraceLine]
    not_counted: list[TraceLine]
    baseline: list[TraceLine]


@dataclass(frozen=True)
class Explained:
    """One participant's earnings of one program and period, and who stands for the rule."""

    program: Program
    plan: Plan
    version: int
    published_by: str
    approved_by: str
    published_at: dt.datetime | None
    participant_kind: str
    participant_id: int
    participant_code: str
    period_start: dt.date
    period_end: dt.date
    as_of: dt.datetime | None
    components: list[ComponentTrace]
    known: Known = field(repr=False, compare=False)

    @property
    def earned(self) -> int:
        """All components together, in `unit`."""
        return sum(one.fact.earned for one in self.components)

    @property
    def unit(self) -> str:
        """What is paid: a currency or points."""
        return self.plan.unit


@dataclass(frozen=True)
class Known:
    """Facts of one participant, read once for all its traces; `blocked` are lines the employer's answer took away."""

    facts: Facts
    blocked: pl.DataFrame
    redirected: dict[int, str]
    names: dict[str, str]


def read_known(
    kind: str, number: int, programs: list[EngineProgram], since: dt.date, until: dt.date, as_of: dt.datetime | None
) -> Known:
    """The facts a participant's traces over [since, until) need, a year before included; as known at `as_of`.

    Where programs compete for lines, those of the periods that the others have on these days are among them.
    """
    partner_ids = {number} if kind == "partner" else set()
    partner_ids = partners_to_read(programs, partner_ids, set() if kind == "partner" else {number})
    reading = None if any(needs_everybody(program) for program in programs) else partner_ids
    first = _year_before(since)
    rivals = [one for program in programs if stack_groups(program) for one in _beside(program.code, as_of)]
    if rivals:
        days = reach(_each_once([*programs, *rivals]), day_number(since), day_number(until))
        first, until = min(first, from_day_number(days[0])), max(until, from_day_number(min(days[1], MAX_DAY)))
    if any(part.needs_history for program in programs for v in program.versions for part in v.plan.components):
        first = dt.date.min
    lasting = any(v.plan.stops for program in programs for v in program.versions)
    until = max(until, clock.today() + dt.timedelta(days=1)) if lasting else until
    first = dt.date.min if lasting else first
    known = read_facts(as_of, partner_ids=reading, since=first, until=until, names=True)
    known = with_posted(known, programs) if as_of is None else known
    return _known(known, number if kind == "person" else None, partner_ids, since, until, as_of)


def _known(
    known: KnownFacts, person_id: int | None, partner_ids: set[int], since: dt.date, until: dt.date,
    as_of: dt.datetime | None,
) -> Known:  # fmt: skip
    answers = dict(known.redirected.select("line_id", "answer").iter_rows())
    blocked = known.facts.sales.clear()
    if person_id is not None and answers:
        sales = read_sales_frame(as_of, partner_ids=partner_ids, since=since, until=until, names=True)
        blocked = sales.filter(pl.col("seller_id") == person_id, pl.col("line_id").is_in(list(answers)))
    names = dict(known.facts.products.select("sku", "name").iter_rows())
    return Known(known.facts, blocked, answers, names)


def _each_once(programs: list[EngineProgram]) -> list[EngineProgram]:
    return list({program.code: program for program in reversed(programs)}.values())


def _year_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=367)


def explain(
    program_code: str,
    kind: str,
    number: int,
    code: str,
    period_start: dt.date,
    *,
    as_of: dt.datetime | None = None,
    known: Known | None = None,
    draft: Plan | None = None,
) -> Explained:
    """Explain one participant's period of one program, as known at `as_of` (now).

    With `draft` the period is explained as if that plan were the version in force. Errors: NotFound when the program
    (or its period) does not exist, CalculationError when facts are missing.
    """
    program = find_program(program_code)
    shaped = next(iter(engine_programs(as_of=as_of, code=program_code)), None)
    if program is None or shaped is None:
        raise NotFound
    start = day_number(period_start)
    window = window_at(shaped, start)
    if draft is not None:
        shaped = _as_if(shaped, draft, from_day_number(window.start))
        window = window_at(shaped, start)
    if known is None:
        until = from_day_number(min(window.period_end, MAX_DAY))
        known = read_known(kind, number, [shaped], period_start, until, as_of)
    plan = window.version.plan
    participant_id = -number if kind == "partner" and plan.participant == "seller" else number
    told_as_of = as_of.isoformat() if as_of else None
    others = [] if draft is not None else [one for one in _beside(shaped.code, as_of) if one.code != shaped.code]
    found = [
        one
        for payee in _payee_kinds(plan, kind)
        for one in engine_explain(
            shaped, known.facts, participant_id=participant_id, period_start=start, as_of=told_as_of, kind=payee,
            others=others,
        )
    ]  # fmt: skip
    final = None if draft is not None else final_since(program, plan, period_start, as_of)
    if final is not None:
        until = from_day_number(min(window.period_end, MAX_DAY))
        facts = read_known(kind, number, [shaped], period_start, until, final).facts
        found = with_final_results(
            found, engine_explain(shaped, facts, participant_id=participant_id, period_start=start)
        )  # fmt: skip
    blocked = _blocked(shaped, known, number, start)
    components = [_named(one, plan, known, blocked.get(one.component, [])) for one in found]
    version = None if draft else next(v for v in list_versions(program) if v.number == window.version.number)
    by, approved = _who(version)
    return Explained(
        program, plan, window.version.number, by, approved, version.published_at if version else None, kind,
        number, code, period_start, from_day_number(min(window.period_end, MAX_DAY)), as_of, components, known,
    )  # fmt: skip


MAX_DAY = day_number(dt.date(9999, 12, 31))


def _beside(code: str, as_of: dt.datetime | None) -> list[EngineProgram]:
    """A program and those that compete with it for lines."""
    return companions(engine_programs(as_of=as_of), code)


def _payee_kinds(plan: Plan, kind: str) -> list[str]:
    """As what a partner or person is paid: a split may pay a partner as such, as a parent and as a distributor."""
    if not plan.credit.split:
        return [plan.participant]
    return [to for to in dict.fromkeys((*plan.credited_to, plan.participant)) if (to == "seller") == (kind == "person")]


def _as_if(shaped: EngineProgram, draft: Plan, starts: dt.date) -> EngineProgram:
    """The draft as the only version, in force from the window's first day."""
    plan = draft.model_copy(update={"effective": Effective(**{"from": starts, "until": draft.effective.until})})
    return EngineProgram(shaped.code, [Version(0, plan, split_day=shaped.versions[0].split_on)])


def _who(version: ProgramVersion | None) -> tuple[str, str]:
    if version is None:
        return "", ""
    names = names_of({version.drafted_by_id, version.approved_by_id})
    return names.get(version.drafted_by_id, ""), names.get(version.approved_by_id, "")


def _blocked(shaped: EngineProgram, known: Known, number: int, start: int) -> dict[str, list[LineFact]]:
    """Lines that would count for a person, had the employer's answer not taken them away: not counted, with why."""
    if known.blocked.is_empty():
        return {}
    facts = replace(known.facts, sales=known.blocked)
    found = engine_explain(shaped, facts, participant_id=number, period_start=start)
    return {
        one.component: [
            replace(
                line, counted=False, reason=reason_for(known.redirected[line.line_id]), measure=0, weight=0, share=0
            )
            if line.counted
            else line
            for line in one.lines
        ]
        for one in found
    }


def _named(one: Explanation, plan: Plan, known: Known, blocked: list[LineFact]) -> ComponentTrace:
    one = replace(one, lines=[*one.lines, *blocked])
    ids = [line.line_id for line in (*one.lines, *one.baseline_lines)]
    columns = ["line_id", "invoice_no", "amount", "currency", "flow"]
    rows = pl.concat([known.facts.sales.select(columns), known.blocked.select(columns)])
    facts = {row["line_id"]: row for row in rows.filter(pl.col("line_id").is_in(ids)).iter_rows(named=True)}
    lines = [_line(line, facts[line.line_id], known.names) for line in one.lines]
    past = [_line(line, facts[line.line_id], known.names) for line in one.baseline_lines]
    counted = [line for line in lines if line.fact.counted]
    component = next(c for c in plan.components if c.code == one.component)
    # Lines of another flow are another story of the same goods (D1); they stay in the data, readers are spared them.
    flow = plan.qualify_of(component).flow
    left_out = [line for line in lines if not line.fact.counted and facts[line.fact.line_id]["flow"] == flow]
    sentence = why(one, [line.product for line in counted], goods_words(component, plan))
    return ComponentTrace(one, sentence, counted, left_out, past)


def _line(fact: LineFact, row: dict[str, Any], names: dict[str, str]) -> TraceLine:
    return TraceLine(
        fact, names.get(fact.sku, fact.sku), row["invoice_no"], row["amount"], row["currency"],
        from_day_number(fact.sold_day),
    )  # fmt: skip


def major(value: int, unit: str) -> str:
    """A figure in major units, as files carry it; counts as they are."""
    return str(value) if unit in COUNTS else to_major(value, unit)
