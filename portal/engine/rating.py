"""Rating: from the sums of a rule, participant and window to the exact earning, for every method in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from portal.engine.baselines import with_baselines
from portal.engine.bundles import with_sets
from portal.engine.compile import Rule
from portal.engine.frames import Facts
from portal.engine.measure import Parameters
from portal.engine.ranks import ranked
from portal.engine.tiers import tops


def rated(
    rows: pl.DataFrame, rules: Sequence[Rule], sales: pl.DataFrame, parameters: Parameters, facts: Facts
) -> pl.DataFrame:
    """The rows with `top`, `bottom`, `baseline` and `band`; one row for each rule, window and participant."""
    rows = with_baselines(rows, rules, sales, parameters, facts)
    rows = tops(with_sets(rows, rules, sales, parameters, facts), rules)
    return ranked(rows, rules, sales, parameters, facts)
