"""The closing report: totals of what was posted, and the sales of its days that did not count, by reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from sqlalchemy import func, select

from portal.core.db import session
from portal.engine.compile import product_miss, rate_of, tags_of
from portal.engine.credit import matches
from portal.engine.periods import Version, day_number
from portal.engine.plan import Plan
from portal.programs.definitions import overview, queries
from portal.programs.definitions.budgets import use_of
from portal.programs.definitions.models import Program
from portal.programs.pilots.sides import control_among
from portal.programs.runs.facts import read_facts
from portal.programs.runs.models import EarnedGroup

Report = dict[str, Any]
KEYS = ("type", "tier", "territory", "segment")


def make_report(program: Program) -> Report:
    """What a program paid in its life; amounts in minor units or points, days as text."""
    versions = queries.list_versions(program)
    plan = queries.plan_of(versions[-1])
    row = overview.rows_of([program])[0]
    use = use_of(program, row.budget)
    counted, excluded = count_lines(plan, versions[0].effective_from.isoformat())
    return {
        "program": program.code, "name": program.name, "goal": program.goal, "unit": program.unit,
        "from": versions[0].effective_from.isoformat(), "versions": len(versions),
        "until": versions[-1].effective_until.isoformat() if versions[-1].effective_until else None,
        "earned": row.earned, "participants": _paid_participants(program), "budget": row.budget,
        "accrued": use.accrued, "paid": use.paid, "owed_back": use.owed_back, "expired": use.expired,
        "reserved": use.reserved, "free": use.free, "counted": counted, "excluded": excluded,
        "periods": [
            {"from": one.start.isoformat(), "earned": one.earned, "participants": one.participants, "state": one.state}
            for one in overview.periods_of(program)
        ],
    }  # fmt: skip


def _paid_participants(program: Program) -> int:
    """How many participants earned more or less than nothing."""
    totals = select(EarnedGroup.participant_kind, EarnedGroup.participant_id).where(
        EarnedGroup.program_id == program.id
    )
    totals = totals.group_by(EarnedGroup.participant_kind, EarnedGroup.participant_id)
    paid = totals.having(func.sum(EarnedGroup.posted) != 0).subquery()
    return session.scalar(select(func.count()).select_from(paid)) or 0


def count_lines(plan: Plan, first_day: str) -> tuple[int, dict[str, int]]:
    """How many sale lines of the program's days counted, and how many did not, by the reason that came first."""
    since, until = dt.date.fromisoformat(first_day), plan.effective.until
    facts = read_facts(since=since, until=until).facts
    sales = facts.sales.with_columns(
        pl.col("product_id").is_in(_products(plan, facts.products)).alias("fits"), _flow(plan).alias("meant")
    )
    known = _partners(plan, sales, facts.partner_values)
    sales = sales.with_columns(pl.Series("known", known, dtype=pl.Boolean))
    nobody = pl.col("seller_id").is_null() if plan.participant == "seller" else pl.lit(value=False)
    reason = (
        pl.when(~pl.col("meant")).then(pl.lit("another kind of sale"))
        .when(~pl.col("fits")).then(pl.lit("product not in this program"))
        .when(~pl.col("known")).then(pl.lit("partner does not take part"))
        .when(pl.col("partner_id").is_in(_control(plan, first_day, sales))).then(pl.lit("in the control group"))
        .when(nobody).then(pl.lit("no seller who may be paid"))
        .otherwise(pl.lit("")).alias("reason")
    )  # fmt: skip
    counts = dict(sales.select(reason).group_by("reason").len().sort("len", descending=True).iter_rows())
    return int(counts.pop("", 0)), {name: int(count) for name, count in counts.items()}


def _control(plan: Plan, first_day: str, sales: pl.DataFrame) -> list[int]:
    """The partners of these sales that are left out of a pilot."""
    version = Version(1, plan, split_day=day_number(dt.date.fromisoformat(first_day)))
    return sorted(control_among({plan.code: version}, sales["partner_id"].unique().to_list()).get(plan.code, ()))


def _flow(plan: Plan) -> pl.Expr:
    return pl.col("flow").is_in(sorted({str(plan.qualify_of(component).flow) for component in plan.components}))


def _products(plan: Plan, products: pl.DataFrame) -> list[int]:
    """The products that some component pays on."""
    return [
        number
        for number, sku, category, tags in products.select(
            "product_id", "sku", "category", tags_of(products)
        ).iter_rows()
        if any(
            not product_miss(plan.qualify_of(component), sku, category, tags)
            and rate_of(component, plan, sku, category) is not None
            for component in plan.components
        )
    ]


def _partners(plan: Plan, sales: pl.DataFrame, values: pl.DataFrame) -> list[bool]:
    """For each line, whether the partner's values of its day let it take part."""
    ordered = sales.with_row_index("place").select("place", "partner_id", "origin_day").sort("origin_day")
    dated = values.sort("valid_from").select("partner_id", "valid_from", *KEYS)
    held = ordered.join_asof(
        dated, left_on="origin_day", right_on="valid_from", by="partner_id", check_sortedness=False
    ).sort("place")
    kinds = held.select(KEYS).unique()
    fits = kinds.with_columns(
        pl.Series("fits", [matches(plan.eligibility, row) for row in kinds.iter_rows(named=True)], dtype=pl.Boolean)
    )
    return held.join(fits, on=KEYS, how="left", nulls_equal=True, maintain_order="left")["fits"].to_list()
