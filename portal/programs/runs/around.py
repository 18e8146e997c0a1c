"""The earnings around one day: what hypothetical lines of that day can change."""

from __future__ import annotations

import polars as pl

from portal.engine.periods import Program as EngineProgram
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import KnownFacts
from portal.programs.runs.reach import by_reach


def compute_around(programs: list[EngineProgram], known: KnownFacts, day: int) -> pl.DataFrame:
    """What the periods that hold a day come to; of programs whose budget stops, and their group, their whole life."""
    lasting = by_reach(programs)[2]
    dated = [program for program in programs if program not in lasting]
    found = [compute(dated, known, from_day=day, until_day=day + 1)] if dated else []
    return pl.concat([*found, *([compute(lasting, known)] if lasting else [])])
