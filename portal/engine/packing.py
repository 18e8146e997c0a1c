"""Many rows summed by one whole number instead of five columns: grouping is most of what measuring them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from portal.engine.place import HERE, Lines

if TYPE_CHECKING:
    from portal.engine.measure import Parameters

SLOT = ["rule", "window", "outside", "rate"]
PAYEES = {"partner": "partner_id", "seller": "seller_id"}
KEY = "packed"
ROOM = 2**63  # what a packed number has to stay below


@dataclass(frozen=True)
class Packing:
    """What a kind of line counts for, numbered: `days` as of counted_days with `slot`, and the slots."""

    days: pl.DataFrame
    slots: pl.DataFrame
    key: str = KEY

    def packed(self, expanded: Lines) -> Lines:
        """The rows with their key: the participant times the number of slots, and the slot."""
        return expanded.with_columns((nw.col("participant") * self.slots.height + nw.col("slot")).alias(KEY))

    def unpacked(self, sums: pl.DataFrame) -> pl.DataFrame:
        """The sums by rule, window, participant, factor and rate."""
        rows = sums.with_columns((pl.col(KEY) // self.slots.height).alias("participant"))
        slot = pl.col(KEY) - pl.col("participant") * self.slots.height
        rule, window, factor, rate = (pl.lit(self.slots[name]).gather(slot) for name in SLOT)
        figures = (name for name in sums.columns if name != KEY)
        return rows.select(
            rule.alias("rule"),
            window.alias("window"),
            "participant",
            factor.alias("factor"),
            rate.alias("rate"),
            *figures,
        )


def packing_of(days: pl.DataFrame | None, sales: pl.DataFrame, parameters: Parameters) -> Packing | None:
    """The packing of what counted_days says; None where a row's rate or factor depends on who the partner was."""
    if days is None or "tier_rate" not in days.columns or parameters.factors.height or parameters.place is not HERE:
        return None
    slots = days.select(SLOT).unique().sort(SLOT).with_row_index("slot").with_columns(pl.col("slot").cast(pl.Int64))
    names = [PAYEES[name] for name in parameters.participants]
    widest = sales.select(pl.max_horizontal(pl.col(names).abs().max())).item()
    if (int(widest or 0) + 1) * slots.height >= ROOM:
        return None
    return Packing(days.join(slots, on=SLOT), slots)
