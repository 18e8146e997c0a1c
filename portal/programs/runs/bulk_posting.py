"""Posting what a full run found: the same groups and differences as `posting.py`, as columns."""

from __future__ import annotations

import polars as pl
from sqlalchemy import Table

from portal.core import clock
from portal.core.bulk import insert_columns
from portal.core.clock import day_number, from_day_number
from portal.core.events import emit_payloads
from portal.core.ids import canonical_json
from portal.core.money import POINTS
from portal.ledger.bulk_earnings import post_earning_columns
from portal.programs.runs.events import EarningsPosted
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.participants import payees
from portal.programs.runs.posting import (
    FIGURES,
    IDENTITY,
    Posting,
    changed_groups,
    ensure_periods,
    expiry_day,
    last_day,
    lock_programs,
    update_groups,
    without_results,
)

I64, TEXT = pl.Int64(), pl.String()
VERSION = ["program", "version"]
PAYEE = ["participant_kind", "participant_id"]


def post_in_bulk(posting: Posting, earnings: pl.DataFrame) -> int:
    """Store the groups of these programs, post what changed and tell; how many differences.

    Joins the running transaction. Everything is as `posting.post_programs` does it, in columns.
    """
    periods, locked = lock_programs(posting)
    changed = without_results(changed_groups(posting, earnings), posting, locked)
    if changed.is_empty():
        return 0
    named = changed.select("program", "period_start", "period_end", "version", "version_then")
    windows = named.unique(["program", "period_start"], keep="last")
    ensure_periods(posting, windows.to_dicts(), periods)
    rows = _with_terms(_with_payees(_in_order(changed, posting)), posting)
    differing = rows.filter(pl.col("earned") != pl.col("posted"))
    prior = pl.DataFrame(sorted(locked), schema={"program": TEXT, "period_start": I64}, orient="row")
    differences = _differences(differing, prior, posting)
    run = posting.run
    post_earning_columns(differences, reason=posting.reason, run_id=run.id, actor_person_id=run.by_person_id)
    _store(rows, posting)
    _tell(differing)
    return differing.height


def _in_order(changed: pl.DataFrame, posting: Posting) -> pl.DataFrame:
    """The groups program by program, each with its id."""
    places = {code: place for place, code in enumerate(posting.programs)}
    numbers = {code: program.id for code, program in posting.programs.items()}
    placed = changed.with_columns(
        pl.col("program").replace_strict(places, return_dtype=I64).alias("_place"),
        pl.col("program").replace_strict(numbers, return_dtype=I64).alias("program_id"),
    )
    return placed.sort("_place", maintain_order=True).drop("_place")


def _with_payees(rows: pl.DataFrame) -> pl.DataFrame:
    keys = set(rows.select(PAYEE).unique().iter_rows())
    found = [(*key, payee.owner_id, payee.code) for key, payee in payees(keys).items()]
    schema = {"participant_kind": TEXT, "participant_id": I64, "owner_id": I64, "_code": TEXT}
    known = pl.DataFrame(found, schema=schema, orient="row")
    return _all_of(rows, rows.join(known, on=PAYEE, maintain_order="left"))


def _with_terms(rows: pl.DataFrame, posting: Posting) -> pl.DataFrame:
    """With what the version says about hold, expiry and treatment."""
    today = clock.today()
    terms = [
        (
            code, number, plan.measuring_currency or "", plan.hold_days, posting.programs[code].treatment,
            day_number(last) if (last := expiry_day(plan, today)) is not None else None,
        )
        for (code, number), plan in posting.plans.items()
    ]  # fmt: skip
    schema = {"program": TEXT, "version": I64, "measure_unit": TEXT, "hold_days": I64, "treatment": TEXT}
    known = pl.DataFrame(terms, schema=schema | {"expires_on": I64}, orient="row")
    return _all_of(rows, rows.join(known, on=VERSION, maintain_order="left"))


def _all_of(rows: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """The joined rows, when none was lost: money must not vanish because a name is not known."""
    if joined.height != rows.height:
        raise LookupError("A participant or a version that earned something is not known.")
    return joined


def _differences(rows: pl.DataFrame, prior: pl.DataFrame, posting: Posting) -> pl.DataFrame:
    """The columns that `ledger.bulk_earnings` posts."""
    today = day_number(clock.today())
    starts = {day: from_day_number(day).isoformat() for day in rows["period_start"].unique()}
    ends = {day: day_number(last_day(day)) for day in rows["period_end"].unique()}
    spoken = pl.col("period_start").replace_strict(starts, return_dtype=TEXT)
    dated = pl.min_horizontal(pl.lit(today, I64), pl.col("period_end").replace_strict(ends, return_dtype=I64))
    known = rows.join(
        prior.with_columns(prior_period=True), on=["program", "period_start"], how="left", maintain_order="left"
    ).with_columns(
        pl.col("prior_period").fill_null(value=False),
        pl.format("{}/{}/{}/{}/{}", "program", "component", "_code", spoken, "unit").alias("earning_key"),
    )
    return known.select(
        "owner_id", "unit", (pl.col("earned") - pl.col("posted")).alias("amount"), "earning_key",
        pl.col("program").alias("program_code"), "period_start",
        pl.when("prior_period").then(today).otherwise(dated).alias("accounting_date"),
        pl.format("run:{}:{}", pl.lit(posting.run.id), "earning_key").alias("idempotency_key"),
        "prior_period", "hold_days", pl.when(pl.col("unit") == POINTS).then("expires_on").alias("expires_on"),
        "treatment",
    )  # fmt: skip


def _store(rows: pl.DataFrame, posting: Posting) -> None:
    table: Table = EarnedGroup.__table__  # type: ignore[assignment]
    found = {"seq": posting.run.seq, "run_id": posting.run.id, "updated_at": clock.now()}
    figures = [*FIGURES, pl.col("earned").alias("posted"), pl.col("version").alias("version_number")]
    update_groups(rows, found)
    names = ["program_id", *IDENTITY, "period_start", "period_end", "measure_unit"]
    insert_columns(table, rows.filter(pl.col("group_id").is_null()).select(*names, *figures), found)


def _tell(rows: pl.DataFrame) -> None:
    """One fact for each participant whose earnings changed."""
    pairs = {(code, unit): canonical_json([code, unit])[:-1]
             for code, unit in rows.select("program", "unit").unique().iter_rows()}  # fmt: skip
    schema = {"program": TEXT, "unit": TEXT, "_pair": TEXT}
    begun = pl.DataFrame([(*pair, text) for pair, text in pairs.items()], schema=schema, orient="row")
    told = rows.join(begun, on=["program", "unit"], maintain_order="left")
    changes = pl.format("{},{}]", "_pair", pl.col("earned") - pl.col("posted")).alias("_change")
    told = told.select(*PAYEE, changes).group_by(PAYEE, maintain_order=True).agg(pl.col("_change").str.join(","))
    payload = pl.format('{{"amounts":[{}],"participant_id":{},"participant_kind":"{}"}}', "_change", *reversed(PAYEE))
    emit_payloads(EarningsPosted, told.sort(PAYEE).select(payload.alias("payload")).to_series())
