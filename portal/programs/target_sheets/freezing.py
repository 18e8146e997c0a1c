"""Baselines that are fixed before their period starts (PRACTICE D7): written once, sent, and moved by nothing later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypedDict

import polars as pl
from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.db import session, transaction
from portal.core.events import emit
from portal.core.money import minor_digits
from portal.core.sequence import next_seq
from portal.engine.errors import CalculationError
from portal.engine.frames import TARGET_SCALE, Facts
from portal.engine.periods import Program as EngineProgram
from portal.engine.periods import Version, Window, windows_of
from portal.engine.pipeline import calculate, needs_names
from portal.engine.plan import MONEY, Caps, Component, Credit, Effective, Eligibility, Plan, Stack
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.definitions.audience import partners_of
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs, find_program
from portal.programs.runs.facts import read_facts
from portal.programs.target_sheets.events import BaselinesFixed
from portal.programs.target_sheets.models import TargetNotice
from portal.programs.target_sheets.services import addresses_of
from portal.programs.targets.models import Target
from portal.programs.targets.services import Key, announce_targets, set_target

AHEAD = 14  # days before a period in which its baselines are fixed, so that they can be looked at before it starts
SENDER = "the portal"


class BaseDays(TypedDict):
    """The days a baseline is measured on."""

    since: dt.date
    until: dt.date


@dataclass(frozen=True)
class Opening:
    """A component whose baselines of a period are to be fixed."""

    program: EngineProgram
    component: Component
    window: Window

    @property
    def plan(self) -> Plan:
        """The plan that rates the period."""
        return self.window.version.plan

    @property
    def measure(self) -> str:
        """The name under which the engine looks first."""
        return f"baseline:{self.program.code}/{self.component.code}"

    @property
    def period_start(self) -> dt.date:
        """The first day of the period, its key."""
        return from_day_number(self.window.period_start)

    @property
    def base_days(self) -> BaseDays:
        """The days of the year before, as facts are read: since (included) and until (not)."""
        before, until = self.window.year_before()
        return {"since": from_day_number(before), "until": from_day_number(until)}

    @property
    def past(self) -> EngineProgram:
        """The component alone on the days of the year before, for everybody and without limits.

        A baseline's lines are tested for `qualify` only (DOMAIN 5): who is eligible now may not have been so then.
        """
        span = Effective(**{"from": self.base_days["since"], "until": self.base_days["until"]})
        limits = {"stack": Stack(), "credit": Credit(), "caps": Caps(), "budget": None, "multipliers": ()}
        open_to_all = {"eligibility": Eligibility(), "enrollment": "automatic", "terms": None, "accept_by": None}
        alone = {"effective": span, "period": "campaign", "components": (self.component,), "pilot": None}
        alone |= limits | open_to_all
        return EngineProgram(self.program.code, [Version(1, self.plan.model_copy(update=alone))])

    @property
    def asks_names(self) -> bool:
        """Whether measuring it needs invoices and the like."""
        return needs_names([self.past])


def is_fixed_at_open(component: Component) -> bool:
    """Whether a component's baselines are fixed before its period."""
    return component.method == "growth" and component.growth_base.freeze == "at_open"


def fix_baselines() -> int:
    """Fix the baselines of periods that are open or about to; how many were written. Safe to run twice.

    A program that cannot be calculated keeps no other one waiting; its error is told after them.
    """
    written, errors = 0, list[CalculationError]()
    for opening in list(_openings()):
        try:
            found = _baselines(opening)
        except CalculationError as error:
            errors.append(error)
            continue
        session.rollback()
        with transaction():
            written += _write(opening, found)
    if errors:
        raise errors[0]
    return written


def _openings() -> Iterator[Opening]:
    """The running and the coming period of each such component, where nothing is fixed yet."""
    today = day_number(clock.today())
    for program in engine_programs():
        for window in windows_of(program, today + AHEAD):
            for component in window.version.plan.components if window.end > today else ():
                opening = Opening(program, component, window)
                if is_fixed_at_open(component) and not _is_fixed(opening):
                    yield opening


