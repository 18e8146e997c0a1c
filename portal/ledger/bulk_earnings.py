"""Posting what a full run found, as columns: the plain case without an object for each difference.

Plain is an owner that in this unit owes nothing and from whom nothing is taken back. What concerns any other owner
goes, in its order, through `earnings.py`; both ways write the same entries, watched by the same laws of the database.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from portal.core import clock
from portal.core.bulk import insert_columns, rows_among
from portal.core.clock import day_number, from_day_number
from portal.core.db import session
from portal.core.money import MAX_MINOR, POINTS
from portal.ledger import bulk, rows
from portal.ledger.earnings import Difference, post_earning_differences
from portal.ledger.errors import UnusableAmount
from portal.ledger.models import EntryKind
from portal.ledger.months import closed_months, open_day
from portal.ledger.owners import vendor_owner

I64, TEXT = pl.Int64(), pl.String()
DIFFERENCES = {
    "owner_id": I64,
    "unit": TEXT,
    "amount": I64,
    "earning_key": TEXT,
    "program_code": TEXT,
    "period_start": I64,
    "accounting_date": I64,
    "idempotency_key": TEXT,
    "prior_period": pl.Boolean(),
    "hold_days": I64,
    "expires_on": I64,
    "treatment": TEXT,
}
PAIR = ["owner_id", "unit"]


def post_earning_columns(
    differences: pl.DataFrame, *, reason: str, run_id: int | None = None, actor_person_id: int | None = None
) -> None:
    """Post the differences of a frame with the columns of DIFFERENCES (days as numbers, null where none).

    The keys must be new, as those of a run that has just begun are; the database refuses one that is not.
    """
    frame = differences.select(pl.col(name).cast(kind) for name, kind in DIFFERENCES.items())
    if frame.is_empty():
        return
    unusable = frame.filter((pl.col("amount") == 0) | (pl.col("amount").abs() > MAX_MINOR))
    if unusable.height:
        raise UnusableAmount(unusable["unit"][0])
    session.flush()
    pairs = list(frame.select(PAIR).unique(maintain_order=True).iter_rows())
    accounts = rows.lock_owners(pairs)
    owing = pl.DataFrame(sorted(rows.in_debt(set(pairs))), schema={"owner_id": I64, "unit": TEXT}, orient="row")
    special = pl.concat([frame.filter(pl.col("amount") < 0).select(PAIR), owing]).unique()
    _post(frame.join(special, on=PAIR, how="anti", maintain_order="left"), accounts, reason, run_id, actor_person_id)
    rest = frame.join(special, on=PAIR, how="semi", maintain_order="left")
    post_earning_differences([_difference(row, reason, run_id, actor_person_id) for row in rest.iter_rows(named=True)])


def _difference(row: dict[str, object], reason: str, run_id: int | None, actor_person_id: int | None) -> Difference:
    days = {name: row[name] for name in ("period_start", "accounting_date", "expires_on")}
    dates = {name: None if day is None else from_day_number(int(str(day))) for name, day in days.items()}
    return Difference(**row | dates, reason=reason, run_id=run_id, actor_person_id=actor_person_id)  # type: ignore[arg-type]


def _post(
    plain: pl.DataFrame, accounts: dict[rows.Key, int], reason: str, run_id: int | None, actor_person_id: int | None
) -> None:
    if plain.is_empty():
        return
    today = clock.today()
    posted = _numbered(_dated(plain, today))
    entries = posted.select(
        "id", "accounting_date", "original_date", "idempotency_key", "earning_key", "program_code", "period_start",
        "prior_period", _kind(posted["earning_key"]),
    )  # fmt: skip
    same = {"recorded_at": clock.now(), "reason": reason, "run_id": run_id, "actor_person_id": actor_person_id}
    insert_columns(rows.table("ledger_entry"), entries, same)
    lots = posted.select(
        "owner_id", "unit", "earning_key", "matures_on", "expires_on", id="lot_id", entry_id="id",
        pending=pl.when("waits").then("amount").otherwise(0), available=pl.when("waits").then(0).otherwise("amount"),
    )  # fmt: skip
    insert_columns(rows.table("ledger_lot"), lots, {"opened_on": today, "held": 0, "debt": 0})
    sides = _sides(posted, accounts)
    insert_columns(rows.table("ledger_posting"), sides.select("entry_id", "account_id", "lot_id", "amount"))
    insert_columns(rows.table("ledger_seal"), posted.select(entry_id="id"))
    own = sides.filter(pl.col("lot_id").is_not_null())
    rows.add_balances(dict(own.group_by("account_id").agg(pl.col("amount").sum()).iter_rows()))


def _dated(plain: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """With the day of maturity, whether it waits for it, and dates that lie in open months."""
    closed, asked = closed_months(), plain["accounting_date"].unique().to_list()
    dated = {day: day_number(open_day(from_day_number(day), closed)) for day in asked}
    plain = plain.with_columns(
        pl.col("accounting_date").replace_strict(dated, return_dtype=I64).alias("dated"),
        (pl.col("hold_days") + day_number(today)).alias("matures_on"),
        (pl.col("hold_days") > 0).alias("waits"),
        pl.when(pl.col("unit") == POINTS).then("expires_on").alias("expires_on"),
    )
    moved = pl.col("dated") != pl.col("accounting_date")
    return plain.with_columns(
        pl.when(moved).then("accounting_date").alias("original_date"), pl.col("dated").alias("accounting_date")
    )


def _numbered(plain: pl.DataFrame) -> pl.DataFrame:
    entries, lots = (bulk.reserve_ids(rows.table(name), plain.height) for name in ("ledger_entry", "ledger_lot"))
    return plain.with_columns(pl.Series("id", list(entries), I64), pl.Series("lot_id", list(lots), I64))


def _kind(keys: pl.Series) -> pl.Series:
    """The first entry of an earning accrues it, any other trues it up."""
    query = "SELECT DISTINCT earning_key FROM ledger_entry WHERE earning_key {among}"
    known = [key for (key,) in rows_among(query, keys.to_list(), "text")]
    raised = keys.is_in(pl.Series(known, dtype=TEXT).implode()) | ~keys.is_first_distinct()
    kinds = pl.when(raised).then(pl.lit(EntryKind.TRUE_UP.value)).otherwise(pl.lit(EntryKind.ACCRUE.value))
    return pl.select(kinds.alias("kind")).to_series()


def _sides(posted: pl.DataFrame, accounts: dict[rows.Key, int]) -> pl.DataFrame:
    """Both sides of each entry on their accounts, which are made where they are missing."""
    vendor = vendor_owner().id
    kind = pl.when("waits").then(pl.lit("pending")).otherwise(pl.lit("available")).alias("kind")
    own = posted.select("id", "lot_id", "amount", *PAIR, kind)
    ours = posted.select(
        "id", pl.lit(None, I64).alias("lot_id"), -pl.col("amount"), pl.lit(vendor, I64).alias("owner_id"), "unit",
        pl.col("treatment").alias("kind"),
    )  # fmt: skip
    sides = pl.concat([own, ours]).sort("id", pl.col("lot_id").is_null(), maintain_order=True)
    named = ["owner_id", "unit", "kind"]
    wanted = set(sides.select(named).unique().iter_rows())
    accounts = accounts | rows.ensure_accounts(wanted - accounts.keys(), vendor)
    keyed = [(*key, number) for key, number in accounts.items()]
    schema = {"owner_id": I64, "unit": TEXT, "kind": TEXT, "account_id": I64}
    known = pl.DataFrame(keyed, schema=schema, orient="row")
    return sides.rename({"id": "entry_id"}).join(known, on=named, maintain_order="left")
