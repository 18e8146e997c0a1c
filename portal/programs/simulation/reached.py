"""How many have reached each band of a running period, beside how many the what-if of the plan expected."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.runs.models import EarnedGroup
from portal.programs.simulation.models import SimulationRun, SimulationState

FEW = 5  # participants below which a difference is chance
LATE = 2, 3  # the part of the period after which too few is told
Place = tuple[str, str | None, int]


@dataclass(frozen=True)
class BandReached:
    """One band: how many have reached it or a higher one, how many were expected by the period's end (None: unknown).

    `off` is "more" from half as many again on, "fewer" below half of what was to be reached by today.
    """

    component: str
    edge: str
    reached: int
    expected: int | None
    off: str


@dataclass(frozen=True)
class Reached:
    """The bands of the period that runs, and the what-if they are held beside."""

    since: dt.date
    bands: list[BandReached]
    run: SimulationRun | None


def reached_now(program: Program, version: ProgramVersion | None) -> Reached | None:
    """The bands of the running period; None where nothing runs or no component has bands."""
    today = clock.today()
    query = select(EarnedGroup.component, EarnedGroup.band, func.count(), EarnedGroup.period_start,
                   EarnedGroup.period_end)  # fmt: skip
    query = query.where(
        EarnedGroup.program_id == program.id, EarnedGroup.period_start <= today, EarnedGroup.period_end > today
    )
    by = (EarnedGroup.component, EarnedGroup.band, EarnedGroup.period_start, EarnedGroup.period_end)
    rows = session.execute(query.group_by(*by)).all()
    places: list[Place] = [(component, band, count) for component, band, count, _, _ in rows]
    if version is None or all(band is None for _, band, _ in places):
        return None
    since, until = max(row[3] for row in rows), max(row[4] for row in rows)
    run = _what_if(program, version)
    past = _past(run, (until - since).days) if run is not None else {}
    share = Decimal((today - since).days) / (until - since).days
    return Reached(since, bands_beside(places, past, share, known=run is not None), run)


def _what_if(program: Program, version: ProgramVersion) -> SimulationRun | None:
    """The newest finished what-if of exactly this text."""
    query = select(SimulationRun).where(
        SimulationRun.program_id == program.id, SimulationRun.state == SimulationState.DONE,
        SimulationRun.source_text == version.source_text,
    )  # fmt: skip
    return session.scalar(query.order_by(SimulationRun.id.desc()).limit(1))


def _past(run: SimulationRun, days: int) -> dict[tuple[str, str], Decimal]:
    """How many the what-if saw at each band or above, brought to as many days as the period has."""
    told = [(one["component"], one["band"], one["count"]) for one in json.loads(run.result or "{}").get("bands", [])]
    scale = Decimal(days) / max((run.until - run.since).days, 1)
    return {key: count * scale for key, count in _at_least(told).items()}


def _at_least(places: Iterable[Place]) -> dict[tuple[str, str], int]:
    known = [(component, band, count) for component, band, count in places if band is not None]
    return {
        (component, band): sum(
            more for other, edge, more in known if other == component and Decimal(edge) >= Decimal(band)
        )
        for component, band, _ in known
    }


def bands_beside(
    places: list[Place], past: dict[tuple[str, str], Decimal], share: Decimal, *, known: bool
) -> list[BandReached]:
    """Every band with how many reached it; `past` is what was expected (nothing when not `known`)."""
    now = _at_least(places)
    keys = sorted({*now, *past}, key=lambda key: (key[0], Decimal(key[1])))
    found = []
    for key in keys:
        expected = past.get(key, Decimal(0)) if known else None
        off = "" if expected is None else far_off(now.get(key, 0), expected, share)
        found.append(BandReached(*key, now.get(key, 0), None if expected is None else round(expected), off))
    return found


def far_off(reached: int, expected: Decimal, share: Decimal) -> str:
    """Whether a band is reached by far more or fewer than expected when `share` of the period is over."""
    if reached >= FEW and reached > expected * 3 / 2:
        return "more"
    late = share * LATE[1] >= LATE[0]
    return "fewer" if late and expected * share >= FEW and reached < expected * share / 2 else ""
