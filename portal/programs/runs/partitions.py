"""A calculation over more lines than memory should hold: participants in partitions, each calculated on its own.

Whoever can share an earning stays together: partners that merged, parents with their branches, sellers with every shop
they sold for. Programs that look at everybody come afterwards, a period at a time, on the lines they could count.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from sqlalchemy import text

from portal.core import db
from portal.core.columns import read_frame, split_parts
from portal.core.db import session
from portal.core.splitting import PLACE, read_split
from portal.engine import pipeline as engine
from portal.engine.frames import Facts, with_activities
from portal.engine.periods import Program
from portal.engine.place import HERE, Place
from portal.partners.mergers.queries import merger_pairs
from portal.programs.runs.calculation import compute, settled_sums
from portal.programs.runs.digests import Tally, frame_digest
from portal.programs.runs.facts import facts_around, read_needed, reading_of, with_employers_answer, with_posted
from portal.programs.runs.reach import by_reach
from portal.programs.runs.run_folder import run_folder
from portal.programs.runs.wide import WideLines
from portal.sales.journal.frames import counted_lines, lines_queries, read_batches

I64 = pl.Int64()
Link = tuple[object, int]
LINES_AT_ONCE = 1_000_000
SELLERS = """
    SELECT DISTINCT seller_id, partner_id FROM sale_line WHERE seller_id IS NOT NULL
    UNION SELECT c.seller_id, l.partner_id FROM sale_credit c JOIN sale_line l ON l.id = c.line_id
    UNION SELECT c.seller_id, l.partner_id FROM sale_credit c JOIN sale_line l ON l.returns_line_id = c.line_id
    UNION SELECT c.seller_id, l.partner_id FROM sale_credit c JOIN sale_line l ON l.reverses_line_id = c.line_id
    UNION SELECT seller_id, partner_id FROM activity WHERE seller_id IS NOT NULL"""
FAMILIES = "SELECT DISTINCT parent_id, partner_id FROM partner_value WHERE parent_id IS NOT NULL"
ORDER = ["program", "period_start", "participant_id", "participant_kind"]


@dataclass(frozen=True)
class Calculated:
    """What everybody has earned, of how many lines, and the digest of those lines."""

    earnings: pl.DataFrame
    lines: int
    input_digest: str


def calculate_all(
    programs: list[Program],
    as_of: dt.datetime | None,
    *,
    posting: bool,
    place: Place = HERE,
    lines_at_once: int = LINES_AT_ONCE,
) -> Calculated:
    """The earnings of all participants on the facts known at `as_of` (now), however many lines there are.

    `posting` says that what is posted keeps its place in budgets. No cent, no order of rows and no digest depends on
    `lines_at_once`; a cluster (`place`) is given everything at once.
    """
    if place is HERE and not db.in_transaction() and _highest() > lines_at_once:
        return _in_partitions(programs, as_of, posting=posting, lines_at_once=lines_at_once)
    known = read_needed(programs, as_of)
    known = with_posted(known, programs) if posting else known
    known = replace(known, facts=replace(known.facts, place=place))
    digest = frame_digest(known.facts.sales)
    return Calculated(compute(programs, known), known.facts.sales.height, digest)


def _in_partitions(
    programs: list[Program], as_of: dt.datetime | None, *, posting: bool, lines_at_once: int
) -> Calculated:
    reading = reading_of(programs, as_of)
    names, without = reading.needs.names, reading.without
    with run_folder() as folder:
        batches = read_batches(as_of)  # before the lines, so that all lines of a batch known here are there
        places = place_partners(_weights(), _links(programs), lines_at_once)
        queries, kinds = lines_queries(_highest(), names=names, without=without, since=reading.since)
        split_parts(queries, "partner_id", places, folder)
        none = counted_lines(pl.DataFrame(schema=kinds), batches, as_of, names=names, without=without)
        around = with_activities(facts_around(none, as_of, since=reading.since, needs=reading.needs))

        def parts() -> Iterator[Facts]:
            for place in sorted(places[PLACE].unique()):
                lines = counted_lines(read_split(folder, place, kinds), batches, as_of, names=names, without=without)
                yield with_employers_answer(facts_of_place(place, places, around, lines), as_of).facts

        earnings, tally = calculate_parts(programs, around, parts(), folder, posting=posting)
    return Calculated(settled_sums(earnings), tally.rows, tally.digest)


def calculate_parts(
    programs: list[Program], around: Facts, parts: Iterable[Facts], folder: Path, *, posting: bool
) -> tuple[pl.DataFrame, Tally]:
    """The earnings over all partitions as `engine.calculate` gives them over everything at once, and what they count.

    `around` is everything but the lines of the partitions; `folder` takes the lines that wide programs count.
    """
    own, shared, lasting = by_reach(programs)
    wide, tally = WideLines(folder, shared, lasting, around.products), Tally()
    found = []
    for part in parts:
        tally.add(part.sales)
        wide.keep(part.sales)
        found.append(engine.calculate(own, part))
    found += wide.calculate(around, posting=posting)
    return pl.concat(found).sort(ORDER, maintain_order=True), tally


def facts_of_place(place: int, places: pl.DataFrame, around: Facts, lines: pl.DataFrame) -> Facts:
    """The facts of one partition: its lines and activities, and who its partners were."""
    mine = places.filter(pl.col(PLACE) == place).select("partner_id")
    done = around.sales.join(mine, on="partner_id", how="semi", maintain_order="left")
    values = around.partner_values.join(mine, on="partner_id", how="semi", maintain_order="left")
    sales = pl.concat([lines, done], how="diagonal") if done.height else lines
    return replace(around, sales=sales, partner_values=values)


def _weights() -> dict[int, int]:
    """How many lines each partner has."""
    query = "SELECT p.id, count(l.id) FROM partner p LEFT JOIN sale_line l ON l.partner_id = p.id GROUP BY p.id"
    with db.engine().connect() as connection:
        return {number: count for number, count in connection.execute(text(query))}


def _highest() -> int:
    """The last line's id: there are not more lines than that."""
    with db.engine().connect() as connection:
        highest: int = connection.scalar(text("SELECT max(id) FROM sale_line")) or 0
    return highest


