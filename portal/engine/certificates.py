"""What a seller or a partner held on the day of a sale, and who bought: tested in the one pass with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.plan import Plan
from portal.engine.plan_parts import EndCustomers

Held = frozenset[tuple[str, str]]
BUYER = "buyer"
NOBODY = EndCustomers(exclude=())
OWNERS = {"partner": "partner_id", "person": "seller_id"}


def owner_kind(plan: Plan) -> str:
    """Whose certificates a plan asks for: the seller's where sellers are paid, else the partner's."""
    return "person" if plan.participant == "seller" else "partner"


def is_certified(plan: Plan, held: Held) -> bool:
    """Whether one of the certificates a plan asks for is held; a plan that asks for none takes all."""
    wanted = plan.eligibility.certificates
    return not wanted or any((owner_kind(plan), name) in held for name in wanted)


def is_admitted(plan: Plan, held: Held) -> bool:
    """Whether a line of this set counts: a certificate that is asked for is held, no excluded end customer bought."""
    excluded = plan.eligibility.end_customers
    free = excluded is None or not any((BUYER, name) in held for name in excluded.exclude)
    return free and is_certified(plan, held)


def asks_of_lines(plan: Plan) -> bool:
    """Whether certificates or end customers decide which lines of a plan count."""
    return bool(plan.eligibility.certificates) or plan.eligibility.end_customers is not None


def with_held(sales: pl.DataFrame, facts: Facts, plans: Iterable[Plan]) -> tuple[pl.DataFrame, Sequence[Held]]:
    """The lines with `held`, a number of the set of what their partner and seller had and who bought; the sets."""
    plans = list(plans)
    asked = {(owner_kind(plan), name) for plan in plans for name in plan.eligibility.certificates or ()}
    excluded = {name for plan in plans for name in (plan.eligibility.end_customers or NOBODY).exclude}
    numbers: dict[Held, int] = {}
    known = _by_owner(facts, asked)
    columns = ["partner_id", "seller_id", "origin_day", "buyer"]
    sales = sales.with_columns(_buyers(sales, facts, excluded))
    rows = []
    for partner, seller, day, buyer in sales.select(columns).unique(maintain_order=True).iter_rows():
        owners = ("partner", partner), ("person", seller)
        held = frozenset(
            (owner[0], name) for owner in owners for name, since, until in known.get(owner, ()) if since <= day < until
        )
        held |= {(BUYER, buyer)} if buyer else set()
        rows.append((partner, seller, day, buyer, numbers.setdefault(held, len(numbers))))
    schema = dict.fromkeys(columns[:-1], pl.Int64()) | {"buyer": pl.String(), "held": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = sales.join(frame, on=columns, how="left", nulls_equal=True, maintain_order="left")
    return found.drop("buyer"), list(numbers)


def _buyers(sales: pl.DataFrame, facts: Facts, excluded: set[str]) -> pl.Series:
    """The segment of who bought each line on its day, where it is one of those asked for."""
    if excluded and "end_customer" not in sales.columns:
        raise CalculationError("A plan leaves end customers out, but the sales have no column end_customer.")
    if not excluded or facts.end_customers.is_empty():
        return pl.Series("buyer", [None] * sales.height, dtype=pl.String)
    dated = facts.end_customers.with_columns(_spelled()).unique(
        ["_name", "valid_from"], keep="last", maintain_order=True
    )
    lines = sales.select(_spelled(), "origin_day").with_row_index("_place").sort("origin_day")
    found = lines.join_asof(
        dated.sort("valid_from").select("_name", "valid_from", "segment"),
        left_on="origin_day", right_on="valid_from", by="_name", check_sortedness=False,
    ).sort("_place")  # fmt: skip
    return found.select(pl.when(pl.col("segment").is_in(sorted(excluded))).then("segment").alias("buyer"))["buyer"]


def _spelled() -> pl.Expr:
    """The name of an end customer as it is compared: without spaces around it, in small letters."""
    return pl.col("end_customer").str.strip_chars().str.to_lowercase().alias("_name")


def _by_owner(facts: Facts, asked: set[tuple[str, str]]) -> dict[tuple[str, int], list[tuple[str, int, int]]]:
    known: dict[tuple[str, int], list[tuple[str, int, int]]] = {}
    columns = ["owner_kind", "owner_id", "name", "valid_from", "valid_until"]
    for kind, owner, name, since, until in facts.certificates.select(columns).iter_rows():
        if (kind, name) in asked:
            known.setdefault((kind, owner), []).append((name, since, 10**7 if until is None else until))
    return known


def certificate_miss(plan: Plan, facts: Facts, row: dict[str, Any]) -> str:
    """The certificates that were missing on a line's day, in words; nothing when one was held or none is asked for."""
    wanted = plan.eligibility.certificates
    if not wanted:
        return ""
    kind = owner_kind(plan)
    day = row["origin_day"]
    mine = facts.certificates.filter(
        pl.col("owner_kind") == kind, pl.col("owner_id") == row[OWNERS[kind]], pl.col("name").is_in(wanted),
        pl.col("valid_from") <= day, pl.col("valid_until").is_null() | (pl.col("valid_until") > day),
    )  # fmt: skip
    return "" if mine.height else f"no certificate {' or '.join(wanted)}"


def customer_miss(plan: Plan, facts: Facts, row: dict[str, Any]) -> str:
    """The excluded segment the end customer of a line was in on its day, in words; nothing where it counts."""
    excluded, name = plan.eligibility.end_customers, row.get("end_customer")
    if excluded is None or not name:
        return ""
    mine = facts.end_customers.filter(
        pl.col("end_customer").str.strip_chars().str.to_lowercase() == name.strip().lower(),
        pl.col("valid_from") <= row["origin_day"],
    ).sort("valid_from", maintain_order=True)
    segment = mine["segment"][-1] if mine.height else None
    return f"end customer of segment {segment}" if segment in excluded.exclude else ""
