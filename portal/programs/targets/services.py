"""Setting targets and freezing baselines. Joins the caller's transaction and never commits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from portal.core import clock
from portal.core.db import session
from portal.core.sequence import next_seq
from portal.engine.frames import TARGET_SCALE
from portal.programs.targets.models import Target


def set_target(
    kind: str, number: int, measure: str, period_start: dt.date, target: Decimal, *, seq: int | None = None
) -> Target:
    """Set what a participant (`kind` partner or person) is to reach, in major units or a count; the newest counts."""
    row = Target(
        participant_kind=kind, participant_id=number, measure=measure, period_start=period_start,
        target=int(target * TARGET_SCALE), seq=next_seq() if seq is None else seq, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    return row
