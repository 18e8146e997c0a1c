"""Certificates: what a seller or a partner held on the day of a sale, tested in the one pass with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from portal.engine.frames import Facts
from portal.engine.plan import Plan

Held = frozenset[tuple[str, str]]
OWNERS = {"partner": "partner_id", "person": "seller_id"}


def owner_kind(plan: Plan) -> str:
    """Whose certificates a plan asks for: the seller's where sellers are paid, else the partner's."""
    return "person" if plan.participant == "seller" else "partner"


def is_certified(plan: Plan, held: Held) -> bool:
    """Whether one of the certificates a plan asks for is held; a plan that asks for none takes all."""
    wanted = plan.eligibility.certificates
    return not wanted or any((owner_kind(plan), name) in held for name in wanted)


def with_held(sales: pl.DataFrame, facts: Facts, plans: Iterable[Plan]) -> tuple[pl.DataFrame, Sequence[Held]]:
    """The lines with `held`, a number of the set of certificates that their partner and seller had; the sets."""
    asked = {(owner_kind(plan), name) for plan in plans for name in plan.eligibility.certificates or ()}
    numbers: dict[Held, int] = {}
    known = _by_owner(facts, asked)
    columns = ["partner_id", "seller_id", "origin_day"]
    rows = []
    for partner, seller, day in sales.select(columns).unique(maintain_order=True).iter_rows():
        owners = ("partner", partner), ("person", seller)
        held = frozenset(
            (owner[0], name) for owner in owners for name, since, until in known.get(owner, ()) if since <= day < until
        )
        rows.append((partner, seller, day, numbers.setdefault(held, len(numbers))))
    frame = pl.DataFrame(rows, schema=dict.fromkeys([*columns, "held"], pl.Int64), orient="row")
    return sales.join(frame, on=columns, how="left", nulls_equal=True, maintain_order="left"), list(numbers)


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
