"""An explanation as a plain document: figures as text in major units (the shape of `portal explain --json`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from portal.core.money import POINTS, minor_digits, to_major
from portal.engine.bounds import LimitFact
from portal.engine.caps import line_cap
from portal.engine.compile import unit_rate
from portal.engine.explain import Explanation
from portal.engine.groups import Group, Share
from portal.engine.lines import LineFact, Term
from portal.engine.periods import day_of
from portal.engine.plan import COUNTS, MONEY
from portal.engine.proofs import Proof


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
        "derivation": derivation(one),
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


def derivation(one: Explanation) -> dict[str, Any]:
    """Everything the amount can be recomputed from, without the engine: rules, sums, weights, factors, limits.

    Whole numbers are minor units (or counts and points), fractions are written a/b. `tools/verify_trace.py` reads it.
    """
    return {
        "pay_digits": minor_digits(one.unit),
        "groups": [_group(group, one.participant_kind) for group in one.groups],
        "limits": [_limit(limit, one) for limit in one.limits],
    }


def _limit(limit: LimitFact, one: Explanation) -> dict[str, Any]:
    names = ("name", "amount", "used", "before", "after", "mine")
    found = {name: getattr(limit, name) for name in names} | {"owed": list(limit.owed)}
    if limit.queue is None:
        return found
    keys = {line.line_id: [line.source, line.external_id] for line in _lines_of(one)}
    turns = [
        {"line": None if turn.line is None else keys.get(turn.line), "others": turn.others}
        for turn in limit.queue.turns
    ]
    queue = {"used": limit.queue.held, "owed": [limit.queue.held], "posted": limit.queue.posted, "turns": turns}
    return found | queue


def _lines_of(one: Explanation) -> list[LineFact]:
    """The counted lines of all groups."""
    return [share.line for group in one.groups for share in group.shares or group.unsplit]


def _group(group: Group, paid_as: str) -> dict[str, Any]:
    plan, walked = group.plan, group.walk
    digits = minor_digits(plan.measuring_currency or POINTS)
    return {
        "version": group.version,
        "measured_for": group.participant_id,
        "paid_as": paid_as,
        "rule": group.component.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"qualify"}),
        "scope": group.component.reading,
        "rates": group.component.rate_kind,
        "unit": 10**digits if group.component.measured in MONEY else 1,
        "money_digits": digits,
        "currency": plan.measuring_currency,
        "credit": {part.to: str(part.percent) for part in plan.credit.split},
        "measure": group.measure,
        "weight": group.weight,
        "baseline": walked.baseline,
        "reached": walked.band,
        "nothing": walked.why_nothing,
        "flat": walked.band is None and bool(walked.steps) if group.component.is_relative else None,
        "steps": [{"part": _fraction(step.part), "amount": _fraction(step.amount)} for step in walked.steps],
        "line_cap": line_cap(plan),
        "paid_days": None if group.paid is None else [day_of(day).isoformat() for day in group.paid],
        "whole": None if group.shares is not None else _fraction(group.whole),
        "split": group.shares is not None,
        "lines": [_share(share, group) for share in group.shares or group.unsplit],
        **(walked.proof or Proof(0, None)).as_document(),
    }


def _share(share: Share, group: Group) -> dict[str, Any]:
    return {
        "line": [share.line.source, share.line.external_id],
        "measure": share.line.measure,
        "weight": share.line.weight,
        "rate": _rate(share.line, group),
        "factor": _fraction(share.line.factor),
        "counts": bool(share.percent) and not share.outside,
        "pays_in": share.elsewhere or None,
        "percent": _fraction(share.percent),
        "made": _terms(share.line.made),
        **({"weighs": _terms(share.line.weighs)} if share.line.weighs != share.line.made else {}),
    }


def _terms(terms: Sequence[Term]) -> list[dict[str, Any]]:
    return [{"amount": one.amount, "currency": one.currency, "rate": _fraction(one.rate)} for one in terms]


def _rate(line: LineFact, group: Group) -> str | None:
    """The row of a table of amounts that a line is paid by."""
    table = group.component.amounts or group.component.amounts_by_tier or {}
    paying = (name for name, each in table.items() if unit_rate(each, group.plan.unit) * line.measure == line.weight)
    return next(paying, None)


def _fraction(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
