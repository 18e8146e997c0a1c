"""What a trial found, as rows in the columns of the earnings export and as totals. Pure but for names of payees."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from portal.core.clock import from_day_number
from portal.engine.periods import NEVER
from portal.engine.plan import COUNTS, Plan
from portal.engine.walk import measure_unit
from portal.programs.runs.explanations import major
from portal.programs.runs.participants import Payee, payees
from portal.programs.simulation.calculation import Outcome

Who = tuple[str, int]
WHO = ["participant_kind", "participant_id"]
COLUMNS = ("program", "component", "participant", "period_start", "period_end", "measure", "baseline", "band",
           "earned", "unit")  # fmt: skip


def people_of(frames: Sequence[pl.DataFrame]) -> dict[Who, Payee]:
    """The payees of all rows of some earnings."""
    return payees({key for frame in frames for key in frame.select(WHO).unique().iter_rows()})


def earning_rows(earnings: pl.DataFrame, plan: Plan, names: dict[Who, Payee]) -> list[dict[str, str | None]]:
    """Rows as the earnings export has them, figures in major units."""
    units = {one.code: measure_unit(plan, one.measured) for one in plan.components}
    found = []
    for row in earnings.iter_rows(named=True):
        unit = units.get(row["component"], COUNTS[0])
        values = (
            row["program"], row["component"], names[row["participant_kind"], row["participant_id"]].code,
            _day(row["period_start"]), _day(row["period_end"]), major(row["measure"], unit),
            None if row["baseline"] is None else major(row["baseline"], unit), row["band"],
            major(row["earned"], row["unit"]), row["unit"],
        )  # fmt: skip
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return sorted(found, key=lambda row: (row["period_start"], row["participant"], row["component"]))


def _day(number: int) -> str:
    return from_day_number(min(number, NEVER)).isoformat()


def costs(earnings: pl.DataFrame) -> dict[str, int]:
    """What earnings sum to, by unit, in minor units or points."""
    sums = earnings.group_by("unit").agg(pl.col("earned").sum()).sort("unit")
    return {unit: int(total) for unit, total in sums.iter_rows()}


def cost_of(outcome: Outcome) -> int:
    """What the tried plan costs, in its own unit."""
    return costs(outcome.own).get(outcome.plan.unit, 0)


def current_cost(outcome: Outcome) -> int | None:
    """What the program compared with cost in the same unit; None when there is none or it pays another unit."""
    rival = outcome.against_plan
    if rival is None or rival.unit != outcome.plan.unit:
        return None
    return costs(outcome.current).get(outcome.plan.unit, 0)


def totals(outcome: Outcome) -> pl.DataFrame:
    """One row a participant: participant_kind, participant_id, measure (of the first component), own, current."""
    first = outcome.plan.components[0].code
    own = outcome.own.group_by(WHO).agg(
        pl.col("earned").sum().alias("own"), pl.col("measure").filter(pl.col("component") == first).sum()
    )
    current = outcome.current.filter(pl.col("unit") == outcome.plan.unit)
    before = current.group_by(WHO).agg(pl.col("earned").sum().alias("current"))
    joined = own.join(before, on=WHO, how="full", coalesce=True)
    return joined.select(*WHO, pl.col("measure", "own", "current").fill_null(0))


def paid_count(frame: pl.DataFrame) -> int:
    """How many participants earn something."""
    return frame.group_by(WHO).agg(pl.col("earned").sum()).filter(pl.col("earned") != 0).height
