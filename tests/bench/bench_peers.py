"""Twenty plans beside the ways others take: a rule engine asked line by line, a plain loop, a community module.

The rule engine decides only which of the twenty plans a line belongs to, without money. There are two loops: one does
what ours does (engine_by_loop: reads the database and pays the same cents), one only adds up per partner and plan.
That one and the rule engine get their lines for nothing, while ours reads the database and pays to the cent. Ours
reads as every full run does: the days and columns that the twenty plans look at.
zen-engine is in requirements/bench.txt; without it its row is left out. `BENCH_LINES` (a million), `BENCH_ROUNDS` (3).

The community module for rebates (an agreement module for Odoo 16) was measured by hand: 6.7 ms for each agreement and
quarter. It pays the whole of a lower tier's end at the rate of the tier: with tiers to 100 at 1 %, to 200 at 2 % and to
1,000 at 3 %, a turnover of 250 pays 6.50, where 4.50 is owed. Its arithmetic is `overpaid` below.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from portal import tables
from portal.core import clock, db
from portal.core.db import session
from portal.engine.periods import Program
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts, read_needed
from tests.bench import engine_by_loop
from tests.bench.bench_engine import NOON, spent_so_far
from tests.bench.demo_channel import bench_folder
from tests.bench.engine_world import SPIFS, TIERED_FROM, category_of, make_channel, programs, skus_of
from tests.bench.rows import Row, at_least, in_turns, seconds, told
from tests.support import databases

SAMPLE = 20_000
MODULE_SECONDS = 0.0067
TIERS = ((0, 100, 1), (100, 200, 2), (200, 1000, 3))  # from, to, percent
Line = tuple[int, int, int, int, int]


def overpaid(turnover: int) -> Decimal:
    """What the community module pays: of every tier below the turnover its whole end, of the last one the rest."""
    paid = Fraction(0)
    for start, until, percent in TIERS:
        if turnover > start:
            base = until if turnover > until and start else min(turnover, until) - (start if turnover <= until else 0)
            paid += Fraction(base * percent, 100)
    return Decimal(paid.numerator) / Decimal(paid.denominator)


def owed(turnover: int) -> Decimal:
    """What marginal tiers owe."""
    paid = sum(
        (
            Fraction((min(turnover, until) - start) * percent, 100)
            for start, until, percent in TIERS
            if turnover > start
        ),
        Fraction(0),
    )
    return Decimal(paid.numerator) / Decimal(paid.denominator)


def rule_document() -> dict[str, Any]:
    """A decision table of twenty rows that names every plan a line belongs to."""
    since = clock.day_number(TIERED_FROM)
    rows = [(f"tiered-{n}", f'category == "Category {n}" and day >= {since}') for n in range(8)]
    rows += [(f"growth-{n}", f'category in ["Category {n}", "Category {n + 4}"] and day >= {since}') for n in range(4)]
    for number, (_, begin, until) in enumerate(SPIFS):
        skus = skus_of(number)
        inside = f"day >= {clock.day_number(begin)} and day < {clock.day_number(until)}"
        rows.append((f"spif-{number}", f"product >= {skus[0]} and product <= {skus[-1]} and {inside}"))
    table = {
        "hitPolicy": "collect", "inputs": [{"id": "i", "name": "when"}],
        "outputs": [{"id": "o", "name": "plan", "field": "plan"}],
        "rules": [{"_id": name, "i": condition, "o": f'"{name}"'} for name, condition in rows],
    }  # fmt: skip
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "content": {}},
        {"id": "t", "name": "t", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode", "content": {}},
    ]
    edges = [{"id": "1", "sourceId": "in", "targetId": "t"}, {"id": "2", "sourceId": "t", "targetId": "out"}]
    return {"nodes": nodes, "edges": edges}


def by_rule_engine(lines: list[Line]) -> int:
    """How many plans the rule engine found for these lines, each asked on its own."""
    decision = importlib.import_module("zen").ZenEngine().create_decision(json.dumps(rule_document()))
    found = 0
    for _, product, _, _, day in lines:
        found += len(decision.evaluate({"product": product, "category": category_of(product), "day": day})["result"])
    return found


def by_loop(lines: list[Line]) -> int:
    """The same plans in a plain loop, adding up per plan and partner; how many additions."""
    since, added = clock.day_number(TIERED_FROM), 0
    spifs = [(set(skus_of(n)), clock.day_number(b), clock.day_number(u)) for n, (_, b, u) in enumerate(SPIFS)]
    sums: dict[tuple[str, int, int], int] = defaultdict(int)
    for partner, product, quantity, amount, day in lines:
        category = product % 10
        if category < 8 and day >= since:
            sums["tiered", category, partner] += amount
            sums["growth", category % 4, partner] += amount
            added += 2
        for number, (skus, begin, until) in enumerate(spifs):
            if product in skus and begin <= day < until:
                sums["spif", number, partner] += quantity
                added += 1
    return added


def has_rule_engine() -> bool:
    """Whether the peer from requirements/bench.txt is installed."""
    return importlib.util.find_spec("zen") is not None


def ours(plans: list[Program]) -> pl.DataFrame:
    """Twenty plans from the database to settled earnings."""
    session.rollback()
    return compute(plans, read_needed(plans))


def processor_seconds(rounds: int, work: Callable[[], object]) -> float:
    """The least processor time of one call, that of its children included."""
    found = []
    for _ in range(rounds):
        begin = spent_so_far()
        work()
        found.append(spent_so_far() - begin)
    return min(found)


def check_equal(mine: pl.DataFrame, loop: engine_by_loop.Owed) -> None:
    """Both owe everybody the same, to the cent; raises AssertionError otherwise."""
    paid = mine.filter(pl.col("earned") != 0).select("program", "participant_id", "period_start", "earned")
    if not loop or {(one, two, three): earned for one, two, three, earned in paid.rows()} != loop:
        raise AssertionError("The engine and the paying loop do not owe the same.")


def measure(kind: str, lines: int, rounds: int) -> list[Row]:
    """Lines a second of each way on one database."""
    sales = read_facts().facts.sales.select("partner_id", "product_id", "quantity", "amount", "origin_day").rows()
    plans = programs()
    check_equal(ours(plans), engine_by_loop.run())
    mine, loop, paying = in_turns(rounds, lambda: ours(plans), lambda: by_loop(sales), engine_by_loop.run)
    name = f"peers {kind}: 20 plans over {lines} lines"
    rows = [
        told(f"{name}, database read included", lines / mine, "lines/s"),
        told(f"{name}, a plain loop that reads and pays the same", lines / paying, "lines/s"),
        told(f"{name}, a plain loop that only adds up lines in memory", lines / loop, "lines/s"),
        at_least(f"{name} against a plain loop that reads and pays the same", paying / mine, "x", 1),
        at_least(f"{name} against a plain loop that only adds up lines in memory", loop / mine, "x", 1),
    ]
    if kind == "sqlite":  # a server's processor time is not known here
        spent = [processor_seconds(rounds, work) for work in (lambda: ours(plans), lambda: by_loop(sales))]
        against = f"{name} against a plain loop that only adds up lines in memory, in processor time of both processors"
        rows.append(told(against, spent[1] / spent[0], "x"))
    if has_rule_engine():
        if by_rule_engine(sales[:200]) != by_loop(sales[:200]):
            raise AssertionError("The rule engine and the loop do not find the same plans.")
        few = sales[:: max(1, len(sales) // SAMPLE)]
        asked = seconds(lambda: by_rule_engine(few)) / len(few) * lines
        rows.append(told(f"{name}, a rule engine asked line by line", lines / asked, "lines/s"))
        rows.append(at_least(f"{name} against the rule engine", asked / mine, "x", 1))
    groups = ours(plans).height
    rows.append(at_least(f"{name}, a group against the community module", MODULE_SECONDS / (mine / groups), "x", 100))
    return rows


def run() -> list[Row]:
    """All rows of this benchmark."""
    tables.load()
    lines, rounds = int(os.environ.get("BENCH_LINES", "1000000")), int(os.environ.get("BENCH_ROUNDS", "3"))
    rows = [told(f"peers: a turnover of 250 {word}", float(paid), "USD")
            for word, paid in (("is owed", owed(250)), ("is paid by the community module", overpaid(250)))]  # fmt: skip
    with bench_folder() as folder:
        for kind in databases.chosen_kinds():
            with databases.fresh_database(kind, folder) as url, clock.frozen(NOON):
                db.init_engine(url)
                make_channel(lines)
                rows += measure(kind, lines, rounds)
                session.remove()
                db.engine().dispose()
    return rows
