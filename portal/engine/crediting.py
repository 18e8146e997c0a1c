"""Split crediting: each line's exact share is paid, in parts, to the people and partners the line names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import polars as pl

from portal.engine.compile import Rule
from portal.engine.credit import Members
from portal.engine.shares import Slice

Payees = Mapping[int, Mapping[str, int | None]]


def credited(slices: Iterable[Slice], rules: Mapping[int, Rule], payees: Payees) -> list[Slice]:
    """The slices by whom they are paid to. A part whose person or partner the line does not name is paid to nobody."""
    found: list[Slice] = []
    for one in slices:
        split = rules[one.key[0]].plan.credit.split
        if not split or one.line is None:
            found.append(one)
            continue
        for part in split:
            payee = payees[one.line][part.to]
            if payee is not None:
                found.append(one.paid_to((part.to, payee), Fraction(part.percent) / 100))
    return found


def payees_of(sales: pl.DataFrame, lines: Iterable[int], members: Members) -> dict[int, dict[str, int | None]]:
    """Whom each of these lines names: partner, seller, the partner's parent on its day, distributor."""
    wanted = pl.DataFrame({"line_id": sorted(set(lines))}, schema={"line_id": pl.Int64})
    if "distributor_id" not in sales.columns:
        sales = sales.with_columns(pl.lit(None, dtype=pl.Int64).alias("distributor_id"))
    found = sales.join(wanted, on="line_id", how="semi")
    found = found.select("line_id", "partner_id", "seller_id", "distributor_id", "origin_day")
    held = found.join(members.intervals.select("partner_id", "from", "until", "parent_id"), on="partner_id")
    held = held.filter(pl.col("from") <= pl.col("origin_day"), pl.col("origin_day") < pl.col("until"))
    return {
        line: {"partner": partner, "seller": seller, "distributor": distributor, "parent": parent}
        for line, partner, seller, distributor, parent in held.select(
            "line_id", "partner_id", "seller_id", "distributor_id", "parent_id"
        ).iter_rows()
    }
