"""The twenty plans by hand for one known channel: ADBC, Polars, and the same rows of earnings and postings in bulk.

It knows that nothing was ever posted before, that nobody's values change and that every line counts: what the general
way is measured against. Rows go into the same tables, whose indexes and laws are the same for both.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from sqlalchemy import text

from portal.core import clock, db
from portal.core.clock import day_number
from portal.core.db import session, transaction
from tests.bench.bench_calculation import connect
from tests.bench.engine_world import BANDS, GROWTH_FROM, GROWTHS, LEAST, SPIFS, TIERED_FROM, TODAY, skus_of
from tests.bench.handwritten import read

LINES = "SELECT partner_id, product_id, quantity, amount, origin_on FROM sale_line"
GROUP = ["program", "component", "participant_id", "period_start", "period_end", "unit", "measure", "earned"]
MOMENT = "1970-01-01 00:00:00"


def run() -> pl.DataFrame:
    """Read, calculate and write everything; the earnings."""
    with connect() as connection:
        lines = read(connection, LINES)
    earned = calculate(lines)
    with transaction():
        write(earned)
    return earned


def calculate(lines: pl.DataFrame) -> pl.DataFrame:
    """What is earned: a row for each program, partner and period, in the columns of `GROUP`."""
    known = lines.lazy().join(_calendar(), on="origin_on", how="left")
    known = known.with_columns(category=pl.col("product_id") % 10)
    parts = [_tiered(known), _growth(known), *(_spif(known, number) for number in range(len(SPIFS)))]
    return pl.concat(pl.collect_all([part.select(GROUP) for part in parts]))


def _calendar() -> pl.LazyFrame:
    """Days with their quarter: (origin_on, quarter, period_start, period_end), quarters counted on."""
    rows = []
    for number in range(TIERED_FROM.year * 4 - 8, TODAY.year * 4 + 4):
        start, end = (dt.date((number + more) // 4, (number + more) % 4 * 3 + 1, 1) for more in (0, 1))
        days = range(day_number(start), day_number(end))
        rows += [(day, number, day_number(start), day_number(end)) for day in days]
    return pl.LazyFrame(rows, schema=["origin_on", "quarter", "period_start", "period_end"], orient="row")


def _tiered(lines: pl.LazyFrame) -> pl.LazyFrame:
    own = lines.filter(pl.col("category") < 8, pl.col("origin_on") >= day_number(TIERED_FROM))
    sums = _sums(own, "category", "amount")
    top = pl.lit(0)
    for place, (start, rate) in enumerate(BANDS):
        until = BANDS[place + 1][0] if place + 1 < len(BANDS) else None
        inside = pl.col("measure") if until is None else pl.min_horizontal("measure", pl.lit(until))
        top = top + pl.when(pl.col("measure") >= start).then((inside - start) * rate).otherwise(0)
    return _named(sums, pl.format("tiered-{}", "category"), "volume", "USD", (top * 2 + 10_000) // 20_000)


def _growth(lines: pl.LazyFrame) -> pl.LazyFrame:
    pair = lines.filter(pl.col("category") < 8).with_columns(pair=pl.col("category") % 4)
    since = GROWTH_FROM.year * 4 + (GROWTH_FROM.month - 1) // 3
    now = _sums(pair.filter(pl.col("quarter") >= since), "pair", "amount", "quarter")
    past = pair.group_by("partner_id", "pair", pl.col("quarter") + 4).agg(base=pl.col("amount").sum())
    both = now.join(past, on=["partner_id", "pair", "quarter"], how="left").with_columns(pl.col("base").fill_null(0))
    measured, base = pl.col("measure"), pl.col("base")
    rate = pl.lit(0)
    for reached, paid in GROWTHS:
        rate = pl.when(measured * 100 >= base * reached).then(paid).otherwise(rate)
    top = pl.when(base >= LEAST).then((measured - base) * rate).otherwise(0)
    return _named(both, pl.format("growth-{}", "pair"), "growth", "USD", (top * 2 + 10_000) // 20_000)


def _spif(lines: pl.LazyFrame, number: int) -> pl.LazyFrame:
    _, begin, until = SPIFS[number]
    first, after = day_number(begin), day_number(until)
    own = lines.filter(pl.col("product_id").is_in(skus_of(number)), pl.col("origin_on").is_between(first, after - 1))
    own = own.with_columns(period_start=pl.lit(first, pl.Int64), period_end=pl.lit(after, pl.Int64))
    sums = _sums(own, pl.lit(number).alias("spif"), "quantity")
    return _named(sums, pl.lit(f"spif-{number}"), "units", "points", pl.col("measure") * (10 + number))


def _sums(lines: pl.LazyFrame, kind: str | pl.Expr, what: str, *more: str) -> pl.LazyFrame:
    return lines.group_by("partner_id", kind, "period_start", "period_end", *more).agg(measure=pl.col(what).sum())


def _named(sums: pl.LazyFrame, program: pl.Expr, component: str, unit: str, earned: pl.Expr) -> pl.LazyFrame:
    return sums.with_columns(
        program.alias("program"), pl.lit(component).alias("component"), pl.lit(unit).alias("unit"),
        pl.col("partner_id").alias("participant_id"), earned.cast(pl.Int64).alias("earned"),
    )  # fmt: skip


def write(earned: pl.DataFrame) -> None:
    """The rows a first run writes: groups, periods, entries, lots, postings, seals, accounts with balances, facts."""
    numbers = {code: number for code, number in session.execute(text("SELECT code, id FROM program"))}
    vendor = session.scalar(text("INSERT INTO ledger_owner (kind, code, created_at)"
        " VALUES ('vendor', 'vendor', :at) RETURNING id"), {"at": clock.now()})  # fmt: skip
    earned = earned.filter(pl.col("measure") != 0).sort("program", "participant_id", "period_start")
    rows = earned.with_columns(
        program_id=pl.col("program").replace_strict(numbers, return_dtype=pl.Int64),
        owner_id=pl.col("participant_id"),
    )
    common = {"version_number": 1, "participant_kind": "partner", "seq": 1, "run_id": 1, "updated_at": MOMENT}
    insert_run()
    _insert("program_period", rows.select("program_id", "period_start", "period_end").unique(), {"state": "open"})
    groups = rows.drop("program", "owner_id").with_columns(pl.col("earned").alias("posted"))
    _insert("earned_group", groups, common | {"measure_unit": "USD"})
    _post(rows.filter(pl.col("earned") != 0).with_row_index("id", 1).with_columns(pl.col("id").cast(pl.Int64)), vendor)


def _post(rows: pl.DataFrame, vendor: int) -> None:
    today, pending = day_number(clock.today()), pl.col("unit") == "USD"
    named = pl.format("{}/{}/P{}/{}/{}", "program", "component",
                      pl.col("participant_id").cast(pl.String).str.zfill(5), "period_start", "unit")  # fmt: skip
    rows = rows.with_columns(named.alias("earning_key"), pl.when(pending).then("earned").otherwise(0).alias("pending"))
    rows = rows.with_columns((pl.col("earned") - pl.col("pending")).alias("available"))
    kind = pl.when(pending).then(pl.lit("pending")).otherwise(pl.lit("available"))
    sums = rows.group_by("owner_id", "unit", kind.alias("kind")).agg(balance=pl.col("earned").sum())
    empty = rows.filter(pending).select("owner_id", "unit").unique().with_columns(kind=pl.lit("available"))
    own = pl.concat([sums, empty.with_columns(balance=pl.lit(0, pl.Int64))]).with_row_index("id", 1)
    ours = [{"id": len(own) + 1 + n, "owner_id": vendor, "unit": unit, "kind": "revenue_reduction"}
            for n, unit in enumerate(("USD", "points"))]  # fmt: skip
    _insert("ledger_account", own, {})
    _insert("ledger_account", pl.DataFrame(ours), {})
    entries = rows.select(
        "id", "earning_key", "period_start", program_code="program",
        idempotency_key=pl.format("run:1:{}", "earning_key"),
        accounting_date=pl.min_horizontal(pl.lit(today), pl.col("period_end") - 1),
    )  # fmt: skip
    same = {"kind": "accrue", "recorded_at": MOMENT, "reason": "by hand", "run_id": 1}
    _insert("ledger_entry", entries, same | {"prior_period": "false" if db.is_postgresql() else 0})
    lots = rows.select(
        "id", "owner_id", "unit", "earning_key", "pending", "available", entry_id="id", opened_on=pl.lit(today),
        matures_on=pl.lit(today) + pl.when(pending).then(30).otherwise(0),
    )  # fmt: skip
    _insert("ledger_lot", lots, {"held": 0, "debt": 0})
    accounts = own.rename({"id": "account_id"}).drop("balance").with_columns(pl.col("account_id").cast(pl.Int64))
    theirs = rows.with_columns(kind.alias("kind")).join(accounts, on=["owner_id", "unit", "kind"])
    ours_by_unit = {row["unit"]: row["id"] for row in ours}
    other = pl.col("unit").replace_strict(ours_by_unit, return_dtype=pl.Int64).alias("account_id")
    _insert("ledger_posting", theirs.select("account_id", entry_id="id", lot_id="id", amount="earned"), {})
    _insert("ledger_posting", rows.select(other, entry_id="id", amount=-pl.col("earned")), {})
    _insert("ledger_seal", rows.select(entry_id="id"), {})
    told = rows.group_by("participant_id").agg(payload=pl.format("{}:{}", "unit", "earned").str.join(","))
    facts = {"fact": "EarningsPosted", "recorded_at": MOMENT, "not_before": MOMENT, "attempts": 0, "done_listeners": ""}
    _insert("outbox", told.select("payload"), facts)


def insert_run() -> None:
    """The row of the one run there is."""
    now = clock.now()
    session.execute(
        text(
            "INSERT INTO program_run (id, scope, as_of, started_at, engine_version, input_digest, output_digest, seq,"
            " reason, posted_count, posted) VALUES (1, 'full', :at, :at, 'hand', '', '', 1, '', 0, :yes)"
        ),
        {"at": now, "yes": True},
    )


def _insert(table: str, frame: pl.DataFrame, same: dict[str, Any]) -> None:
    """All rows of a frame, with columns that are the same everywhere: COPY, or one statement for many rows."""
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in same.items())
    names = ", ".join(frame.columns)
    connection = session.connection()
    if db.is_postgresql():
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv)") as copy:
            copy.write(frame.write_csv(include_header=False, null_value="", quote_style="necessary").encode())
        return
    marks = ", ".join("?" * frame.width)
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", frame.rows())
