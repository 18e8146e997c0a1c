"""Traces kept for good: stored once when a period is locked, and recomputed in samples ever after (PRACTICE D21)."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import and_, select

from portal.core import clock
from portal.core.db import session
from portal.core.ids import canonical_json, digest
from portal.engine import VERSION
from portal.programs.definitions.models import Program
from portal.programs.runs.explanations import Known, explain
from portal.programs.runs.facts import KnownFacts, read_facts
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod, StoredTrace
from portal.programs.runs.participants import payees
from portal.programs.runs.trace_data import trace_rows
from portal.sales.journal.frames import read_sales_frame


@dataclass(frozen=True)
class LockedGroup:
    """One participant's locked period of one program."""

    program_id: int
    program_code: str
    kind: str
    number: int
    period_start: dt.date
    period_end: dt.date
    locked_at: dt.datetime


def missing_traces(limit: int) -> list[LockedGroup]:
    """Locked periods of participants whose trace is not stored yet, a period at a time."""
    same = and_(
        StoredTrace.program_id == EarnedGroup.program_id, StoredTrace.period_start == EarnedGroup.period_start,
        StoredTrace.participant_kind == EarnedGroup.participant_kind,
        StoredTrace.participant_id == EarnedGroup.participant_id,
    )  # fmt: skip
    locked = and_(
        ProgramPeriod.program_id == EarnedGroup.program_id, ProgramPeriod.period_start == EarnedGroup.period_start
    )
    query = (
        select(
            EarnedGroup.program_id, Program.code, EarnedGroup.participant_kind, EarnedGroup.participant_id,
            EarnedGroup.period_start, ProgramPeriod.period_end, ProgramPeriod.locked_at,
        )
        .join(Program, Program.id == EarnedGroup.program_id)
        .join(ProgramPeriod, locked)
        .outerjoin(StoredTrace, same)
        .where(ProgramPeriod.state == PeriodState.LOCKED, StoredTrace.id.is_(None))
        .distinct()
        .order_by(EarnedGroup.period_start, EarnedGroup.program_id, EarnedGroup.participant_id)
        .limit(limit)
    )  # fmt: skip
    return [LockedGroup(*row[:6], row[6]) for row in session.execute(query) if row[6] is not None]


def check_stored_traces(sample: int = 25, *, seed: int | None = None) -> list[str]:
    """Recompute a sample of stored traces from the facts known when they were locked; sentences of what differs."""
    query = (
        select(StoredTrace, Program.code, ProgramPeriod.period_end, ProgramPeriod.locked_at)
        .join(Program, Program.id == StoredTrace.program_id)
        .join(
            ProgramPeriod,
            and_(
                ProgramPeriod.program_id == StoredTrace.program_id,
                ProgramPeriod.period_start == StoredTrace.period_start,
            ),
        )
        .order_by(StoredTrace.id)
    )
    rows = [(row[0], row[1], row[2], row[3]) for row in session.execute(query) if row[3] is not None]
    chosen = rows if len(rows) <= sample else random.Random(seed).sample(rows, sample)  # noqa: S311  a sample, no secret
    groups = [
        LockedGroup(
            stored.program_id, code, stored.participant_kind, stored.participant_id, stored.period_start, end, moment
        )
        for stored, code, end, moment in chosen
    ]
    reader = TraceReader(groups)
    told = []
    for (stored, code, _, _), group in zip(chosen, groups, strict=True):
        text, _ = reader.trace(group)
        if not _says(json.loads(text), json.loads(stored.trace)):
            then, now = _earned(stored.trace), _earned(text)
            told.append(
                f"The stored trace of {code}, {group.kind} {group.number}, period {group.period_start} says {then}; "
                f"engine {VERSION} computes {now}."
            )
    return told


def _says(now: Any, stored: Any) -> bool:
    """Whether a trace of today says all that a stored one says; what traces learned to say since then may be added.

    The derivation is left out: how it is written may change, what follows from it stands beside it.
    """
    if isinstance(stored, dict):
        told = stored.keys() - {"derivation"}
        return isinstance(now, dict) and all(name in now and _says(now[name], stored[name]) for name in told)
    if isinstance(stored, list):
        same = isinstance(now, list) and len(now) == len(stored)
        return same and all(_says(one, other) for one, other in zip(now, stored, strict=True))
    return bool(now == stored)


def _earned(text: str) -> str:
    return ", ".join(f"{row['component']} {row['earned']} {row['unit']}" for row in json.loads(text))


class TraceReader:
    """Traces of many participants; the facts of each period and lock are read once."""

    def __init__(self, groups: Sequence[LockedGroup]) -> None:
        self._payees = payees({(group.kind, group.number) for group in groups})
        self._facts: dict[tuple[dt.date, dt.date, dt.datetime], tuple[KnownFacts, pl.DataFrame]] = {}

    def make(self, groups: Sequence[LockedGroup]) -> list[StoredTrace]:
        """The rows to store, not yet stored."""
        made = []
        for group in groups:
            text, sales = self.trace(group)
            made.append(
                StoredTrace(
                    program_id=group.program_id, participant_kind=group.kind, participant_id=group.number,
                    period_start=group.period_start, trace=text, engine_version=VERSION, input_digest=sales,
                    stored_at=clock.now(),
                )
            )  # fmt: skip
        return made

    def trace(self, group: LockedGroup) -> tuple[str, str]:
        """The trace as canonical JSON, and a digest of the lines it was computed from."""
        known = self._known(group)
        payee = self._payees[group.kind, group.number]
        told = explain(
            group.program_code, group.kind, group.number, payee.code, group.period_start, as_of=group.locked_at,
            known=known,
        )  # fmt: skip
        text = canonical_json(trace_rows(told))
        facts = ("source", "external_id", "sold_on", "sku", "counted", "measure")
        lines = [[line[name] for name in facts] for row in trace_rows(told) for line in row["lines"]]
        return text, digest(canonical_json(lines))

    def _known(self, group: LockedGroup) -> Known:
        key = (group.period_start, group.period_end, group.locked_at)
        if key not in self._facts:
            self._facts.clear()
            since = group.period_start - dt.timedelta(days=367)
            facts = read_facts(group.locked_at, since=since, until=group.period_end, names=True)
            raw = read_sales_frame(group.locked_at, since=group.period_start, until=group.period_end, names=True)
            blocked = raw.join(facts.redirected, on="line_id", how="semi")
            self._facts[key] = (facts, blocked)
        known, blocked = self._facts[key]
        own = blocked.filter(pl.col("seller_id") == group.number) if group.kind == "person" else blocked.clear()
        answers = dict(known.redirected.select("line_id", "answer").iter_rows())
        names = dict(known.facts.products.select("sku", "name").iter_rows())
        return Known(known.facts, own, answers, names)
