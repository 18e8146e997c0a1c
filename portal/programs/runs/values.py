"""What goes in and out of runs: plain values for the rooms above."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PreviewLine:
    """A line somebody thinks of claiming. `amount` in minor units of `currency`.

    `credits` is the line of the journal whose sale it is: then only its seller is new.
    """

    product_id: int
    quantity: int
    amount: int
    currency: str
    invoice_no: str | None = None
    end_customer: str | None = None
    credits: int | None = None


@dataclass(frozen=True)
class LinePreview:
    """What the line would earn: points, or money in minor units of `unit`; else the reason why nothing."""

    points: int
    amount_minor: int = 0
    unit: str | None = None
    programs: list[str] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class PostedDifference:
    """One difference a run posted, in points or minor units of `unit`."""

    participant_kind: str
    participant_id: int
    program_code: str
    component: str
    unit: str
    amount: int
    period_start: dt.date
