"""Shops just below a band: the ones worth a phone call before the period ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.db import session
from portal.engine.plan import Component, Plan
from portal.engine.tiers import PERCENT_SCALE, bands_of
from portal.engine.walk import rate_words
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import visible_partners
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.models import EarnedGroup
from portal.security.viewer import Viewer

CLOSE_PERCENT = 10


@dataclass(frozen=True)
class NearShop:
    """A partner whose measure lies within 10 % below the next band: what it has, what is missing, what it opens."""

    code: str
    name: str
    program: str
    program_code: str
    measure: int
    missing: int
    unit: str
    opens: str
    until: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day on which a sale still counts."""
        return self.until - dt.timedelta(days=1)

    @property
    def percent(self) -> int:
        """How far it is, of the band's start."""
        return self.measure * 100 // (self.measure + self.missing)


def shops_near_a_band(viewer: Viewer, today: dt.date) -> list[NearShop]:
    """Visible partners close below a band of an open period, the smallest gap first; two statements."""
    plans = {
        (program.code, version.number): version.plan
        for program in engine_programs()
        for version in program.versions
        if any(part.bands for part in version.plan.components)
    }
    if not plans:
        return []
    query = (
        visible_partners(viewer)
        .with_only_columns(Partner.code, Partner.name, Program.code, Program.name, EarnedGroup)
        .join(EarnedGroup, (EarnedGroup.participant_id == Partner.id) & (EarnedGroup.participant_kind == "partner"))
        .join(Program, Program.id == EarnedGroup.program_id)
        .where(EarnedGroup.period_start <= today, EarnedGroup.period_end > today, EarnedGroup.measure > 0)
        .where(Program.code.in_({code for code, _ in plans}))
    )
    found = []
    for code, name, program_code, program, group in session.execute(query):
        plan = plans.get((program_code, group.version_number))
        step = next_band(plan, group.component, group.measure, group.baseline) if plan is not None else None
        if step is not None and (step[0] - group.measure) * 100 <= step[0] * CLOSE_PERCENT:
            found.append(
                NearShop(code, name, program, program_code, group.measure, step[0] - group.measure,
                         group.measure_unit, step[1], group.period_end)
            )  # fmt: skip
    return sorted(found, key=lambda shop: (-shop.percent, shop.missing, shop.code))


def next_band(plan: Plan, component_code: str, measure: int, baseline: int | None) -> tuple[int, str] | None:
    """Where the next band begins in units of the measure, and its rate in words; None at the top."""
    component = next((part for part in plan.components if part.code == component_code), None)
    if component is None or not component.bands:
        return None
    for index, start in enumerate(starts_of(component, plan, baseline)):
        if start > measure:
            return start, rate_words(component, plan, index)
    return None


def starts_of(component: Component, plan: Plan, baseline: int | None) -> list[int]:
    """The start of each band in units of the measure; those of growth stand on the baseline, rounded up."""
    starts = [start for start, _, _ in bands_of(component, plan)]
    if component.method != "growth":
        return starts
    return [-(-start * (baseline or 0) // PERCENT_SCALE) for start in starts]
