"""What new lines mean for the calendar of reports; safe to hear twice."""

from __future__ import annotations

from typing import Any

from portal.core.clock import from_day_number
from portal.sales.reporting.counting import refresh_touched


def count_batch(fact: dict[str, Any]) -> None:
    """New lines: count the periods they belong to, and those they complete."""
    refresh_touched(fact["source"], from_day_number(fact["first_day"]), from_day_number(fact["last_day"]))
