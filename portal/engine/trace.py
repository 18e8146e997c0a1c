"""An explanation as a plain document: figures as text in major units (the shape of `portal explain --json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.money import POINTS, to_major
from portal.engine.explain import Explanation
from portal.engine.lines import LineFact
from portal.engine.periods import day_of
from portal.engine.plan import COUNTS


def trace_document(one: Explanation, participant: str) -> dict[str, Any]:
    """The JSON-able object of one component; `participant` is the partner's code or the person's e-mail."""
    unit = POINTS if one.measure_unit in COUNTS else one.measure_unit
    return {
        "program": one.program,
        "version": one.version,
        "component": one.component,
        "participant": participant,
        "period_start": day_of(one.period_start).isoformat(),
        "period_end": day_of(one.period_end).isoformat(),
        "as_of": one.as_of,
        "engine_version": one.engine_version,
        "measure": to_major(one.measure, unit),
        "measure_unit": one.measure_unit,
        "baseline": None if one.baseline is None else to_major(one.baseline, unit),
        "band": one.band,
        "bands": [_band(band.__dict__, one.unit) for band in one.bands],
        "exact": f"{one.exact.numerator}/{one.exact.denominator}",
        "rounded": to_major(one.rounded, one.unit),
        "earned": to_major(one.earned, one.unit),
        "unit": one.unit,
        "lines": [_line(line, unit, one.unit) for line in one.lines],
        "baseline_lines": [_line(line, unit, one.unit) for line in one.baseline_lines],
        "why": one.sentences,
    }


def _band(band: Mapping[str, Any], unit: str) -> dict[str, Any]:
    return {
        "from": band["start"],
        "to": band["end"],
        "part": f"{band['part'].numerator}/{band['part'].denominator}",
        "rate": band["rate"],
        "amount": to_major(band["amount"], unit),
    }


def _line(line: LineFact, measure_unit: str, unit: str) -> dict[str, Any]:
    return {
        "source": line.source,
        "external_id": line.external_id,
        "sold_on": day_of(line.sold_day).isoformat(),
        "sku": line.sku,
        "quantity": line.quantity,
        "counted": line.counted,
        "reason": line.reason,
        "measure": to_major(line.measure, measure_unit),
        "weight": line.weight,
        "factor": str(line.factor),
        "share": None if line.share is None else to_major(line.share, unit),
    }
