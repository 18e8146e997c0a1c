"""What facts make these rooms calculate again; each is safe to hear twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from portal.core import clock
from portal.core.clock import from_day_number
from portal.core.db import session
from portal.core.ids import digest
from portal.partners.people.models import Person
from portal.programs.definitions.queries import find_program, list_versions, plan_of
from portal.programs.runs.jobs import run_full
from portal.programs.runs.reclassing import programs_by_end_customers, programs_by_tags
from portal.programs.runs.repricing import programs_by_prices, programs_by_rates
from portal.programs.runs.services import run_for
from portal.sales.journal.models import SaleLine
from portal.security.viewer import SYSTEM

CLAIM = "claim"


def recalculate_batch(fact: dict[str, Any]) -> None:
    """New lines: calculate the participants they touch. Claims have been calculated with their approval."""
    if fact["kind"] == CLAIM:
        return
    if fact["all_partners"]:
        return
    query = select(SaleLine.seller_id).where(SaleLine.batch_id == fact["batch_id"], SaleLine.seller_id.is_not(None))
    sellers = {number for number in session.scalars(query.distinct()) if number is not None}
    run_for(
        partner_ids=set(fact["partner_ids"]),
        seller_ids=sellers,
        reason=_came_in(fact),
        by=SYSTEM,
        days=(from_day_number(fact["first_day"]), from_day_number(fact["last_day"])),
        batch_id=fact["batch_id"],
    )


def recalculate_everybody(fact: dict[str, Any]) -> None:
    """So many partners were touched that a full run is the shorter way; it opens its own transactions."""
    if fact["all_partners"] and fact["kind"] != CLAIM:
        run_full(reason=_came_in(fact))


def _came_in(fact: dict[str, Any]) -> str:
    return f"sales from {fact['source']} came in (batch {fact['batch_id']})"


def recalculate_activities(fact: dict[str, Any]) -> None:
    """Activities came in: calculate the participants they touch."""
    run_for(
        partner_ids=set(fact["partner_ids"]),
        seller_ids=set(fact["seller_ids"]),
        reason=f"activities from {fact['source']} came in",
        by=SYSTEM,
        days=(from_day_number(fact["first_day"]), from_day_number(fact["last_day"])),
    )


def recalculate_targets(fact: dict[str, Any]) -> None:
    """Targets were set: calculate their participants in every period from the first one on."""
    if fact["everybody"]:
        return
    last = max(from_day_number(fact["last_day"]), clock.today())
    run_for(
        partner_ids=set(fact["partner_ids"]),
        seller_ids=set(fact["seller_ids"]),
        reason=f"targets from {fact['source']} came in",
        by=SYSTEM,
        days=(from_day_number(fact["first_day"]), last),
    )


def recalculate_all_targets(fact: dict[str, Any]) -> None:
    """So many targets were set that a full run is the shorter way; it opens its own transactions."""
    if fact["everybody"]:
        run_full(reason=f"targets from {fact['source']} came in")


def recalculate_values(fact: dict[str, Any]) -> None:
    """Dated values or the answer about SPIFs changed: calculate the partner and its people from that day on."""
    since = min(dt.date.fromisoformat(fact["valid_from"]), clock.today())
    people = set(session.scalars(select(Person.id).where(Person.partner_id == fact["partner_id"])))
    run_for(
        partner_ids={fact["partner_id"]},
        seller_ids=people,
        reason=f"a change of the partner that holds from {since}",
        by=SYSTEM,
        days=(since, clock.today()),
    )


def recalculate_terms(fact: dict[str, Any]) -> None:
    """Terms were accepted: what the partner sold since the first version that holds them may count from now on."""
    program = find_program(fact["program_code"])
    versions = [] if program is None else list_versions(program)
    bound = [version for version in versions if digest(plan_of(version).terms or "") == fact["terms_digest"]]
    recalculate_values(fact | {"valid_from": min(version.effective_from for version in bound).isoformat()})


def recalculate_program(fact: dict[str, Any]) -> None:
    """A version was published: calculate its program when it has begun."""
    if dt.date.fromisoformat(fact["effective_from"]) <= clock.today():
        reason = f"version {fact['version']} was published"
        run_full(program_code=fact["program_code"], reason=reason)


def recalculate_rates(fact: dict[str, Any]) -> None:
    """Exchange rates came in: calculate the programs that convert sales of these days."""
    codes = programs_by_rates(from_day_number(fact["first_day"]))
    _run_programs(codes, f"exchange rates from {fact['source']} came in")


def recalculate_prices(fact: dict[str, Any]) -> None:
    """List prices or costs came in: calculate the programs that look at them."""
    since = from_day_number(fact["first_day"])
    codes = programs_by_prices(fact["product_ids"], since, all_products=fact["all_products"])
    _run_programs(codes, f"prices from {fact['source']} came in")


def recalculate_end_customers(fact: dict[str, Any]) -> None:
    """End customers were classified: calculate the programs that leave some out."""
    _run_programs(programs_by_end_customers(), f"end customers from {fact['source']} came in")


def recalculate_tags(fact: dict[str, Any]) -> None:
    """Products got other tags: calculate the programs that count by them."""
    _run_programs(programs_by_tags(), f"tags of products from {fact['source']} came in")


def _run_programs(codes: list[str], reason: str) -> None:
    """One program alone, or everything in one pass; a full run opens its own transactions."""
    if codes:
        run_full(program_code=codes[0] if len(codes) == 1 else None, reason=reason)