def place_partners(weights: dict[int, int], links: Iterable[Link], lines_at_once: int) -> pl.DataFrame:
    """The partition of each partner (partner_id, place): about as many lines in each, and who hangs together in one."""
    count = max(1, -(-sum(weights.values()) // lines_at_once))
    loaded = [(sum(weights[partner] for partner in group), group) for group in _together(weights, links)]
    loads = [(0, place) for place in range(count)]
    rows: list[tuple[int, int]] = []
    for lines, group in sorted(loaded, key=lambda one: (-one[0], one[1])):
        load, place = heapq.heappop(loads)
        heapq.heappush(loads, (load + lines, place))
        rows += [(partner, place) for partner in group]
    return pl.DataFrame(rows, schema={"partner_id": I64, PLACE: I64}, orient="row")


def _links(programs: list[Program]) -> Iterator[Link]:
    """Pairs that must not be parted: (what holds them together, partner)."""
    for number, pair in enumerate(sorted(merger_pairs())):
        yield from ((("merger", number), partner) for partner in pair)
    own, _, _ = by_reach(programs)
    plans = [version.plan for program in own for version in program.versions]
    paid = {plan.participant for plan in plans} | {"parent" for plan in plans if plan.pilot is not None}
    for kind, query in (("seller", SELLERS), ("parent", FAMILIES)):
        if kind in paid:
            pairs = read_frame(query, {"holder": I64, "partner": I64}, large=True)
            yield from (((kind, holder), partner) for holder, partner in pairs.iter_rows())
            yield from (((kind, holder), holder) for holder in pairs["holder"].unique() if kind == "parent")
    session.rollback()


def _together(partners: Iterable[int], links: Iterable[Link]) -> list[list[int]]:
    """The partners in groups that no link crosses, each sorted."""
    above: dict[object, object] = {}

    def top(one: object) -> object:
        while (up := above.setdefault(one, one)) != one:
            above[one] = one = above[up]
        return one

    for holder, partner in links:
        above[top(holder)] = top(partner)
    groups: dict[object, list[int]] = {}
    for partner in sorted(partners):
        groups.setdefault(top(partner), []).append(partner)
    return list(groups.values())
