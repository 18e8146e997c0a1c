"""Baselines fixed at the opening, when shops are merged or split later: they are added up from that day on (D7).

What was known when they were fixed stays what counts: a return that came later moves none of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal

import polars as pl
from sqlalchemy import func, select

from portal.audit import services as audit
from portal.core import clock
from portal.core.clock import day_number
from portal.core.columns import read_frame
from portal.core.db import session
from portal.core.sequence import next_seq
from portal.engine.frames import TARGET_SCALE, Facts
from portal.engine.periods import windows_of
from portal.partners.mergers.queries import merged_with, read_moves
from portal.partners.mergers.rules import with_moves
from portal.partners.organizations.frames import read_partner_values
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import engine_programs, find_program
from portal.programs.runs.facts import read_facts
from portal.programs.runs.reach import participants_to_post, partners_to_read
from portal.programs.target_sheets.freezing import AHEAD, Opening, is_fixed_at_open, measure_baselines, send_baselines
from portal.programs.targets.models import Target
from portal.programs.targets.services import set_target

Who = tuple[str, int]


def refix_baselines(partner_ids: Collection[int], since: dt.date, *, reason: str) -> int:
    """Write the fixed baselines of these partners anew, in periods that end after a day; how many changed.

    Joins the caller's transaction; whoever calls calculates the partners afterwards.
    """
    together = merged_with(partner_ids)
    return sum(_refix(opening, fixed_at, together, reason) for opening, fixed_at in list(_fixed_openings(since)))


def _fixed_openings(since: dt.date) -> Iterator[tuple[Opening, dt.datetime]]:
    """The components with fixed baselines in periods that end after the day, and when they were fixed.

    People take their sales along wherever they work, so only what pays partners and their parents is concerned.
    """
    for program in engine_programs():
        for window in windows_of(program, day_number(clock.today()) + AHEAD):
            plan = window.version.plan
            concerned = window.end > day_number(since) and plan.participant in ("partner", "parent")
            for component in plan.components if concerned else ():
                opening = Opening(program, component, window)
                fixed_at = _fixed_at(opening) if is_fixed_at_open(component) else None
                if fixed_at is not None:
                    yield opening, fixed_at


def _fixed_at(opening: Opening) -> dt.datetime | None:
    query = select(func.min(Target.recorded_at))
    return session.scalar(query.where(Target.measure == opening.measure, Target.period_start == opening.period_start))


def _refix(opening: Opening, fixed_at: dt.datetime, partner_ids: set[int], reason: str) -> int:
    program = find_program(opening.program.code)
    if program is None:
        return 0
    whose, reading = partner_ids, partner_ids
    if opening.plan.participant == "parent":  # a parent's baseline is that of all its branches
        whose, reading = participants_to_post(partner_ids), partners_to_read([opening.program], partner_ids, set())
    before = _standing(opening, whose)
    known = read_facts(fixed_at, partner_ids=reading, **opening.base_days, names=opening.asks_names).facts
    found = measure_baselines(opening, _restated(known, reading))
    now = {(kind, number): value for kind, number, value in found if number in whose}
    changed = {
        who: now.get(who, Decimal(0)) for who in {*before, *now} if now.get(who, Decimal(0)) != before.get(who, 0)
    }
    if changed:
        _write(opening, program, changed, reason)
    return len(changed)


def _standing(opening: Opening, partner_ids: set[int]) -> dict[Who, Decimal]:
    """The newest fixed baselines of these partners."""
    query = select(Target).where(
        Target.measure == opening.measure, Target.period_start == opening.period_start,
        Target.participant_kind == "partner", Target.participant_id.in_(partner_ids),
    )  # fmt: skip
    rows = session.scalars(query.order_by(Target.seq, Target.id))
    return {("partner", row.participant_id): Decimal(row.target) / TARGET_SCALE for row in rows}


def _restated(facts: Facts, partner_ids: set[int]) -> Facts:
    """The facts with every line at the partner it belongs to by the mergers that stand now.

    A shop that a split has made since is what it is now.
    """
    listed = ", ".join(str(int(number)) for number in sorted(partner_ids))
    query = (
        f"SELECT id AS line_id, partner_id FROM sale_line WHERE partner_id IN ({listed}) "  # noqa: S608  numbers
        f"UNION ALL SELECT -id AS line_id, partner_id FROM activity WHERE partner_id IN ({listed})"
    )
    owners = read_frame(query, {"line_id": pl.Int64(), "partner_id": pl.Int64()})
    lines = facts.sales.drop("partner_id", "base_partner_id", strict=False)
    lines = lines.join(owners, on="line_id", how="inner", maintain_order="left")
    values = facts.partner_values
    younger = read_partner_values(partner_ids=partner_ids).join(values, on="partner_id", how="anti")
    values = pl.concat([values, younger.select(values.columns)])
    return replace(facts, sales=with_moves(lines, read_moves()), partner_values=values)


def _write(opening: Opening, program: Program, changed: dict[Who, Decimal], reason: str) -> None:
    seq = next_seq()
    for (kind, number), value in sorted(changed.items()):
        set_target(kind, number, opening.measure, opening.period_start, value, seq=seq)
    send_baselines(opening, program, [(*who, value) for who, value in sorted(changed.items()) if value > 0])
    after = {"count": len(changed), "period": opening.period_start.isoformat(), "component": opening.component.code}
    audit.record("baseline.refixed", kind="program", id=program.code, label=program.name, after=after, reason=reason)
