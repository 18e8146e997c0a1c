"""The twenty plans in SQL inside PostgreSQL: nothing leaves the server, and the same rows go into the same tables.

Like the hand-written Polars it knows the channel: nothing was posted before, nobody's values change, every line counts.
"""

from __future__ import annotations

import datetime as dt

import polars as pl
from sqlalchemy import text

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session, transaction
from tests.bench.engine_by_hand import insert_run
from tests.bench.engine_world import BANDS, GROWTH_FROM, GROWTHS, LEAST, SPIFS, TIERED_FROM, TODAY, skus_of

QUARTER = "extract(year FROM d)::bigint * 4 + extract(quarter FROM d)::bigint"
CALENDAR = f"""
CREATE TEMP TABLE calendar ON COMMIT DROP AS
SELECT n AS day, {QUARTER} AS quarter, date_trunc('quarter', d)::date - DATE '1970-01-01' AS period_start,
       (date_trunc('quarter', d) + INTERVAL '3 months')::date - DATE '1970-01-01' AS period_end
FROM (SELECT n, DATE '1970-01-01' + n AS d FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n) days
"""
EARNED = """
CREATE TEMP TABLE earned ON COMMIT DROP AS
WITH known AS (
  SELECT partner_id, product_id % 10 AS category, quarter, period_start, period_end, origin_on,
         sum(amount)::bigint AS amount
  FROM sale_line JOIN calendar ON day = origin_on WHERE product_id % 10 < 8 GROUP BY 1, 2, 3, 4, 5, 6
), tiered AS (
  SELECT partner_id, category, period_start, period_end, sum(amount)::bigint AS m FROM known
  WHERE origin_on >= {tiered_from} GROUP BY 1, 2, 3, 4
), pair AS (
  SELECT partner_id, category % 4 AS pair, quarter, period_start, period_end, sum(amount)::bigint AS m
  FROM known GROUP BY 1, 2, 3, 4, 5
), growth AS (
  SELECT n.*, coalesce(p.m, 0) AS base FROM pair n
  LEFT JOIN pair p ON p.partner_id = n.partner_id AND p.pair = n.pair AND p.quarter = n.quarter - 4
  WHERE n.quarter >= {growth_from}
), every AS (
  SELECT 'tiered-' || category AS program, 'volume' AS component, partner_id AS participant_id, period_start,
         period_end, 'USD' AS unit, m AS measure, (({marginal}) * 2 + 10000) / 20000 AS earned FROM tiered
  UNION ALL
  SELECT 'growth-' || pair, 'growth', partner_id, period_start, period_end, 'USD', m,
         (CASE WHEN base >= {least} THEN (m - base) * (CASE {steps} ELSE 0 END) ELSE 0 END * 2 + 10000) / 20000
  FROM growth
  UNION ALL
  SELECT 'spif-' || number, 'units', partner_id, first, after, 'points', sum(quantity)::bigint,
         sum(quantity)::bigint * (10 + number)
  FROM sale_line JOIN (VALUES {spifs}) AS spif(number, low, high, first, after)
    ON product_id BETWEEN low AND high AND origin_on >= first AND origin_on < after
  GROUP BY number, partner_id, first, after
)
SELECT e.*, p.id AS program_id, e.participant_id AS owner_id,
       row_number() OVER (ORDER BY e.program, e.participant_id, e.period_start) AS number
FROM every e JOIN program p ON p.code = e.program WHERE measure <> 0
"""
WRITE = (
    "INSERT INTO program_period (program_id, period_start, period_end, state)"
    " SELECT DISTINCT program_id, period_start, period_end, 'open' FROM earned",
    "INSERT INTO earned_group (program_id, version_number, component, participant_kind, participant_id, period_start,"
    " period_end, unit, measure, measure_unit, earned, posted, seq, run_id, updated_at)"
    " SELECT program_id, 1, component, 'partner', participant_id, period_start, period_end, unit, measure, 'USD',"
    " earned, earned, 1, 1, :at FROM earned ORDER BY number",
    "DELETE FROM earned WHERE earned = 0",
    "ALTER TABLE earned ADD COLUMN earning_key text, ADD COLUMN kind text",
    "UPDATE earned SET kind = CASE unit WHEN 'USD' THEN 'pending' ELSE 'available' END, earning_key = program || '/'"
    " || component || '/P' || lpad(participant_id::text, 5, '0') || '/' || period_start || '/' || unit",
    "INSERT INTO ledger_account (owner_id, unit, kind, balance)"
    " SELECT owner_id, unit, kind, sum(earned) FROM earned GROUP BY 1, 2, 3"
    " UNION ALL SELECT DISTINCT owner_id, unit, 'available', 0 FROM earned WHERE kind = 'pending'"
    " UNION ALL SELECT DISTINCT :vendor, unit, 'revenue_reduction', NULL::bigint FROM earned",
    "INSERT INTO ledger_entry (id, kind, recorded_at, accounting_date, idempotency_key, reason, earning_key,"
    " program_code, period_start, prior_period, run_id) SELECT number, 'accrue', :at, least(:today, period_end - 1),"
    " 'run:1:' || earning_key, 'in SQL', earning_key, program, period_start, false, 1 FROM earned ORDER BY number",
    "INSERT INTO ledger_lot (id, owner_id, unit, earning_key, entry_id, opened_on, matures_on, pending, available,"
    " held, debt) SELECT number, owner_id, unit, earning_key, number, :today,"
    " :today + CASE kind WHEN 'pending' THEN 30 ELSE 0 END, CASE kind WHEN 'pending' THEN earned ELSE 0 END,"
    " CASE kind WHEN 'pending' THEN 0 ELSE earned END, 0, 0 FROM earned ORDER BY number",
    "INSERT INTO ledger_posting (entry_id, account_id, lot_id, amount)"
    " SELECT e.number, a.id, e.number, e.earned FROM earned e"
    " JOIN ledger_account a ON a.owner_id = e.owner_id AND a.unit = e.unit AND a.kind = e.kind"
    " UNION ALL SELECT e.number, a.id, NULL, -e.earned FROM earned e"
    " JOIN ledger_account a ON a.owner_id = :vendor AND a.unit = e.unit",
    "INSERT INTO ledger_seal (entry_id) SELECT number FROM earned ORDER BY number",
    "INSERT INTO outbox (fact, payload, recorded_at, not_before, attempts, done_listeners)"
    " SELECT 'EarningsPosted', string_agg(program || ':' || earned, ','), :at, :at, 0, '' FROM earned"
    " GROUP BY participant_id",
)  # fmt: skip


