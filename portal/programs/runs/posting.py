"""Comparing what was computed with what is posted, and posting only the difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Table, insert, select, update

from portal.core import clock
from portal.core.bulk import insert_rows, update_columns
from portal.core.clock import from_day_number
from portal.core.columns import read_frame
from portal.core.db import session
from portal.core.money import POINTS
from portal.engine.moved import Moved
from portal.engine.plan import Plan
from portal.ledger.earnings import Difference, post_earning_differences
from portal.programs.definitions.models import Program
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod, ProgramRun
from portal.programs.runs.participants import Payee, payees
from portal.programs.runs.values import PostedDifference

I64, TEXT = pl.Int64(), pl.String()
Periods = dict[int, dict[int, str]]  # the state by program and first day
KEY = ["program", "component", "participant_kind", "participant_id", "period_start", "unit"]
IDENTITY = ("component", "participant_kind", "participant_id", "unit")
FIGURES = ("measure", "baseline", "band", "earned")
NEVER_ENDS = from_day_number(2932896)
GROUPS = {
    "group_id": ("id", I64),
    "program_id": ("program_id", I64),
    "component": ("component", TEXT),
    "participant_kind": ("participant_kind", TEXT),
    "participant_id": ("participant_id", I64),
    "period_start": ("period_start", I64),
    "period_end_then": ("period_end", I64),
    "unit": ("unit", TEXT),
    "version_then": ("version_number", I64),
    "measure_then": ("measure", I64),
    "band_then": ("band", TEXT),
    "earned_then": ("earned", I64),
    "posted": ("posted", I64),
    "seq_then": ("seq", I64),
}


@dataclass(frozen=True)
class Scope:
    """Which groups a run may touch: all of a program, or those of some participants, where `moved` the changed ones."""

    partner_ids: frozenset[int] | None = None
    person_ids: frozenset[int] | None = None
    from_day: int | None = None
    until_day: int | None = None
    moved: Moved | None = None

    def condition(self, period_end: str = "period_end") -> pl.Expr:
        """The groups inside the scope; `period_end` names the column that holds it."""
        inside = pl.lit(value=True)
        if self.from_day is not None and self.until_day is not None:
            inside = (pl.col(period_end) > self.from_day) & (pl.col("period_start") < self.until_day)
        if self.partner_ids is None or self.person_ids is None:
            return inside
        partner = (pl.col("participant_kind") == "partner") & pl.col("participant_id").is_in(list(self.partner_ids))
        person = (pl.col("participant_kind") == "person") & pl.col("participant_id").is_in(list(self.person_ids))
        return inside & (partner | person)


@dataclass(frozen=True)
class Posting:
    """What is needed to post the groups of some programs: each by its code, its plans by code and version."""

    programs: dict[str, Program]
    plans: dict[tuple[str, int], Plan]
    run: ProgramRun
    scope: Scope
    reason: str


def post_programs(posting: Posting, earnings: pl.DataFrame) -> list[PostedDifference]:
    """Store the groups of these programs and post what changed; joins the running transaction.

    `earnings` are settled rows (`participants.settled`). A group that was earned before and is no longer computed has
    earned 0. A group stored at a later sequence number is left alone. However many programs: as many statements.
    """
    periods, locked = lock_programs(posting)
    changed = without_results(changed_groups(posting, earnings), posting, locked)
    if changed.is_empty():
        return []
    places = {code: place for place, code in enumerate(posting.programs)}
    rows = sorted(changed.to_dicts(), key=lambda row: places[row["program"]])
    ensure_periods(posting, rows, periods)
    found = payees({(row["participant_kind"], row["participant_id"]) for row in rows})
    differing = [row for row in rows if row["earned"] != row["posted"]]
    post_earning_differences(
        [_difference(posting, row, found[row["participant_kind"], row["participant_id"]], locked) for row in differing]
    )
    _store(posting, changed, rows)
    return [_posted(row) for row in differing]


def lock_programs(posting: Posting) -> tuple[Periods, set[tuple[str, int]]]:
    """Keep other runs from these programs until the transaction ends; their periods, and which of them are locked."""
    ids = sorted(program.id for program in posting.programs.values())
    session.execute(select(Program.id).where(Program.id.in_(ids)).order_by(Program.id).with_for_update())
    periods = _periods(ids)
    locked = {(code, day) for code, program in posting.programs.items() for day in periods.get(program.id, {})
              if periods[program.id][day] == PeriodState.LOCKED}  # fmt: skip
    return periods, locked


def changed_groups(posting: Posting, earnings: pl.DataFrame) -> pl.DataFrame:
    """Groups whose figures differ from what is stored, with what is posted beside what is earned now.

    They come by participant and period: in one order however they were found, since what is taken back takes from what
    was given before it, and so that neighbors land beside each other in every index.
    """
    codes = {program.id: code for code, program in posting.programs.items()}
    stored = _read_groups(codes, posting.scope).filter(posting.scope.condition("period_end_then"))
    stored = stored.with_columns(
        pl.col("program_id").replace_strict(codes, return_dtype=pl.String).alias("program")
    ).drop("program_id")
    stored = stored if posting.scope.moved is None else posting.scope.moved.groups(stored)
    computed = earnings.filter(posting.scope.condition() & pl.col("program").is_in(list(posting.programs)))
    both = computed.join(stored, on=KEY, how="full", coalesce=True, nulls_equal=False)
    both = both.with_columns(
        pl.col("earned").fill_null(0),
        pl.col("measure").fill_null(0),
        pl.col("posted").fill_null(0),
        pl.coalesce("version", "version_then").alias("version"),
        pl.coalesce("period_end", "period_end_then").alias("period_end"),
    )
    known = pl.col("group_id").is_not_null()
    same = (
        known
        & (pl.col("earned") == pl.col("earned_then"))
        & (pl.col("earned") == pl.col("posted"))
        & (pl.col("measure") == pl.col("measure_then"))
        & (pl.col("version") == pl.col("version_then"))
        & pl.col("band").eq_missing(pl.col("band_then"))
    )
    later = known & (pl.col("seq_then") > posting.run.seq)
    nothing = ~known & (pl.col("earned") == 0) & (pl.col("measure") == 0)
    changed = both.filter(~(same | later | nothing).fill_null(value=False))
    return changed.sort("participant_kind", "participant_id", "period_start", "program", "component", "unit")


def without_results(changed: pl.DataFrame, posting: Posting, locked: Collection[tuple[str, int]]) -> pl.DataFrame:
    """A contest is final once its period is locked: what arrives later never ranks anybody anew (PRACTICE D3)."""
    contests = {
        (code, part.code)
        for (code, _), plan in posting.plans.items()
        for part in plan.components
        if part.method == "rank"
    }
    if not contests or not locked:
        return changed
    ranked = pl.DataFrame(sorted(contests), schema={"program": TEXT, "component": TEXT}, orient="row")
    final = pl.DataFrame(sorted(locked), schema={"program": TEXT, "period_start": I64}, orient="row")
    over = changed.join(ranked, on=["program", "component"], how="semi").join(final, on=final.columns, how="semi")
    return changed.join(over.select(KEY), on=KEY, how="anti", maintain_order="left")


def _read_groups(codes: Mapping[int, str], scope: Scope) -> pl.DataFrame:
    """The stored groups of these programs (code by id) in a scope, and perhaps some more."""
    listed = ", ".join(f"{source} AS {name}" for name, (source, _) in GROUPS.items())
    ids = ", ".join(str(int(number)) for number in sorted(codes))
    query = f"SELECT {listed} FROM earned_group WHERE program_id IN ({ids})"  # noqa: S608  our own names
    if scope.partner_ids is not None and scope.person_ids is not None:
        partners = ", ".join(str(int(number)) for number in scope.partner_ids) or "NULL"
        people = ", ".join(str(int(number)) for number in scope.person_ids) or "NULL"
        query += (
            f" AND ((participant_kind = 'partner' AND participant_id IN ({partners}))"
            f" OR (participant_kind = 'person' AND participant_id IN ({people})))"
        )
    if scope.moved is not None:
        query += f" AND ({' OR '.join(_moved_groups(codes, scope.moved))})"
    if scope.from_day is not None and scope.until_day is not None:
        query += f" AND period_end > {int(scope.from_day)} AND period_start < {int(scope.until_day)}"
    return read_frame(query, {name: kind for name, (_, kind) in GROUPS.items()})


def _moved_groups(codes: Mapping[int, str], moved: Moved) -> list[str]:
    """The groups new lines can change as conditions, one for each program."""
    partners = {str(code): ids for code, ids in moved.pairs.group_by("program").agg("participant_id").iter_rows()}
    found = []
    for number, code in codes.items():
        among = f" AND participant_id IN ({', '.join(map(str, partners.get(code, ['NULL'])))})"
        found.append(f"program_id = {int(number)}{among if code in moved.plain else ''}")
    return found


def _periods(program_ids: list[int]) -> Periods:
    """The state of every period that was ever posted to, by program and first day."""
    columns = ProgramPeriod.program_id, ProgramPeriod.period_start, ProgramPeriod.state
    found: Periods = {}
    for program_id, start, state in session.execute(select(*columns).where(ProgramPeriod.program_id.in_(program_ids))):
        found.setdefault(program_id, {})[clock.day_number(start)] = state
    return found


def ensure_periods(posting: Posting, rows: Sequence[Mapping[str, Any]], present: Periods) -> None:
    """Make the periods of these groups that were never posted to; a version may have moved the end of an open one."""
    wanted = {(posting.programs[row["program"]].id, row["period_start"]): row["period_end"] for row in rows}
    _move_ends(posting, rows)
    missing = [
        {
            "program_id": program_id,
            "period_start": from_day_number(start),
            "period_end": from_day_number(end),
            "state": PeriodState.OPEN,
            "run_id": posting.run.id,
        }
        for (program_id, start), end in sorted(wanted.items())
        if start not in present.get(program_id, {})
    ]
    if missing:
        session.execute(insert(ProgramPeriod), missing)


def _move_ends(posting: Posting, rows: Sequence[Mapping[str, Any]]) -> None:
    moved = {
        (posting.programs[row["program"]].id, row["period_start"]): row["period_end"]
        for row in rows
        if row.get("version_then") not in (None, row["version"])
    }
    for (program_id, start), end in moved.items():
        known = update(ProgramPeriod).where(
            ProgramPeriod.program_id == program_id, ProgramPeriod.period_start == from_day_number(start),
            ProgramPeriod.state == PeriodState.OPEN,
        )  # fmt: skip
        session.execute(known.values(period_end=from_day_number(end)))


def _difference(posting: Posting, row: dict[str, Any], payee: Payee, locked: Collection[tuple[str, int]]) -> Difference:
    program, plan = posting.programs[row["program"]], posting.plans[row["program"], row["version"]]
    today = clock.today()
    prior = (row["program"], row["period_start"]) in locked
    key = earning_key(program.code, row, payee.code)
    return Difference(
        owner_id=payee.owner_id,
        unit=str(row["unit"]),
        amount=row["earned"] - row["posted"],
        earning_key=key,
        program_code=program.code,
        period_start=from_day_number(row["period_start"]),
        accounting_date=today if prior else min(today, last_day(row["period_end"])),
        reason=posting.reason,
        idempotency_key=f"run:{posting.run.id}:{key}",
        prior_period=prior,
        hold_days=plan.hold_days,
        expires_on=expiry_day(plan, today) if row["unit"] == POINTS else None,
        treatment=program.treatment,
        run_id=posting.run.id,
        actor_person_id=posting.run.by_person_id,
    )


def earning_key(program_code: str, row: dict[str, Any], participant_code: str) -> str:
    """program/component/participant/period/unit: the name of one earning in the ledger."""
    return f"{program_code}/{row['component']}/{participant_code}/{from_day_number(row['period_start'])}/{row['unit']}"


def last_day(period_end: int) -> dt.date:
    """The last day of a period whose end is excluded."""
    return from_day_number(min(period_end, clock.day_number(NEVER_ENDS)) - 1)


def expiry_day(plan: Plan, today: dt.date) -> dt.date | None:
    """The day on which points posted today expire; None when they never do."""
    if plan.expiry is not None:
        return add_months(dt.date(today.year + 1, 1, 1), plan.expiry.after_months)
    return add_months(today, plan.expires_months) if plan.expires_months else None


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


def _store(posting: Posting, changed: pl.DataFrame, rows: list[dict[str, Any]]) -> None:
    found = {"seq": posting.run.seq, "run_id": posting.run.id, "updated_at": clock.now()}
    update_groups(changed, found)
    units = {key: plan.measuring_currency or "" for key, plan in posting.plans.items()}
    fresh = [
        (
            posting.programs[row["program"]].id, *(row[name] for name in IDENTITY),
            from_day_number(row["period_start"]), from_day_number(row["period_end"]),
            units[row["program"], row["version"]], *_figures(row).values(), *found.values(),
        )
        for row in rows
        if row["group_id"] is None
    ]  # fmt: skip
    stored = (*IDENTITY, "period_start", "period_end", "measure_unit", *FIGURES, "posted", "version_number")
    names = ["program_id", *stored, *found]
    insert_rows(EarnedGroup.__table__, names, fresh)  # type: ignore[arg-type]


def update_groups(changed: pl.DataFrame, found: Mapping[str, Any]) -> None:
    """Write the figures of changed groups that are stored already; `found` is the same for all of them."""
    figures = [*FIGURES, pl.col("earned").alias("posted"), pl.col("version").alias("version_number")]
    known = changed.filter(pl.col("group_id").is_not_null())
    table: Table = EarnedGroup.__table__  # type: ignore[assignment]
    update_columns(table, known.select(pl.col("group_id").alias("id"), "period_end", *figures), found)


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    """What is stored of a group: everything it earned is posted now."""
    return {name: row[name] for name in FIGURES} | {"posted": row["earned"], "version_number": row["version"]}


def _posted(row: dict[str, Any]) -> PostedDifference:
    return PostedDifference(
        participant_kind=str(row["participant_kind"]),
        participant_id=row["participant_id"],
        program_code=str(row["program"]),
        component=str(row["component"]),
        unit=str(row["unit"]),
        amount=row["earned"] - row["posted"],
        period_start=from_day_number(row["period_start"]),
    )
