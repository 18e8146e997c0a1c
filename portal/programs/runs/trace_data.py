"""A trace as plain data: what `portal explain --json` prints, what is stored at the lock, what a PDF carries along."""

from __future__ import annotations

from typing import Any

from portal.core.clock import from_day_number
from portal.engine.explain import Explanation
from portal.engine.lines import LineFact
from portal.engine.trace import derivation
from portal.programs.runs.explanations import Explained, major
from portal.programs.runs.standing import standings_of


def trace_rows(explained: Explained) -> list[dict[str, Any]]:
    """The trace as plain data, one object a component, figures in major units."""
    standings = [one.as_row() for one in standings_of(explained)]
    return [_row(explained, one.fact) | {"eligibility": standings} for one in explained.components]


def _row(explained: Explained, one: Explanation) -> dict[str, Any]:
    return {
        "program": one.program,
        "version": one.version,
        "component": one.component,
        "participant": explained.participant_code,
        "period_start": explained.period_start.isoformat(),
        "period_end": explained.period_end.isoformat(),
        "as_of": one.as_of,
        "engine_version": one.engine_version,
        "measure": major(one.measure, one.measure_unit),
        "baseline": None if one.baseline is None else major(one.baseline, one.measure_unit),
        "earned": major(one.earned, one.unit),
        "unit": one.unit,
        "lines": [_line_row(line, one) for line in one.lines],
        "why": one.sentences,
        "derivation": derivation(one),
    }


def _line_row(line: LineFact, one: Explanation) -> dict[str, Any]:
    return {
        "source": line.source,
        "external_id": line.external_id,
        "sold_on": from_day_number(line.sold_day).isoformat(),
        "sku": line.sku,
        "counted": line.counted,
        "reason": line.reason,
        "measure": major(line.measure, one.measure_unit),
        "share": None if line.share is None else major(line.share, one.unit),
    }
