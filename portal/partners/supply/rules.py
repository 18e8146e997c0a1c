"""Pure decisions about supply relations."""

from __future__ import annotations

import datetime as dt


def overlaps(from_a: dt.date, until_a: dt.date | None, from_b: dt.date, until_b: dt.date | None) -> bool:
    """Whether two half-open stretches of time share a day."""
    return (until_b is None or from_a < until_b) and (until_a is None or from_b < until_a)
