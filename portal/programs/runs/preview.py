"""What lines that nobody has filed yet would earn their seller, found by running the engine on them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from portal.core.clock import day_number, from_day_number
from portal.core.money import POINTS
from portal.engine import pipeline as engine
from portal.engine.periods import Program as EngineProgram
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import KnownFacts, read_facts
from portal.programs.runs.reach import partners_to_read
from portal.programs.runs.values import LinePreview, PreviewLine

IN_NO_PROGRAM = "In no program"
REASONS = {
    Answer.FORBIDDEN: "Your shop does not allow bonuses to its people",
    Answer.TO_COMPANY: "Your shop takes the bonus itself",
}


@dataclass(frozen=True)
class Occasion:
    """Who sells, for which shop, on which day."""

    seller_id: int
    partner_id: int
    sold_on: dt.date


def preview_lines(
    *, seller_id: int, partner_id: int, sold_on: dt.date, lines: Sequence[PreviewLine]
) -> list[LinePreview]:
    """What each line would add to the seller's earnings, one after the other, in points or minor units."""
    if not lines:
        return []
    answer = answer_on(partner_id, sold_on)
    if answer is not Answer.ALLOWED:
        return [LinePreview(points=0, reason=REASONS[answer]) for _ in lines]
    day = day_number(sold_on)
    programs = _programs_on(day)
    if not programs:
        return [LinePreview(points=0, reason=IN_NO_PROGRAM) for _ in lines]
    occasion = Occasion(seller_id, partner_id, sold_on)
    known = _known(programs, occasion)
    steps = [_earned(programs, known, occasion, lines[:count]) for count in range(len(lines) + 1)]
    return [_difference(before, after) for before, after in itertools.pairwise(steps)]


def _programs_on(day: int) -> list[EngineProgram]:
    """Programs that pay sellers and touch the day."""
    found = []
    for program in engine_programs():
        last = program.versions[-1].plan
        starts = day_number(program.versions[0].plan.starts)
        ended = last.effective.until is not None and day_number(last.effective.until) <= day
        if last.participant == "seller" and starts <= day and not ended:
            found.append(program)
    return found


def _known(programs: list[EngineProgram], occasion: Occasion) -> KnownFacts:
    day = day_number(occasion.sold_on)
    first, after = engine.reach(programs, day, day + 1)
    reading = partners_to_read(programs, {occasion.partner_id}, {occasion.seller_id})
    known = read_facts(
        partner_ids=reading, since=from_day_number(first), until=from_day_number(after),
        names=engine.needs_names(programs),
    )  # fmt: skip
    own = known.facts.sales.filter(pl.col("seller_id") == occasion.seller_id)
    return replace(known, facts=replace(known.facts, sales=own))


Earned = dict[tuple[str, str], int]


def _earned(
    programs: list[EngineProgram], known: KnownFacts, occasion: Occasion, lines: Sequence[PreviewLine]
) -> Earned:
    day = day_number(occasion.sold_on)
    sales = pl.concat([known.facts.sales, _as_sales(known.facts.sales, occasion, lines)], how="vertical")
    facts = replace(known, facts=replace(known.facts, sales=sales))
    earnings = compute(programs, facts, from_day=day, until_day=day + 1)
    mine = earnings.filter((pl.col("participant_kind") == "person") & (pl.col("participant_id") == occasion.seller_id))
    totals = mine.group_by("program", "unit").agg(pl.col("earned").sum())
    return {(program, unit): earned for program, unit, earned in totals.iter_rows()}


def _as_sales(like: pl.DataFrame, occasion: Occasion, lines: Sequence[PreviewLine]) -> pl.DataFrame:
    """The lines as rows of the sales frame, behind every real one."""
    day = day_number(occasion.sold_on)
    rows = [
        {
            "line_id": 2**62 + number,
            "batch_seq": 2**62,
            "flow": "sell_out",
            "partner_id": occasion.partner_id,
            "seller_id": occasion.seller_id,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "amount": line.amount,
            "currency": line.currency,
            "sold_day": day,
            "origin_day": day,
            "source": "claim",
        }
        for number, line in enumerate(lines)
    ]
    return pl.DataFrame(rows, schema=like.schema) if rows else like.clear()


def _difference(before: Earned, after: Earned) -> LinePreview:
    gained = {key: after.get(key, 0) - before.get(key, 0) for key in {*before, *after}}
    paying = sorted(key for key, amount in gained.items() if amount)
    points = sum(amount for (_, unit), amount in gained.items() if unit == POINTS)
    money = {unit for _, unit in paying if unit != POINTS}
    unit = min(money) if money else None
    minor = sum(amount for (_, paid), amount in gained.items() if paid == unit) if unit else 0
    programs = [program for program, _ in paying]
    return LinePreview(points, minor, unit, programs, None if paying else IN_NO_PROGRAM)
