"""Who somebody was on the days of its sales: the dated values that eligibility and multipliers were tested against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from portal.core.clock import day_number, from_day_number
from portal.engine.admission import joining_miss, with_enrollments, with_grace
from portal.engine.certificates import OWNERS, owner_kind
from portal.engine.frames import Facts
from portal.engine.plan import Plan
from portal.programs.runs.explanations import Explained
from portal.programs.runs.participants import payees

VALUES = ("type", "tier", "territory", "segment")


@dataclass(frozen=True)
class Standing:
    """What one partner was from `since` to before `until`, its certificates (with their days) and whether it took part.

    `takes_part` is None where a program asks nobody to join, and holds accepted terms where it asks for them.
    """

    partner: str
    since: dt.date
    until: dt.date
    values: dict[str, str]
    certificates: tuple[str, ...]
    takes_part: bool | None

    def as_row(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "partner": self.partner, "from": self.since.isoformat(), "until": self.until.isoformat(),
            **{name: self.values.get(name) for name in (*VALUES, "parent")},
            "certificates": list(self.certificates), "takes_part": self.takes_part,
        }  # fmt: skip


def standings_of(told: Explained) -> list[Standing]:
    """The values of every partner whose lines a trace shows (of the participant, where none are), day by day."""
    facts = told.known.facts
    lines = [line.line_id for one in told.components for line in one.fact.lines]
    sales = facts.sales.filter(pl.col("line_id").is_in(lines))
    sellers = set(sales["partner_id"].unique().to_list())
    if told.participant_kind == "partner":
        sellers |= {told.participant_id}
    values = facts.partner_values.filter(pl.col("partner_id").is_in(list(sellers)))
    if told.plan.enrollment == "opt_in":
        values = with_grace(with_enrollments(values, facts.enrollments), [told.plan])
    parents = values["parent_id"].drop_nulls().unique().to_list()
    named = payees({("partner", number) for number in (*sellers, *parents)})
    codes = {number: payee.code for (_, number), payee in named.items()}
    found = [
        standing
        for number in sorted(sellers & codes.keys(), key=lambda number: codes[number])
        for standing in _spans(told, values.filter(pl.col("partner_id") == number), codes)
    ]
    held = _certificates(told.plan, facts, sales, told)
    return [replace(one, certificates=held) for one in found] if held else found


def _spans(told: Explained, values: pl.DataFrame, codes: Mapping[int, str]) -> Iterable[Standing]:
    """The values of one partner within the period, a span for each change."""
    first, after = day_number(told.period_start), day_number(told.period_end)
    rows = {row["valid_from"]: row for row in values.sort("valid_from", maintain_order=True).iter_rows(named=True)}
    starts = sorted(rows)
    spans: list[Standing] = []
    for index, start in enumerate(starts):
        since = first if index == 0 else max(start, first)  # a partner's first values hold from the beginning
        until = starts[index + 1] if index + 1 < len(starts) else after
        if since >= min(until, after):
            continue
        row = rows[start]
        known = {name: row[name] for name in VALUES if row[name] is not None}
        known |= {"parent": codes[row["parent_id"]]} if row["parent_id"] in codes else {}
        takes_part = joining_miss(told.plan, row) == "" if told.plan.enrollment == "opt_in" else None
        one = Standing(
            codes[row["partner_id"]], from_day_number(since), from_day_number(min(until, after)), known, (), takes_part
        )
        if spans and replace(spans[-1], until=one.until, since=one.since) == one:
            spans[-1] = replace(spans[-1], until=one.until)
        else:
            spans.append(one)
    return spans


def _certificates(plan: Plan, facts: Facts, sales: pl.DataFrame, told: Explained) -> tuple[str, ...]:
    """The certificates a plan asks for that were held in the period, with their days."""
    wanted = plan.eligibility.certificates or ()
    kind = owner_kind(plan)
    first, after = day_number(told.period_start), day_number(told.period_end)
    mine = facts.certificates.filter(
        pl.col("owner_kind") == kind, pl.col("owner_id").is_in(sales[OWNERS[kind]].drop_nulls().unique().to_list()),
        pl.col("name").is_in(list(wanted)), pl.col("valid_from") < after,
        pl.col("valid_until").is_null() | (pl.col("valid_until") > first),
    )  # fmt: skip
    rows = mine.sort("name", "valid_from").select("name", "valid_from", "valid_until").unique(maintain_order=True)
    return tuple(_held(*row) for row in rows.iter_rows())


def _held(name: str, since: int, until: int | None) -> str:
    told = f"{name} since {from_day_number(since).isoformat()}"
    return told if until is None else f"{told} until {from_day_number(until).isoformat()}"
