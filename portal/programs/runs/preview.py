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
from portal.engine.periods import windows_of
from portal.engine.plan import Plan
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.around import compute_around
from portal.programs.runs.facts import KnownFacts, read_facts, with_posted
from portal.programs.runs.reach import by_reach, companions, partners_to_read
from portal.programs.runs.values import LinePreview, PreviewLine

IN_NO_PROGRAM = "In no program"
COUNTS_ONLY = "Counts, but pays nothing more now"
REASONS = {
    Answer.FORBIDDEN: "Your shop has not allowed bonuses to its people",
    Answer.TO_COMPANY: "Your shop takes the bonus itself",
}


@dataclass(frozen=True)
class Occasion:
    """Who sells, for which shop, on which day; `credits` are lines of the journal that the sale is about."""

    seller_id: int
    partner_id: int
    sold_on: dt.date
    credits: frozenset[int]


def preview_lines(
    *, seller_id: int, partner_id: int, sold_on: dt.date, lines: Sequence[PreviewLine]
) -> list[LinePreview]:
    """What each line would add to the seller's earnings, one after the other, in points or minor units."""
    if not lines:
        return []
    answer = answer_on(partner_id, sold_on)
    if answer is not Answer.ALLOWED:
        return [LinePreview(points=0, reason=REASONS[answer]) for _ in lines]
    programs = _programs_on(day_number(sold_on))
    if not programs:
        return [LinePreview(points=0, reason=IN_NO_PROGRAM) for _ in lines]
    credited = frozenset(line.credits for line in lines if line.credits is not None)
    occasion = Occasion(seller_id, partner_id, sold_on, credited)
    known = _known(programs, occasion)
    steps = [_earned(known, occasion, lines[:count]) for count in range(len(lines) + 1)]
    return [_difference(before, after) for before, after in itertools.pairwise(steps)]


def _programs_on(day: int) -> list[EngineProgram]:
    """Programs that pay sellers for sales of the day, and those that compete with them for lines."""
    every = engine_programs()
    paying = {program.code for program in every if any(_pays_sellers(plan) for plan in _in_force(program, day))}
    wanted = {one.code for code in paying for one in companions(every, code)}
    return [program for program in every if program.code in wanted]


def _in_force(program: EngineProgram, day: int) -> list[Plan]:
    return [window.version.plan for window in windows_of(program, day) if window.start <= day < window.end]


def _pays_sellers(plan: Plan) -> bool:
    return "seller" in (plan.credited_to or (plan.participant,))


Known = list[tuple[list[EngineProgram], KnownFacts]]


def _known(programs: list[EngineProgram], occasion: Occasion) -> Known:
    """The facts of each kind of reach: the seller's own sales, everybody's of the period, everybody's ever."""
    own, shared, lasting = by_reach(programs)
    found: Known = []
    if own:
        reading = partners_to_read(own, {occasion.partner_id}, {occasion.seller_id})
        known = _read(own, occasion, reading)
        mine = (pl.col("seller_id") == occasion.seller_id) | pl.col("line_id").is_in(list(occasion.credits))
        found.append((own, replace(known, facts=replace(known.facts, sales=known.facts.sales.filter(mine)))))
    if shared:
        found.append((shared, _read(shared, occasion, None)))
    if lasting:
        found.append((lasting, with_posted(read_facts(names=True), lasting)))
    return found


def _read(programs: list[EngineProgram], occasion: Occasion, partner_ids: set[int] | None) -> KnownFacts:
    day = day_number(occasion.sold_on)
    first, after = engine.reach(programs, day, day + 1)
    return read_facts(
        partner_ids=partner_ids, since=from_day_number(first), until=from_day_number(after),
        names=engine.needs_names(programs),
    )  # fmt: skip


@dataclass(frozen=True)
class Stand:
    """What a seller has earned by program and unit, and what counted for it."""

    earned: dict[tuple[str, str], int]
    counted: int


def _earned(known: Known, occasion: Occasion, lines: Sequence[PreviewLine]) -> Stand:
    day = day_number(occasion.sold_on)
    earned: dict[tuple[str, str], int] = {}
    counted = 0
    for programs, facts in known:
        sales = _with_lines(facts.facts.sales, occasion, lines)
        earnings = compute_around(programs, replace(facts, facts=replace(facts.facts, sales=sales)), day)
        mine = earnings.filter(pl.col("participant_kind") == "person", pl.col("participant_id") == occasion.seller_id)
        totals = mine.group_by("program", "unit").agg(pl.col("earned", "measure").sum())
        earned |= {(program, unit): amount for program, unit, amount, _ in totals.iter_rows()}
        counted += int(totals["measure"].sum())
    return Stand(earned, counted)


def _with_lines(sales: pl.DataFrame, occasion: Occasion, lines: Sequence[PreviewLine]) -> pl.DataFrame:
    """The sales with the lines behind every real one, and with the seller on those the journal has already."""
    credited = [line.credits for line in lines if line.credits is not None]
    seller = pl.when(pl.col("line_id").is_in(credited)).then(occasion.seller_id).otherwise(pl.col("seller_id"))
    known = set(sales.filter(pl.col("line_id").is_in(credited))["line_id"]) if credited else set()
    new = [line for line in lines if line.credits not in known]
    return pl.concat([sales.with_columns(seller.alias("seller_id")), _as_sales(sales, occasion, new)], how="vertical")


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
            "invoice_no": line.invoice_no,
            "end_customer": line.end_customer,
        }
        for number, line in enumerate(lines)
    ]
    known = [{name: value for name, value in row.items() if name in like.schema} for row in rows]
    return pl.DataFrame(known, schema=like.schema) if rows else like.clear()


def _difference(before: Stand, after: Stand) -> LinePreview:
    gained = {key: after.earned.get(key, 0) - before.earned.get(key, 0) for key in {*before.earned, *after.earned}}
    paying = sorted(key for key, amount in gained.items() if amount)
    points = sum(amount for (_, unit), amount in gained.items() if unit == POINTS)
    money = {unit for _, unit in paying if unit != POINTS}
    unit = min(money) if money else None
    minor = sum(amount for (_, paid), amount in gained.items() if paid == unit) if unit else 0
    programs = [program for program, _ in paying]
    idle = COUNTS_ONLY if after.counted != before.counted else IN_NO_PROGRAM
    return LinePreview(points, minor, unit, programs, None if paying else idle)
