"""The engine on known facts, with payees settled."""

from __future__ import annotations

import polars as pl

from portal.engine import pipeline as engine
from portal.engine.periods import Program as EngineProgram
from portal.programs.runs.facts import KnownFacts
from portal.programs.runs.participants import settled

KEY = ["program", "component", "participant_kind", "participant_id", "period_start", "unit"]
SUMMED = ("measure", "earned")


def compute(
    programs: list[EngineProgram], known: KnownFacts, *, from_day: int | None = None, until_day: int | None = None
) -> pl.DataFrame:
    """What every participant has earned, with payees settled."""
    return settled_sums(engine.calculate(programs, known.facts, from_day=from_day, until_day=until_day))


def settled_sums(earnings: pl.DataFrame) -> pl.DataFrame:
    """Earnings as the engine names them, with payees settled: one row for each earning of a payee."""
    names = [*KEY, *(name for name in earnings.columns if name not in KEY)]
    if _stands_apart(earnings):
        return earnings.select(names)
    return (
        settled(earnings)
        .group_by(KEY, maintain_order=True)
        .agg(pl.col(name).sum() if name in SUMMED else pl.col(name).first() for name in names[len(KEY) :])
    )


def _stands_apart(earnings: pl.DataFrame) -> bool:
    """Whether all are partners of one version of each program: then no two rows are for the same payee."""
    if earnings["participant_kind"].unique().to_list() not in ([], ["partner"]):
        return False
    return earnings.select("program", "version").unique()["program"].is_unique().all()
