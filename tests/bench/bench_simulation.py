"""How fast twenty plans are tried on a million lines, compared with what was paid, beside the plain calculation."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path

from portal.core import clock, db
from portal.core.db import session, transaction
from portal.demo.plans import plan_texts
from portal.engine.periods import Program, Version
from portal.engine.plan import Plan, parse_plan
from portal.partners.people.services import add_person
from portal.programs.definitions.services import publish_version
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts
from portal.programs.simulation import figures
from portal.programs.simulation.calculation import read_history, try_plans
from portal.programs.simulation.cliffs import cliffs
from portal.programs.simulation.risk import budget_risk
from portal.programs.simulation.spans import Span
from portal.programs.simulation.summary import summarize
from tests.bench.bench_calculation import PLANS
from tests.bench.calculation_world import TODAY, make_channel
from tests.bench.rows import Row, at_most, in_turns, told
from tests.people import viewer_of
from tests.support import databases, postgres

MANY = 20
SPAN = Span(dt.date(2026, 1, 1), dt.date(2026, 7, 1))


def published_texts() -> list[str]:
    """Twenty published plans: the four of the demo, each five times under another code."""
    texts = plan_texts(TODAY)
    return [
        texts[code].replace(f"code: {code}\n", f"code: {code}-{turn}\n", 1) for turn in range(MANY // len(PLANS))
        for code in PLANS
    ]  # fmt: skip


def drafts(texts: list[str]) -> list[Plan]:
    """The next version of each: every first rate a half higher."""
    return [
        parse_plan(text.replace("percent: 1}", "percent: 1.5}").replace("amount: 35}", "amount: 40}")) for text in texts
    ]


def publish(texts: list[str]) -> None:
    """All of them, by two managers."""
    with transaction():
        people = [add_person(f"m{n}@vendor.example", f"Manager {n}", "channel_manager", None, None) for n in (1, 2)]
        for text in texts:
            publish_version(text, by=viewer_of(people[0]), approved_by=viewer_of(people[1]))


def what_if(plans: list[Plan]) -> int:
    """Everything a page of what-if shows but its cliffs, for every plan; how many participants are compared."""
    session.rollback()
    history = read_history(plans, SPAN)
    count = 0
    for outcome in try_plans(plans, history):
        summarize(outcome, SPAN)
        everybody = figures.totals(outcome)
        budget_risk(outcome.plan, SPAN, everybody["own"])
        count += everybody.height
    return count


def with_cliffs(plan: Plan) -> None:
    """One plan with everything, cliffs included: what one person waits for."""
    session.rollback()
    history = read_history([plan], SPAN)
    outcome = try_plans([plan], history)[0]
    cliffs(outcome, history)
    budget_risk(plan, SPAN, figures.totals(outcome)["own"])


def plain(texts: list[str]) -> None:
    """The same plans over the same days as a run calculates them, database read included."""
    session.rollback()
    programs = [Program(plan.code, [Version(1, plan)]) for plan in map(parse_plan, texts)]
    known = read_facts(since=dt.date(SPAN.since.year - 1, SPAN.since.month, 1), until=SPAN.until)
    compute(programs, known, from_day=SPAN.first, until_day=SPAN.after)


def measure(kind: str, folder: Path, lines: int, rounds: int) -> list[Row]:
    """The what-if and the plain calculation in turns on one database."""
    with databases.fresh_database(kind, folder) as url:
        db.init_engine(url)
        make_channel(lines)
        texts = published_texts()
        publish(texts)
        plans = drafts(texts)
        compared = what_if(plans)
        many, one, run = in_turns(rounds, lambda: what_if(plans), lambda: with_cliffs(plans[0]), lambda: plain(texts))
        session.remove()
        db.engine().dispose()
    name = f"simulation {kind}"
    return [
        at_most(f"{name}: what-if of {MANY} plans over {lines} lines", many, "s", 20),
        at_most(f"{name}: what-if of one plan with cliffs", one, "s", 5),
        told(f"{name}: the plain calculation of {MANY} plans", run, "s"),
        told(f"{name}: what-if against the plain calculation", many / run, "x"),
        told(f"{name}: participants compared", compared, "rows"),
    ]


def run() -> list[Row]:
    """All rows of this benchmark; `BENCH_LINES` and `BENCH_ROUNDS` make it smaller."""
    lines, rounds = int(os.environ.get("BENCH_LINES", "1000000")), int(os.environ.get("BENCH_ROUNDS", "3"))
    os.environ.setdefault("PORTAL_TEST_RUN_PID", str(os.getpid()))
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with clock.frozen(clock.now().replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)):
            return [row for kind in databases.chosen_kinds() for row in measure(kind, folder, lines, rounds)]
    finally:
        postgres.stop_server(folder)
        shutil.rmtree(folder, ignore_errors=True)
