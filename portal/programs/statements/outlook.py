"""What is still attainable: the next step of every program that is open to somebody, found by the engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.money import POINTS, show_minor
from portal.engine import attainable
from portal.engine.compile import product_miss, tags_of
from portal.engine.credit import matches
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Window, windows_of
from portal.engine.plan import COUNTS, Component, Plan
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.programs.definitions.queries import engine_programs
from portal.programs.definitions.words import goods_words
from portal.programs.runs.explanations import MAX_DAY, Known, read_known
from portal.programs.runs.sentences import figure, noun, show_unit
from portal.programs.statements.participants import Participant, own_participant
from portal.programs.statements.queries import program_names
from portal.security.viewer import Viewer

ENDS = {
    "month": "the month's end",
    "quarter": "the quarter's end",
    "half": "the half-year's end",
    "year": "the year's end",
}
PAYS = {"partner": "partner", "parent": "partner", "seller": "person"}


@dataclass(frozen=True)
class NextStep:
    """One attainable step. `have` and `missing` in minor units or counts of their units; `earns` in `unit`.

    `missing` more by `until` (the last day) earns exactly `earns` on top of `earned`; one less earns less. `opens` is
    the start of the band it opens with its rate `opens_rate`; both are None when there is no higher band.
    """

    program_code: str
    name: str
    component: str
    unit: str
    earned: int
    have: int
    have_unit: str
    missing: int
    missing_unit: str
    product_id: int
    until: dt.date
    earns: int
    opens: str | None
    opens_rate: str | None
    sentence: str
    period_start: dt.date

    @property
    def target(self) -> int:
        """What the measure must reach."""
        return self.have + self.missing


def next_steps(who: Viewer | Participant, today: dt.date | None = None) -> list[NextStep]:
    """The next step of each program that pays this viewer or participant and is open today, nearest first."""
    participant = own_participant(who) if isinstance(who, Viewer) else who
    if participant is None or participant.partner_id is None:
        return []
    day = day_number(today or clock.today())
    running = [(program, window) for program in engine_programs() if (window := _window(program, day)) is not None]
    running = [(program, window) for program, window in running if _pays(window.version.plan, participant, day)]
    if not running:
        return []
    since = from_day_number(min(window.start for _, window in running))
    until = from_day_number(min(max(window.end for _, window in running), MAX_DAY))
    known = read_known(participant.kind, participant.id, [program for program, _ in running], since, until, None)
    names = program_names({program.code for program, _ in running})
    found = [
        _named(step, program, window, names, known)
        for program, window in running
        if _eligible(window.version.plan, participant, known, day)
        for step in _steps(program, window, participant, known, day)
    ]
    return sorted(found, key=lambda step: (step.opens is None, step.missing * 10**6 // max(step.target, 1), step.name))


def _window(program: EngineProgram, day: int) -> Window | None:
    return next((window for window in windows_of(program, day) if window.start <= day < window.end), None)


def _pays(plan: Plan, participant: Participant, day: int) -> bool:
    """Whether the plan pays this kind of participant, and the employer lets it (PRACTICE D15)."""
    if PAYS[plan.participant] != participant.kind or participant.partner_id is None:
        return False
    return plan.participant != "seller" or answer_on(participant.partner_id, from_day_number(day)) == Answer.ALLOWED


def _eligible(plan: Plan, participant: Participant, known: Known, day: int) -> bool:
    rows = [
        row for row in known.facts.partner_values.iter_rows(named=True) if row["partner_id"] == participant.partner_id
    ]
    current = [row for row in rows if row["valid_from"] <= day]
    return bool(current) and matches(plan.eligibility, current[-1])


def _steps(
    program: EngineProgram, window: Window, participant: Participant, known: Known, day: int
) -> list[attainable.NextStep]:
    offer = attainable.Offer(partner_id=participant.partner_id or 0, day=day)
    found = attainable.next_steps(
        program, known.facts, participant_id=participant.id, period_start=window.period_start, offer=offer
    )
    told = {step.component for step in found}
    fresh = [one for one in window.version.plan.components if one.method == "per_unit" and one.code not in told]
    return [*found, *(step for one in fresh if (step := _first_unit(program, window, participant, known, day, one)))]


def _first_unit(
    program: EngineProgram, window: Window, participant: Participant, known: Known, day: int, component: Component
) -> attainable.NextStep | None:
    """What the very first unit earns somebody who has sold nothing in this period yet."""
    plan = window.version.plan
    wanted = plan.qualify_of(component)
    products = known.facts.products
    rows = products.sort("sku").select("product_id", "sku", "category", tags_of(products)).iter_rows()
    product = next(
        (number for number, sku, category, tags in rows if not product_miss(wanted, sku, category, tags)), None
    )
    if product is None or component.measured != "units":
        return None
    line = {
        "flow": wanted.flow, "partner_id": participant.partner_id, "product_id": product, "quantity": 1, "amount": 0,
        "seller_id": participant.id if plan.participant == "seller" else None, "sold_day": day, "origin_day": day,
        "currency": plan.measuring_currency or "USD", "source": (wanted.sources or ("hypothetical",))[0],
        "external_id": "hypothetical",
    }  # fmt: skip
    earns = attainable.what_if(
        [program], known.facts, [line], participant_id=participant.id, period_start=window.period_start
    )
    if earns <= 0:
        return None
    return attainable.NextStep(component.code, 0, plan.unit, 0, "units", 1, 1, product, earns, None, None, window.end)


def _named(
    step: attainable.NextStep, program: EngineProgram, window: Window, names: dict[str, str], known: Known
) -> NextStep:
    until = from_day_number(min(window.end, MAX_DAY)) - dt.timedelta(days=1)
    return NextStep(
        program_code=program.code,
        name=names.get(program.code, program.code),
        component=step.component,
        unit=step.unit,
        earned=step.earned,
        have=step.measure,
        have_unit=step.measure_unit,
        missing=step.more,
        missing_unit=step.measure_unit,
        product_id=step.product_id,
        until=until,
        earns=step.earns,
        opens=step.opens,
        opens_rate=step.opens_rate,
        sentence=_sentence(step, window.version.plan, until, known),
        period_start=from_day_number(window.period_start),
    )


def _sentence(step: attainable.NextStep, plan: Plan, until: dt.date, known: Known) -> str:
    """N more of X by D earns Y and opens the band."""
    by = ENDS.get(plan.period) or f"{until.day} {until:%B}"
    pays = show_unit(step.earns, step.unit) if step.unit == POINTS else show_minor(step.earns, step.unit)
    if step.measure_unit in COUNTS:
        goods = _goods(step, plan, known, step.more) if step.measure_unit == "units" else step.measure_unit
        told = f"{show_minor(step.more, POINTS)} more {goods} by {by} {'earns' if step.more == 1 else 'earn'} {pays}"
    else:
        told = f"{figure(step.more, step.measure_unit)} more by {by} earns {pays}"
    if step.opens_rate is None:
        return f"{told}."
    return f"{told} and opens the {step.opens_rate.replace(' points', ' stars')} band."


def _goods(step: attainable.NextStep, plan: Plan, known: Known, count: int) -> str:
    """What the products that count are called together."""
    component = next(one for one in plan.components if one.code == step.component)
    wanted = plan.qualify_of(component)
    rows = known.facts.products.select("sku", "name", "category", tags_of(known.facts.products)).iter_rows()
    told = noun([name for sku, name, category, tags in rows if not product_miss(wanted, sku, category, tags)], count)
    return told if told not in ("unit", "units") else f"{told} of {goods_words(component, plan)}"
