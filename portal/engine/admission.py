"""Who had joined which programs on a day: one more dated value of a partner, tested in the one pass with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from portal.core.ids import digest
from portal.engine.periods import day_number
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
    if plan.terms is not None and f"|{plan.code} {digest(plan.terms)}|" not in held and _grace_mark(plan) not in held:
        return "had not accepted the terms of the program"
    return ""


def _grace_mark(plan: Plan) -> str:
    """How it is written that the time to accept the terms of a version still runs."""
    return f"|{plan.code} {digest(plan.terms or '')} by {plan.accept_by}|"


def with_grace(values: pl.DataFrame, plans: Iterable[Plan]) -> pl.DataFrame:
    """The dated values (with `enrolled`), cut on the answer days of plans: before those no new terms are asked for."""
    asked = {
        (day_number(plan.accept_by), _grace_mark(plan))
        for plan in plans if plan.enrollment == "opt_in" and plan.terms is not None and plan.accept_by is not None
    }  # fmt: skip
    for day, mark in sorted(asked):
        values = _cut(values, day, mark)
    return values


def _cut(values: pl.DataFrame, day: int, mark: str) -> pl.DataFrame:
    """The values with a mark on what holds before a day, and a row without it for those who joined."""
    joined = values.filter(pl.col("enrolled").is_not_null())
    before = joined.filter(pl.col("valid_from") < day).sort("valid_from", maintain_order=True)
    later = before.unique("partner_id", keep="last", maintain_order=True).with_columns(
        pl.lit(day, pl.Int64).alias("valid_from")
    )
    later = later.join(joined.filter(pl.col("valid_from") == day), on="partner_id", how="anti")
    marked = pl.when(pl.col("valid_from") < day).then(pl.col("enrolled") + mark).otherwise("enrolled")
    return pl.concat([values.with_columns(marked.alias("enrolled")), later])


def with_enrollments(values: pl.DataFrame, enrollments: pl.DataFrame) -> pl.DataFrame:
    """The dated values of partners with `enrolled`: the codes of the programs joined on that day, between bars.

    Terms that were accepted stand there, too, as code and digest of the text, from the day of acceptance on.
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
    found = []
    for day in sorted({*(row["valid_from"] for row in known), *(state[0] for state in states)}):
        held = [row for row in known if row["valid_from"] <= day][-1]
        last = {program: state for since, program, state in states if since <= day}
        now = [program for program, state in last.items() if state in (JOINED, ACCEPTED)]
        joined = "".join(f"|{program}|" for program in sorted(now))
        found.append(held | {"valid_from": day, "enrolled": joined})
    return found
