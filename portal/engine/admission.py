"""Who had joined which programs on a day: one more dated value of a partner, tested in the one pass with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from portal.core.ids import digest
from portal.engine.plan import Plan

BEGINNING = -(10**7)
JOINED, ACCEPTED = "joined", "accepted"


def joining_miss(plan: Plan, values: Mapping[str, str | None]) -> str:
    """What keeps a partner of these values out of a plan; nothing when it takes part, as all do without opt-in."""
    if plan.enrollment != "opt_in":
        return ""
    held = values["enrolled"] or ""
    if f"|{plan.code}|" not in held:
        return "had not joined the program"
    if plan.terms is not None and f"|{plan.code} {digest(plan.terms)}|" not in held:
        return "has not accepted these terms of the program"
    return ""


def with_enrollments(values: pl.DataFrame, enrollments: pl.DataFrame) -> pl.DataFrame:
    """The dated values of partners with `enrolled`: the codes of the programs joined on that day, between bars.

    Terms that were accepted stand there, too, as code and digest of the text, whatever the day.
    """
    plain = values.with_columns(pl.lit(None, pl.String).alias("enrolled"))
    if enrollments.is_empty():
        return plain
    states: dict[int, list[tuple[int, str, str]]] = {}
    name = pl.col("program")
    if "terms" in enrollments.columns:
        accepted = pl.col("state") == ACCEPTED
        name = pl.when(accepted).then(pl.format("{} {}", "program", pl.col("terms").fill_null(""))).otherwise(name)
    columns = ["partner_id", "valid_from", name, "state"]
    for partner, day, program, state in enrollments.select(columns).iter_rows():
        states.setdefault(partner, []).append((day, program, state))
    mine = plain.filter(pl.col("partner_id").is_in(list(states)))
    rest = plain.filter(~pl.col("partner_id").is_in(list(states)))
    made: list[dict[str, Any]] = []
    for known in mine.sort("valid_from", maintain_order=True).partition_by("partner_id", maintain_order=True):
        made += _dated(known.to_dicts(), sorted(states[known["partner_id"][0]], key=lambda state: state[0]))
    return pl.concat([rest, pl.DataFrame(made, schema=plain.schema)])


def _dated(known: list[dict[str, Any]], states: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    known[0]["valid_from"] = BEGINNING  # a partner's first values hold from the beginning
    always = [program for _, program, state in states if state == ACCEPTED]
    dated = [state for state in states if state[2] != ACCEPTED]
    found = []
    for day in sorted({*(row["valid_from"] for row in known), *(state[0] for state in dated)}):
        held = [row for row in known if row["valid_from"] <= day][-1]
        last = {program: state for since, program, state in dated if since <= day}
        now = [program for program, state in last.items() if state == JOINED]
        joined = "".join(f"|{program}|" for program in sorted({*always, *now}))
        found.append(held | {"valid_from": day, "enrolled": joined})
    return found
