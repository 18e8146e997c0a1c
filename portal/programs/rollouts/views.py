"""How a version was told, and what it would have meant to each partner and seller."""

from __future__ import annotations

from flask import Response
from sqlalchemy import func

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.paging import paginate
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import get_program, plan_of
from portal.programs.enrollments.participants import Participants, participants_of
from portal.programs.rollouts import queries
from portal.programs.rollouts.models import Rollout
from portal.programs.runs.explanations import major
from portal.programs.simulation.models import SimulationRow
from portal.programs.simulation.queries import list_rows, result_of
from portal.programs.simulation.summary import ASSUMPTION
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
SORTS = {"name": SimulationRow.name, "before": SimulationRow.current, "after": SimulationRow.own,
         "change": SimulationRow.change, "size": func.abs(SimulationRow.change)}  # fmt: skip
HEADER = ["participant", "name", "tier", "before", "after", "difference", "unit", "from", "until_before"]


@bp.get("/programs/<code>/versions/<int:number>/rollout")
@requires("simulation:read")
def show_rollout(code: str, number: int) -> Response:
    """Who was told of a version, how many accepted its terms, and each participant's figure before and after."""
    program, rollout = _found(code, number)
    version = next(one for one in program.versions if one.number == number)
    simulation = queries.finished_simulation(rollout)
    state = read_list_state(sorts=tuple(SORTS), default_sort="-size", filters=("only",))
    rows = None
    if simulation is not None:
        column = SORTS[state.sort]
        order = column.desc() if state.descending else column.asc()
        query = list_rows(simulation, q=state.q, only=state.filters["only"]).order_by(order, SimulationRow.id)
        rows = paginate(session(), query, page=state.page)
    return page(
        "programs/rollouts/show_rollout.html", program=program, rollout=rollout, version=version, found=rows,
        simulation=simulation, result=result_of(simulation) if simulation else {}, state=state,
        people=len(queries.audience_of(rollout)), changes=queries.changes_of(program, number),
        who=_accepting(program, number) if plan_of(version).terms else None, assumption=ASSUMPTION,
    )  # fmt: skip


def _found(code: str, number: int) -> tuple[Program, Rollout]:
    program = get_program(viewer(), code)
    rollout = queries.find_rollout(program, number)
    if rollout is None:
        raise NotFound
    return program, rollout


def _accepting(program: Program, number: int) -> Participants | None:
    """Who accepted the terms, while the newest terms are those of this version."""
    who = participants_of(viewer(), program)
    return who if who.terms is not None and who.terms.version == number else None


@bp.get("/programs/<code>/versions/<int:number>/rollout.csv")
@requires("simulation:read")
def download_rollout(code: str, number: int) -> Response:
    """Everybody the search and the filter show, before and after, as a file; amounts in major units."""
    _, rollout = _found(code, number)
    simulation = queries.finished_simulation(rollout)
    if simulation is None:
        raise NotFound
    state, unit = read_list_state(filters=("only",)), simulation.unit
    days = [simulation.since.isoformat(), simulation.until.isoformat()]
    found = session.scalars(list_rows(simulation, q=state.q, only=state.filters["only"]).order_by(SimulationRow.code))
    rows = (
        [row.code, row.name, row.tier, major(row.current, unit), major(row.own, unit), major(row.change, unit), unit]
        for row in found
    )
    return send_csv(f"{code}-version-{number}-impact.csv", HEADER, ([*row, *days] for row in rows))
