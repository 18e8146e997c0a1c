"""Setting targets and freezing baselines. Joins the caller's transaction and never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.core import clock
from portal.core.db import session
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.engine.frames import TARGET_SCALE
from portal.programs.targets.events import TargetsChanged
from portal.programs.targets.models import Target

Key = tuple[str, int, str, dt.date]  # kind and number of the participant, measure, first day of the period
MOST_NAMED = 500


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


def announce_targets(source: str, keys: Sequence[Key]) -> None:
    """Tell that targets were set, so that what hangs on them is calculated again; a target of every key is written."""
    if not keys:
        return
    partners = sorted({number for kind, number, *_ in keys if kind == "partner"})
    sellers = sorted({number for kind, number, *_ in keys if kind == "person"})
    everybody = len(partners) + len(sellers) > MOST_NAMED
    days = [clock.day_number(day) for *_, day in keys]
    named = ([], []) if everybody else (partners, sellers)
    emit(TargetsChanged(source, *named, everybody, min(days), max(days)))