def _is_fixed(opening: Opening) -> bool:
    query = select(Target.id).where(Target.measure == opening.measure, Target.period_start == opening.period_start)
    return session.scalar(query.limit(1)) is not None


def _baselines(opening: Opening) -> list[tuple[str, int, Decimal]]:
    """What every participant sold a year before, on what is known now."""
    return measure_baselines(opening, read_facts(**opening.base_days, names=opening.asks_names).facts)


def measure_baselines(opening: Opening, facts: Facts) -> list[tuple[str, int, Decimal]]:
    """What every participant sold a year before, by the engine: kind, number, major units or a count.

    Kinds are those targets have: a parent is a partner, a seller a person.
    """
    sales = facts.sales
    if "base_partner_id" in sales.columns:  # merged shops add their baselines from the day of the merger
        sales = sales.with_columns(pl.coalesce("base_partner_id", "partner_id").alias("partner_id"))
        sales = sales.drop("base_partner_id")
    rows = calculate([opening.past], replace(facts, sales=sales)).group_by("participant_kind", "participant_id")
    digits = minor_digits(str(opening.plan.measuring_currency)) if opening.component.measured in MONEY else 0
    summed = rows.agg(pl.col("measure").sum()).sort("participant_kind", "participant_id")
    return [
        ("person" if kind == "seller" else "partner", number, Decimal(max(measure, 0)).scaleb(-digits))
        for kind, number, measure in summed.iter_rows()
    ]


def _write(opening: Opening, found: list[tuple[str, int, Decimal]]) -> int:
    program = find_program(opening.program.code)
    if program is None or not found or _is_fixed(opening):
        return 0
    seq, keys = next_seq(), list[Key]()
    for kind, number, value in found:
        set_target(kind, number, opening.measure, opening.period_start, value, seq=seq)
        keys.append((kind, number, opening.measure, opening.period_start))
    send_baselines(opening, program, [one for one in found if one[1] > 0 and one[2] > 0])
    if opening.window.start <= day_number(clock.today()):
        announce_targets(f"baselines of {program.code}", keys)
    after = {"count": len(found), "period": opening.period_start.isoformat(), "component": opening.component.code}
    audit.record("baseline.fixed", kind="program", id=program.code, label=program.name, after=after)
    return len(found)


def _open_to(opening: Opening) -> set[tuple[str, int]]:
    """The participants whom a program may pay by today's values: kind and number."""
    partners = partners_of(opening.window.version)
    if opening.plan.participant == "seller":
        people = session.scalars(select(Person.id).where(Person.partner_id.in_(partners)))
        return {("person", number) for number in people}
    if opening.plan.participant == "parent":
        parents = session.scalars(select(Partner.parent_id).where(Partner.id.in_(partners)))
        return {("partner", number) for number in parents if number is not None}
    return {("partner", number) for number in partners}


def _told(opening: Opening, program: Program) -> set[tuple[str, int]]:
    query = select(TargetNotice.participant_kind, TargetNotice.participant_id)
    query = query.where(TargetNotice.program_id == program.id, TargetNotice.component == opening.component.code)
    return {(kind, n) for kind, n in session.execute(query.where(TargetNotice.period_start == opening.period_start))}


def send_baselines(opening: Opening, program: Program, found: list[tuple[str, int, Decimal]]) -> None:
    """Put each baseline on the page of its participant, to be acknowledged: where the program is open to it today or
    it was told of another baseline before.
    """
    moment, asked = clock.now(), _open_to(opening) | _told(opening, program)
    found = [one for one in found if one[:2] in asked]
    session.add_all(
        TargetNotice(
            program_id=program.id, component=opening.component.code, participant_kind=kind, participant_id=number,
            period_start=opening.period_start, target=int(value * TARGET_SCALE), sent_at=moment, sent_by_name=SENDER,
        )
        for kind, number, value in found
    )  # fmt: skip
    numbers = {kind: [number for kind_of, number, _ in found if kind_of == kind] for kind in ("partner", "person")}
    recipients = [address for kind, of_kind in numbers.items() if of_kind for address in addresses_of(kind, of_kind)]
    if recipients:
        emit(BaselinesFixed(program.code, program.name, recipients))
