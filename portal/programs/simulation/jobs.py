"""Working through what-ifs: read, calculate, compare, resample, store; each step says how far it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.engine.plan import Plan
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation import figures
from portal.programs.simulation.calculation import History, Outcome, read_history, try_plans
from portal.programs.simulation.cliffs import cliffs, jumps
from portal.programs.simulation.models import SimulationRun
from portal.programs.simulation.queries import shops_of
from portal.programs.simulation.risk import budget_risk
from portal.programs.simulation.services import (
    WAITING,
    claim_simulation,
    fail_simulation,
    finish_simulation,
    step_simulation,
)
from portal.programs.simulation.spans import Span
from portal.programs.simulation.spread import by_band, by_tier, tiers_at
from portal.programs.simulation.summary import summarize

STAGES = ("read", "draft", "current", "cliffs", "risk", "store")


class Stopped(Exception):
    """Somebody canceled the what-if, or another worker took it over."""


def run_waiting_simulations() -> int:
    """What the worker calls: calculate every what-if that waits; returns how many."""
    free = or_(SimulationRun.lease_until.is_(None), SimulationRun.lease_until < clock.now())
    query = select(SimulationRun.id).where(SimulationRun.state.in_(WAITING), free).order_by(SimulationRun.id)
    waiting = list(session.scalars(query))
    session.rollback()
    return sum(run_simulation(run_id) for run_id in waiting)


def run_simulation(run_id: int) -> bool:
    """Calculate one what-if; False when it was not there to be taken, or was taken away meanwhile."""
    with transaction():
        if not claim_simulation(run_id):
            return False
    run = session.get_one(SimulationRun, run_id, populate_existing=True)
    text, span, against = run.source_text, Span(run.since, run.until), run.against
    before = run.before_version
    try:
        result, rows = _found(run_id, parse_plan(text), span, against, before)
        with transaction():
            if not step_simulation(run_id, "store"):
                return False
            finish_simulation(run_id, result, rows)
    except Stopped:
        return False
    except PortalError as error:
        with transaction():
            fail_simulation(run_id, error.sentence)
    return True


def _found(
    run_id: int, plan: Plan, span: Span, against: str | None, before: int | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    def told(stage: str) -> None:
        with transaction():
            kept = step_simulation(run_id, stage)
        if not kept:
            raise Stopped

    history = read_history([plan], span, before=before)
    outcome = try_plans([plan], history, against=against, told=told)[0]
    told("cliffs")
    result = summarize(outcome, span) | {"bands": by_band(outcome.own), "cliffs": cliffs(outcome, history)}
    result["jumps"] = jumps(outcome)
    told("risk")
    unlimited = _unlimited(outcome, history)
    result["risk"] = budget_risk(plan, span, figures.totals(unlimited)["own"])
    rows = _rows(outcome, history)
    tiers = {(row["participant_kind"], row["participant_id"]): row["tier"] for row in rows}
    result["tiers"] = by_tier(figures.totals(outcome), tiers)
    return result, rows


def _unlimited(outcome: Outcome, history: History) -> Outcome:
    """The same without a budget that stops payments: what would be owed if it did not."""
    if outcome.plan.budget is None or outcome.plan.budget.when_reached != "stop":
        return outcome
    return try_plans([outcome.plan.model_copy(update={"budget": None})], history)[0]


def _rows(outcome: Outcome, history: History) -> list[dict[str, Any]]:
    """One row a participant, named, with the tier on the last day of the window."""
    everybody = figures.totals(outcome)
    names = figures.people_of([everybody])
    tiers = tiers_at(history.known.facts.partner_values, history.span.after - 1)
    shops = shops_of([number for kind, number in names if kind == "person"])
    found = []
    for kind, number, measure, own, current in everybody.iter_rows():
        payee = names[kind, number]
        tier = tiers.get(number if kind == "partner" else shops.get(number, 0), "")
        values = {"participant_kind": kind, "participant_id": number, "code": payee.code, "name": payee.name}
        found.append(values | {"tier": tier, "measure": measure, "own": own, "current": current,
                               "change": own - current, "affected": own != current})  # fmt: skip
    return found
