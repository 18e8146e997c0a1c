"""Who had joined which programs on a day: one more dated value of a partner, tested in the one pass with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from portal.engine.plan import Plan

BEGINNING = -(10**7)
JOINED = "joined"


def has_joined(plan: Plan, values: Mapping[str, str | None]) -> bool:
    """Whether a partner of these values takes part in a plan; without opt-in everybody does."""
    return plan.enrollment != "opt_in" or f"|{plan.code}|" in (values["enrolled"] or "")


def with_enrollments(values: pl.DataFrame, enrollments: pl.DataFrame) -> pl.DataFrame:
    """The dated values of partners with `enrolled`: the codes of the programs joined on that day, between bars."""
    states: dict[int, list[tuple[int, str, str]]] = {}
    columns = ["partner_id", "valid_from", "program", "state"]
    for partner, day, program, state in enrollments.select(columns).iter_rows():
        states.setdefault(partner, []).append((day, program, state))
    plain = values.with_columns(pl.lit(None, pl.String).alias("enrolled"))
    mine = plain.filter(pl.col("partner_id").is_in(list(states)))
    rest = plain.filter(~pl.col("partner_id").is_in(list(states)))
    made: list[dict[str, Any]] = []
    for known in mine.sort("valid_from", maintain_order=True).partition_by("partner_id", maintain_order=True):
        made += _dated(known.to_dicts(), sorted(states[known["partner_id"][0]], key=lambda state: state[0]))
    return pl.concat([rest, pl.DataFrame(made, schema=plain.schema)])


def _dated(known: list[dict[str, Any]], states: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    known[0]["valid_from"] = BEGINNING  # a partner's first values hold from the beginning
    found = []
    for day in sorted({*(row["valid_from"] for row in known), *(state[0] for state in states)}):
        held = [row for row in known if row["valid_from"] <= day][-1]
        last = {program: state for since, program, state in states if since <= day}
        joined = "".join(f"|{program}|" for program, state in sorted(last.items()) if state == JOINED)
        found.append(held | {"valid_from": day, "enrolled": joined})
    return found
