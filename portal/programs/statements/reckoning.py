"""From the exact earning to what is paid: factors, line cap, the one round and every limit, as rows. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from portal.core.money import minor_digits, show_minor
from portal.engine.bounds import LimitFact
from portal.engine.caps import line_cap
from portal.programs.runs.explanations import ComponentTrace
from portal.programs.runs.sentences import MINUS
from portal.web.filters import counted

FINE = 6
LIMITS = {
    "period_cap": "Cap of the period",
    "minimum_payout": "Minimum payout",
    "program_cap": "Cap of the whole program",
    "budget": "Budget, first recorded, first served",
}
COMPARED = {
    "period_cap": "earlier components took",
    "minimum_payout": "this period earned",
    "program_cap": "all together earned",
    "budget": "others were given",
}


def reckoning(trace: ComponentTrace) -> dict[str, Any] | None:
    """The steps between the rule's exact figure and the amount; nothing where no line counts."""
    if not trace.counted:
        return None
    fact = trace.fact
    rows = [*_exact(trace), ["Rounded once, half away from zero", "", show_minor(fact.rounded, fact.unit)]]
    rows += [_limit(limit, fact.unit) for limit in fact.limits]
    columns = [{"label": "Step"}, {"label": "Compared with", "cls": "cell-more"}]
    return {
        "name": "From the exact figure to the amount",
        "how": "what was exact, where it was rounded, which limits it met",
        "amount": fact.earned,
        "unit": fact.unit,
        "lines": {
            "caption": "From the exact figure to the amount",
            "columns": [*columns, {"label": "Leaves", "num": True, "cls": "cell-end"}],
            "rows": rows,
            "foot": ["Earned", "", show_minor(fact.earned, fact.unit)],
        },
    }


def _exact(trace: ComponentTrace) -> list[list[str]]:
    fact = trace.fact
    ruled = sum((group.walk.exact for group in fact.groups), start=Fraction(0))
    rows = [["By the rule", "", exact_words(ruled, fact.unit)]]
    for factor in sorted({line.fact.factor for line in trace.counted} - {Fraction(1)}):
        times = [line for line in trace.counted if line.fact.factor == factor]
        rows.append([f"Times {float(factor):g}", counted(len(times), "line"), ""])
    caps = {line_cap(group.plan) for group in fact.groups} - {None}
    rows += [["No line pays more than", "", show_minor(cap, fact.unit)] for cap in caps if cap is not None]
    if fact.exact != ruled:
        rows.append(["Exact sum of the lines' shares", "", exact_words(fact.exact, fact.unit)])
    return rows


def _limit(limit: LimitFact, unit: str) -> list[str]:
    used = f"{show_minor(limit.amount, unit)}; {COMPARED[limit.name]} {show_minor(limit.used, unit)}"
    return [LIMITS[limit.name], used, show_minor(limit.after, unit)]


def exact_words(value: Fraction, unit: str) -> str:
    """An exact amount of minor units in major ones; what six more decimals cannot hold ends in dots."""
    digits = minor_digits(unit) + FINE
    whole, rest = divmod(abs(value) * 10**FINE, 1)
    text = f"{int(whole) // 10**digits:,}.{int(whole) % 10**digits:0{digits}d}"
    kept = len(text) - FINE
    shown = text if rest else text[:kept] + text[kept:].rstrip("0")
    sign = MINUS if value < 0 else ""
    return f"{sign}{shown.rstrip('.')}{'…' if rest else ''}"
