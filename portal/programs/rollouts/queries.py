"""Reading how versions were told, and what each would have meant to a participant."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.engine.plan import Plan
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.differences import NAMES, differences
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.queries import plan_of
from portal.programs.rollouts.models import Rollout
from portal.programs.rollouts.rules import UNKNOWN, personal_words
from portal.programs.simulation.models import SimulationRow, SimulationRun, SimulationState
from portal.programs.simulation.queries import Impact, Who, impact_of, impacts_of
from portal.programs.statements.participants import Participant
from portal.security.viewer import Role

# For how long after its first day a version is still news.
NEWS = dt.timedelta(days=60)
# What partners are never shown of a plan.
INSIDE = ("goal", "budget", "pilot")


@dataclass(frozen=True)
class News:
    """What a coming or young version means to one participant; `personal` is empty while it is being calculated."""

    version: int
    effective_from: dt.date
    personal: str

    @property
    def coming(self) -> bool:
        """Whether it is not in force yet."""
        return self.effective_from > clock.today()


def find_rollout(program: Program, number: int) -> Rollout | None:
    """How a version is told; None when nobody was told of it."""
    query = select(Rollout).where(Rollout.program_id == program.id, Rollout.version_number == number)
    return session.scalar(query.execution_options(populate_existing=True))


def told_versions(program: Program) -> set[int]:
    """The numbers of the versions that were announced."""
    return set(session.scalars(select(Rollout.version_number).where(Rollout.program_id == program.id)))


def simulation_of(rollout: Rollout) -> SimulationRun | None:
    """What was calculated for it, finished or not."""
    return None if rollout.simulation_id is None else session.get(SimulationRun, rollout.simulation_id)


def finished_simulation(rollout: Rollout) -> SimulationRun | None:
    """What was calculated for it, once it is there."""
    found = simulation_of(rollout)
    return found if found is not None and found.state == SimulationState.DONE else None


def news_for(who: Participant, versions: Sequence[tuple[Plan, ProgramVersion]]) -> dict[int, News]:
    """What is new in some programs for a participant, by program: versions that come or began lately."""
    today = clock.today()
    young = {version.program_id: (plan, version) for plan, version in versions if version.effective_from > today - NEWS}
    query = select(Rollout).where(Rollout.program_id.in_(young))
    found: dict[int, News] = {}
    for rollout in session.scalars(query) if young else ():
        plan, version = young[rollout.program_id]
        if rollout.version_number == version.number:
            personal = _personal(rollout, plan, who)
            found[rollout.program_id] = News(version.number, version.effective_from, personal)
    return found


def _personal(rollout: Rollout, plan: Plan, who: Participant) -> str:
    if rollout.why_not:
        return UNKNOWN.format(rollout.why_not)
    simulation = finished_simulation(rollout)
    if simulation is None:
        return ""
    impact = impact_of(simulation, who.id, kind=who.kind)
    return personal_words(impact, _window(simulation), admin=who.kind == "partner", plan=plan)


def _window(simulation: SimulationRun) -> Impact:
    return Impact(0, simulation.current_cost, simulation.unit, simulation.since, simulation.until)


def personal_sentences(rollout: Rollout, plan: Plan, people: Sequence[Person]) -> list[str]:
    """What each of some people reads about themselves or their company, in their order."""
    if rollout.why_not:
        return [UNKNOWN.format(rollout.why_not)] * len(people)
    simulation = finished_simulation(rollout)
    if simulation is None:
        return [""] * len(people)
    found = impacts_of(simulation, {_participant(person) for person in people})
    window = _window(simulation)
    return [
        personal_words(found.get(_participant(one)), window, admin=one.role == Role.PARTNER_ADMIN, plan=plan)
        for one in people
    ]


def _participant(person: Person) -> Who:
    """Whose figure a person reads: an admin the company's, a seller the own."""
    admin = person.role == Role.PARTNER_ADMIN and person.partner_id is not None
    return ("partner", person.partner_id or 0) if admin else ("person", person.id)


def touched_people(simulation: SimulationRun) -> list[int]:
    """The active people of everybody whose amount changes: admins of partners, and the sellers themselves."""
    changed = select(SimulationRow.participant_id).where(SimulationRow.run_id == simulation.id, SimulationRow.affected)
    partners = changed.where(SimulationRow.participant_kind == "partner")
    persons = changed.where(SimulationRow.participant_kind == "person")
    active = select(Person.id).where(Person.state == PersonState.ACTIVE).order_by(Person.id)
    admins = active.where(Person.role == Role.PARTNER_ADMIN, Person.partner_id.in_(partners))
    return [*session.scalars(admins), *session.scalars(active.where(Person.id.in_(persons)))]


def people_of(numbers: Iterable[int]) -> list[Person]:
    """The persons of some numbers who may still log in, in that order."""
    wanted = list(numbers)
    query = select(Person).where(Person.id.in_(wanted), Person.state == PersonState.ACTIVE)
    known = {person.id: person for person in session.scalars(query)}
    return [known[number] for number in wanted if number in known]


def changes_of(program: Program, number: int) -> list[str]:
    """What a version changes for those it pays, in words; nothing for the first. `program` with its versions.

    Its first day is no change: everybody reads it in the head. What is the vendor's own business is left out.
    """
    older = [version for version in program.versions if version.number < number]
    if not older:
        return []
    newer = plan_of(next(version for version in program.versions if version.number == number))
    known = plan_of(older[-1]).model_copy(update={name: getattr(newer, name) for name in INSIDE})
    told = differences(known, newer)
    return [one for one in told if not one.startswith(f"{NAMES['effective.from']}: ")]


def has_new_terms(program: Program, number: int) -> bool:
    """Whether a version has terms whose text no earlier one had, so that they wait for an answer."""
    known = {version.number: plan_of(version).terms for version in program.versions if version.number <= number}
    text = known.pop(number)
    return bool(text) and text not in known.values()


def audience_of(rollout: Rollout) -> list[int]:
    """The numbers of everybody who is told, in their order."""
    return [int(number) for number in json.loads(rollout.audience)]
