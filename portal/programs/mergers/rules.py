"""Why a merger cannot be made or undone any more, in words."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import Conflict


class PeriodIsLocked(Conflict):
    """A period that the change would reach into has been locked."""

    code = "period_locked"

    def __init__(self, program: str, start: dt.date, end: dt.date, *, undo: bool) -> None:
        span = f"{program}, {start} to {end - dt.timedelta(days=1)}, is locked"
        way = "so this can no longer be undone" if undo else f"so name {end} or a later day"
        super().__init__(f"{span}, {way}.", field=None if undo else "valid_from")
