"""Telling a version: the figures are asked for at once, the people told in small steps when they are there."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.events import emit
from portal.engine.plan import Plan
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.queries import engine_programs, find_program, plan_of
from portal.programs.definitions.words import day_words
from portal.programs.enrollments.rules import OPT_IN
from portal.programs.rollouts import queries
from portal.programs.rollouts.events import VersionTold
from portal.programs.rollouts.models import Rollout
from portal.programs.simulation.calculation import before_version
from portal.programs.simulation.models import SimulationRun, SimulationState
from portal.programs.simulation.services import WAITING, start_simulation
from portal.programs.simulation.spans import compared_days
from portal.security.viewer import SYSTEM

# So few people in one fact that its mails hold nobody up.
BATCH = 50
LATEST = dt.timedelta(hours=1)
TOO_LATE = "the calculation did not end in time"
STOPPED = "the calculation was canceled"


def begin_rollout(code: str, number: int, person_ids: list[int], sentence: str) -> None:
    """Ask what a published version would have paid each, and keep whom to tell; a second call changes nothing."""
    program = find_program(code)
    version = next((one for one in program.versions if one.number == number), None) if program else None
    if program is None or version is None or queries.find_rollout(program, number) is not None:
        return
    simulation, why_not = _ask(program, version)
    session.add(
        Rollout(
            program_id=program.id, version_number=number, simulation_id=simulation.id if simulation else None,
            sentence=sentence, why_not=why_not, audience=json.dumps(person_ids), told=0, created_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()


def _ask(program: Program, version: ProgramVersion) -> tuple[SimulationRun | None, str]:
    """The what-if of a version beside those before it over the newest closed period, or why there is none."""
    known = before_version(engine_programs(code=program.code), {program.code}, version.number)
    span, why_not = compared_days(plan_of(version), next(iter(known), None), clock.today())
    if span is None:
        return None, why_not
    title = f"Version {version.number}, as announced"
    try:
        asked = start_simulation(
            program, version.source_text, title, span, by=SYSTEM, version=version.number, before=version.number
        )
    except PortalError as error:
        return None, error.sentence.rstrip(".")
    return asked, ""


def step_rollout(number: int) -> bool:
    """Tell the next people of a roll-out whose figures are there; whether anybody was told. `number` is its row's."""
    rollout = session.scalar(
        select(Rollout).where(Rollout.id == number, Rollout.told_at.is_(None))
        .with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    if rollout is None or _still_calculating(rollout):
        return False
    audience = _audience(rollout)
    program = session.get_one(Program, rollout.program_id)
    now, then = audience[rollout.told : rollout.told + BATCH], rollout.told + BATCH
    if now:
        _tell(rollout, program.code, now)
    rollout.told = min(then, len(audience))
    if then >= len(audience):
        _finish(rollout, program, len(audience))
    session.flush()
    return True


def _still_calculating(rollout: Rollout) -> bool:
    """Whether its figures are on their way; a calculation that came to nothing leaves its reason."""
    simulation = queries.simulation_of(rollout)
    if simulation is None or rollout.why_not or simulation.state == SimulationState.DONE:
        return False
    if simulation.state in WAITING:
        if clock.now() - rollout.created_at < LATEST:
            return True
        rollout.why_not = TOO_LATE
    else:
        rollout.why_not = (simulation.failure or STOPPED).rstrip(".")
    return False


def _audience(rollout: Rollout) -> list[int]:
    """Whom to tell; before the first is told, those who lose by it are added, though it pays them no longer."""
    known = queries.audience_of(rollout)
    simulation = queries.finished_simulation(rollout)
    if rollout.told == 0 and simulation is not None and not rollout.why_not:
        known = list(dict.fromkeys([*known, *queries.touched_people(simulation)]))
        rollout.audience = json.dumps(known)
    return known


def _tell(rollout: Rollout, code: str, numbers: list[int]) -> None:
    program = find_program(code)
    if program is None:
        return
    version = next(one for one in program.versions if one.number == rollout.version_number)
    plan, people = plan_of(version), queries.people_of(numbers)
    changes, asked = queries.changes_of(program, version.number), queries.has_new_terms(program, version.number)
    emit(
        VersionTold(
            program_code=code, program_name=plan.name, version=version.number,
            effective_from=day_words(version.effective_from), sentence=_headline(rollout, plan, changes),
            changes=changes, link=f"/my-programs/{code}",
            terms=asked, answer_by=_answer_by(plan, version.number) if asked else "",
            person_ids=[person.id for person in people],
            recipients=[person.email if person.role == "partner_admin" else "" for person in people],
            personal=queries.personal_sentences(rollout, plan, people),
        )
    )  # fmt: skip


def _answer_by(plan: Plan, number: int) -> str:
    """By when those who take part already must accept the terms of a new version."""
    return day_words(plan.answer_day) if plan.enrollment == OPT_IN and number > 1 else ""


def _headline(rollout: Rollout, plan: Plan, changes: list[str]) -> str:
    """What is new, in one or two sentences: the announcement's own, but for a change, which is told in words."""
    if rollout.version_number == 1:
        return rollout.sentence
    same = "" if changes else " What it pays, and for what, stays as it is."
    return f"{plan.name} is changed to version {rollout.version_number} from {day_words(plan.starts)}.{same}"


def _finish(rollout: Rollout, program: Program, people: int) -> None:
    rollout.told_at = clock.now()
    audit.record(
        "program.told", kind="program", id=program.code, actor=SYSTEM,
        label=f"{program.name}, version {rollout.version_number}",
        after={"version": rollout.version_number, "people": people, "simulation": rollout.simulation_id},
    )  # fmt: skip