def run() -> pl.DataFrame:
    """Calculate and write everything in the server; the earnings, which are read after the clock has stopped."""
    now = clock.now()
    with transaction():
        first, last = day_number(dt.date(TODAY.year - 4, 1, 1)), day_number(dt.date(TODAY.year + 1, 1, 1))
        session.execute(text(CALENDAR), {"first": first, "last": last})
        session.execute(text("ANALYZE calendar"))
        session.execute(text(_earned()))
        session.execute(text("ANALYZE earned"))
        insert_run()
        vendor = session.scalar(text("INSERT INTO ledger_owner (kind, code, created_at)"
            " VALUES ('vendor', 'vendor', :at) RETURNING id"), {"at": now})  # fmt: skip
        known = {"at": now, "today": day_number(clock.today()), "vendor": vendor}
        for statement in WRITE:
            session.execute(text(statement), {name: value for name, value in known.items() if f":{name}" in statement})
    return pl.DataFrame()


def earnings() -> pl.DataFrame:
    """What is stored: program, participant_id, period_start, earned."""
    query = ("SELECT p.code, g.participant_id, g.period_start, g.earned FROM earned_group g"
             " JOIN program p ON p.id = g.program_id")  # fmt: skip
    rows = session.execute(text(query)).all()
    names = {"program": pl.String, "participant_id": pl.Int64, "period_start": pl.Int64, "earned": pl.Int64}
    return pl.DataFrame([tuple(row) for row in rows], schema=names, orient="row")


def _earned() -> str:
    ends = [start for start, _ in BANDS[1:]] + [None]
    marginal = " + ".join(
        f"greatest({f'least(m, {end})' if end else 'm'} - {start}, 0) * {rate}"
        for (start, rate), end in zip(BANDS, ends, strict=True)
    )
    steps = " ".join(f"WHEN m * 100 >= base * {reached} THEN {rate}" for reached, rate in reversed(GROWTHS))
    spifs = ", ".join(
        f"({number}, {skus_of(number)[0]}, {skus_of(number)[-1]}, {day_number(begin)}, {day_number(until)})"
        for number, (_, begin, until) in enumerate(SPIFS)
    )
    return EARNED.format(
        tiered_from=day_number(TIERED_FROM), marginal=marginal, steps=steps, spifs=spifs, least=LEAST,
        growth_from=GROWTH_FROM.year * 4 + (GROWTH_FROM.month - 1) // 3 + 1,
    )  # fmt: skip
