"""Reading what-ifs and what they found."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.money import show_minor
from portal.partners.people.models import Person
from portal.programs.definitions.models import Program
from portal.programs.simulation.models import PaidFile, SimulationRow, SimulationRun, SimulationState
from portal.security.viewer import Viewer

CHUNK = 5000


def visible_simulations(viewer: Viewer) -> Select[SimulationRun]:
    """The vendor's people see every what-if; nobody else sees any."""
    query = select(SimulationRun)
    return query if viewer.can("simulation:read") else query.where(SimulationRun.id.is_(None))


def get_simulation(viewer: Viewer, number: int) -> SimulationRun:
    """A visible what-if by its number, as the database has it now."""
    query = visible_simulations(viewer).where(SimulationRun.id == number).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def list_simulations(viewer: Viewer, *, q: str = "", state: str = "", program: str = "") -> Select[Any]:
    """Visible what-ifs with their program, newest first, narrowed."""
    query = visible_simulations(viewer).join(Program, Program.id == SimulationRun.program_id).add_columns(Program)
    if q:
        query = query.where(
            SimulationRun.title.icontains(q, autoescape=True) | Program.name.icontains(q, autoescape=True)
        )
    if state:
        query = query.where(SimulationRun.state == state)
    if program:
        query = query.where(Program.code == program)
    return query.order_by(SimulationRun.id.desc())


def result_of(run: SimulationRun) -> dict[str, Any]:
    """What a finished what-if found, as plain data; nothing before its end."""
    return dict(json.loads(run.result)) if run.result else {}


def list_rows(run: SimulationRun, *, q: str = "", only: str = "") -> Select[SimulationRow]:
    """The participants of a what-if, narrowed to a name, to winners, losers or all who are affected."""
    query = select(SimulationRow).where(SimulationRow.run_id == run.id)
    if q:
        named = SimulationRow.name.icontains(q, autoescape=True) | SimulationRow.code.icontains(q, autoescape=True)
        query = query.where(named)
    narrowed = {
        "winners": SimulationRow.change > 0, "losers": SimulationRow.change < 0, "affected": SimulationRow.affected,
    }  # fmt: skip
    return query.where(narrowed[only]) if only in narrowed else query


def newest_simulation(
    program_id: int, *, draft_id: int | None = None, version: int | None = None, finished: bool = True
) -> SimulationRun | None:
    """The newest finished what-if of a draft or version of a program (of either, when neither is named).

    Without `finished` the newest that is or was worked on, unless it was canceled or failed.
    """
    states = [SimulationState.DONE, *([] if finished else [SimulationState.QUEUED, SimulationState.RUNNING])]
    query = select(SimulationRun).where(SimulationRun.program_id == program_id, SimulationRun.state.in_(states))
    if draft_id is not None:
        query = query.where(SimulationRun.draft_id == draft_id)
    if version is not None:
        query = query.where(SimulationRun.version_number == version)
    return session.scalar(query.order_by(SimulationRun.id.desc()).limit(1))


@dataclass(frozen=True)
class Impact:
    """What one participant would have earned in a window under the tried plan, and earned; minor units or points.

    `current` is None where nothing in the same unit was there to compare with.
    """

    own: int
    current: int | None
    unit: str
    since: dt.date
    until: dt.date

    @property
    def days(self) -> str:
        """From 1 July 2026 to 30 September 2026."""
        last = self.until - dt.timedelta(days=1)
        return f"From {self.since.day} {self.since:%B %Y} to {last.day} {last:%B %Y}"

    @property
    def sentence(self) -> str:
        """From 1 July 2026 to 30 September 2026 you would have earned 412.50 instead of 398.00 USD."""
        unit = "stars" if self.unit == "points" else self.unit
        own = show_minor(self.own, self.unit)
        if self.current is None:
            return f"{self.days} it would have paid you {own} {unit}."
        if self.own == self.current:
            return f"{self.days} you would have earned the same: {own} {unit}."
        return f"{self.days} you would have earned {own} instead of {show_minor(self.current, self.unit)} {unit}."


Who = tuple[str, int]


def impacts_of(simulation: SimulationRun, who: Iterable[Who]) -> dict[Who, Impact]:
    """What a finished what-if means to each of some participants; who is paid by neither plan is left out."""
    compared = simulation.current_cost is not None
    found: dict[Who, Impact] = {}
    by_kind: dict[str, set[int]] = {}
    for kind, number in who:
        by_kind.setdefault(kind, set()).add(number)
    for kind, numbers in by_kind.items():
        query = select(SimulationRow.participant_id, SimulationRow.own, SimulationRow.current).where(
            SimulationRow.run_id == simulation.id, SimulationRow.participant_kind == kind,
            SimulationRow.participant_id.in_(sorted(numbers)),
        )  # fmt: skip
        for number, own, current in session.execute(query):
            before = current if compared else None
            found[kind, number] = Impact(own, before, simulation.unit, simulation.since, simulation.until)
    return found


def impact_of(simulation: SimulationRun, participant_id: int, *, kind: str = "partner") -> Impact | None:
    """What a finished what-if means to one partner (or person); None when neither plan pays it anything."""
    return impacts_of(simulation, [(kind, participant_id)]).get((kind, participant_id))


def shops_of(person_ids: Iterable[int]) -> dict[int, int]:
    """The partner each person works for."""
    numbers = sorted(person_ids)
    found: dict[int, int] = {}
    for start in range(0, len(numbers), CHUNK):
        query = select(Person.id, Person.partner_id).where(Person.id.in_(numbers[start : start + CHUNK]))
        found |= {number: shop for number, shop in session.execute(query) if shop is not None}
    return found


def visible_paid_files(viewer: Viewer) -> Select[PaidFile]:
    """The vendor's people who may reconcile see every file; nobody else sees any."""
    query = select(PaidFile)
    return query if viewer.can("reconciliation:read") else query.where(PaidFile.id.is_(None))


def get_paid_file(viewer: Viewer, number: int) -> PaidFile:
    """A visible file of payments by its number."""
    query = visible_paid_files(viewer).where(PaidFile.id == number).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found
