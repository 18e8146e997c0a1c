"""The engine on known facts, with payees settled."""

from __future__ import annotations

import polars as pl

from portal.engine import pipeline as engine
from portal.engine.periods import Program as EngineProgram
from portal.programs.runs.facts import KnownFacts
from portal.programs.runs.participants import settled
from portal.programs.runs.reach import by_reach


def compute(
    programs: list[EngineProgram], known: KnownFacts, *, from_day: int | None = None, until_day: int | None = None
) -> pl.DataFrame:
    """What every participant has earned, with payees settled."""
    return settled_sums(engine.calculate(programs, known.facts, from_day=from_day, until_day=until_day))


def settled_sums(earnings: pl.DataFrame) -> pl.DataFrame:
    """Earnings as the engine names them, with payees settled: one row for each earning of a payee."""
    earnings = settled(earnings)
    key = ["program", "component", "participant_kind", "participant_id", "period_start", "unit"]
    rest = [name for name in earnings.columns if name not in key]
    summed = {"measure", "earned"}
    return earnings.group_by(key, maintain_order=True).agg(
        pl.col(name).sum() if name in summed else pl.col(name).first() for name in rest
    )


def compute_around(programs: list[EngineProgram], known: KnownFacts, day: int) -> pl.DataFrame:
    """What the periods that hold a day come to; of programs whose budget stops, and their group, their whole life."""
    lasting = by_reach(programs)[2]
    dated = [program for program in programs if program not in lasting]
    found = [compute(dated, known, from_day=day, until_day=day + 1)] if dated else []
    return pl.concat([*found, *([compute(lasting, known)] if lasting else [])])
