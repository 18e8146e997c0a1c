"""A trace as the nodes the component `trace` draws: amount, bands, orders, lines, lines not counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.explain import BandFact
from portal.engine.lines import NOT_HERE
from portal.engine.plan import COUNTS
from portal.programs.runs.explanations import ComponentTrace, TraceLine
from portal.programs.runs.sentences import figure, part_words, rate_words
from portal.programs.statements.documents import Earned
from portal.programs.statements.reckoning import reckoning
from portal.web.filters import counted, day, day_long

Node = dict[str, Any]
STEPS = [{"label": "Step"}, {"label": "Pays", "num": True, "cls": "cell-more cell-under"}]
NO_ORDER = "Without an order number"
PERCENTS = {"growth": "the year before", "attainment": "the target"}
SCALES = ("tiered", *PERCENTS)


def earned_node(one: Earned, *, opened: bool = False) -> Node:
    """An earned amount of a statement, opened down to its lines."""
    node: Node = {"name": one.program_name, "amount": one.amount, "unit": one.unit, "open": opened}
    if one.trace is None or one.told is None:
        return node | {"how": "calculated on facts that have changed since"}
    how = f"{measured_words(one.trace)}, version {one.told.version}"
    if one.trace.fact.earned != one.amount:
        since = f"{show_minor(one.trace.fact.earned, one.unit)} in all since {day_long(one.period_start)}"
        how = f"{how}; {since}"
    return node | {"how": how} | trace_body(one.trace)


def trace_body(trace: ComponentTrace, *, orders_open: bool = False, reckoned: bool = False) -> Node:
    """Sentence, bands, orders and the lines left out of one component's trace; `reckoned` adds rounding and limits."""
    orders = [_order(name, lines, trace, orders_open) for name, lines in _by_order(trace.counted).items()]
    steps = reckoning(trace) if reckoned else None
    children = [*([steps] if steps else []), *orders, *_rest(trace)]
    return {"says": trace.sentence, "lines": bands_table(trace), "children": children}


def _rest(trace: ComponentTrace) -> list[Node]:
    found = []
    if trace.baseline:
        found.append(_baseline(trace))
    if trace.not_counted:
        found.append(_not_counted(trace.not_counted, trace.fact.unit))
    return found


def measured_words(trace: ComponentTrace) -> str:
    """On 2,021.77, or on 4,996.78 against 3,318.90 a year before."""
    fact = trace.fact
    unit = f" {fact.measure_unit}" if fact.measure_unit in COUNTS else ""
    told = f"on {figure(fact.measure, fact.measure_unit)}{unit}"
    if fact.baseline is None:
        return told
    against = figure(fact.baseline, fact.measure_unit)
    return f"{told} against {against} a year before" if fact.method == "growth" else f"{told}, the target is {against}"


def bands_table(trace: ComponentTrace) -> Node | None:
    """How the amount is made, step by step; nothing for a plain rate."""
    bands = [band for band in trace.fact.bands if band.start is not None]
    if not bands or trace.fact.method not in SCALES:
        return None
    fact = trace.fact
    rows = [
        [step_words(band, trace), f"{part_words(band.part, fact.measure_unit)} at {rate_words(band.rate)}",
         show_minor(band.amount, fact.unit)]
        for band in bands
    ]  # fmt: skip
    total = show_minor(sum(band.amount for band in bands), fact.unit)
    whole = sum(band.part for band in bands) == fact.measure
    columns = [*STEPS, {"label": "Stars" if fact.unit == POINTS else fact.unit, "num": True, "cls": "cell-end"}]
    return {
        "caption": f"How {total} is made",
        "columns": columns,
        "rows": rows,
        "foot": ["Together", figure(fact.measure, fact.measure_unit) if whole else "", total],
    }


def step_words(band: BandFact, trace: ComponentTrace) -> str:
    """First 500.00; 500.00 to 1,800.00; from 4,500.00; from 120 % of the year before."""
    start, end = _edge(band.start, trace), _edge(band.end, trace)
    if trace.fact.method in PERCENTS:
        base = PERCENTS[trace.fact.method]
        return f"{start} to {end} of {base}" if end else f"From {start} of {base}"
    if end and band.start == "0":
        return f"First {end}"
    return f"{start} to {end}" if end else f"From {start}"


def _edge(text: str | None, trace: ComponentTrace) -> str:
    if text is None:
        return ""
    if trace.fact.method in PERCENTS:
        return f"{text} %"
    unit = trace.fact.measure_unit
    return text if unit in COUNTS else show_minor(int(Decimal(text) * 10 ** minor_digits(unit)), unit)


def _by_order(lines: Sequence[TraceLine]) -> dict[str, list[TraceLine]]:
    found: dict[str, list[TraceLine]] = {}
    for line in in_reading_order(lines):
        found.setdefault(line.invoice_no or NO_ORDER, []).append(line)
    return found


def in_reading_order(lines: Sequence[TraceLine]) -> list[TraceLine]:
    """By day, then by number as people count: line 2 before line 10."""
    return sorted(lines, key=lambda line: (line.sold_on, _counting(line.fact.external_id)))


def _counting(text: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", text)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _order(name: str, lines: list[TraceLine], trace: ComponentTrace, opened: bool) -> Node:
    others = sum((line.invoice_no or NO_ORDER) == name for line in trace.not_counted)
    every = len(lines) + others
    title = name if name == NO_ORDER else f"Order {name}"
    share = sum(line.fact.share or 0 for line in lines)
    return {
        "name": f"{title}, {day_long(lines[0].sold_on)}",
        "how": f"{len(lines)} of {counted(every, 'line')} {'counts' if len(lines) == 1 else 'count'}",
        "amount": share,
        "unit": trace.fact.unit,
        "open": opened,
        "lines": _lines_table(f"Lines of {title}", lines, trace),
    }


LINE_COLUMNS = [
    {"label": "Line", "cls": "cell-drop"},
    {"label": "Product"},
    {"label": "Qty", "num": True, "cls": "cell-drop"},
    {"label": "Sold", "cls": "cell-drop"},
    {"label": "Counts", "num": True, "cls": "cell-drop"},
]
TIMES = {"label": "Times", "num": True, "cls": "cell-drop"}
SHARE = {"label": "Share", "num": True, "cls": "cell-end"}


def _lines_table(caption: str, lines: Sequence[TraceLine], trace: ComponentTrace) -> Node:
    fact = trace.fact
    times = any(line.fact.factor != 1 for line in trace.counted)
    rows = [[*_line_cells(line, trace), *([f"{float(line.fact.factor):g}"] if times else [])] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        row.append("unsplit" if line.fact.share is None else show_minor(line.fact.share, fact.unit))
    measure, share = sum(line.fact.measure for line in lines), sum(line.fact.share or 0 for line in lines)
    units = figure(sum(line.fact.quantity for line in lines), "units")
    foot = ["", counted(len(lines), "line"), units, "", figure(measure, fact.measure_unit), *([""] if times else [])]
    columns = [*LINE_COLUMNS, *([TIMES] if times else []), SHARE]
    return {"caption": caption, "columns": columns, "rows": rows, "foot": [*foot, show_minor(share, fact.unit)]}


def _line_cells(line: TraceLine, trace: ComponentTrace) -> list[str]:
    return [
        line.fact.external_id,
        f"{line.product}, {line.fact.reason}" if line.fact.reason else line.product,
        figure(line.fact.quantity, "units"),
        day(line.sold_on),
        figure(line.fact.measure, trace.fact.measure_unit),
    ]


def _not_counted(lines: Sequence[TraceLine], unit: str) -> Node:
    rows = [[line.fact.external_id, line.product, line.fact.reason] for line in in_reading_order(lines)]
    columns = [{"label": "Line", "cls": "cell-drop"}, {"label": "Product"}, {"label": "Why not", "cls": "cell-more"}]
    return {
        "name": f"{counted(len(lines), 'line')} not counted",
        "how": reasons_words(lines),
        "amount": 0,
        "unit": unit,
        "lines": {"caption": "Lines that do not count, and why", "columns": columns, "rows": rows},
    }


def reasons_words(lines: Sequence[TraceLine]) -> str:
    """The reasons in short: Bikes, Components: not in this program."""
    reasons = dict.fromkeys(line.fact.reason for line in lines)
    outside = [
        reason.removeprefix(NOT_HERE).removeprefix("category ") for reason in reasons if reason.startswith(NOT_HERE)
    ]
    told = [reason for reason in reasons if not reason.startswith(NOT_HERE)]
    if outside:
        some = list(dict.fromkeys(name.partition(" / ")[0].removeprefix("product ") for name in outside))
        listed = ", ".join(some[:3]) + (f" and {len(some) - 3} more" if len(some) > 3 else "")
        told.append(f"{listed}: not in this program")
    return "; ".join(told)


def _baseline(trace: ComponentTrace) -> Node:
    fact = trace.fact
    rows = [
        [line.fact.external_id, line.product, day(line.sold_on), figure(line.fact.measure, fact.measure_unit)]
        for line in trace.baseline
    ]
    columns = [
        {"label": "Line", "cls": "cell-drop"},
        {"label": "Product"},
        {"label": "Sold", "cls": "cell-more"},
        {"label": "Counts", "num": True, "cls": "cell-end"},
    ]
    return {
        "name": "The year before",
        "how": f"{counted(len(rows), 'line')}, what growth is measured against",
        "amount": fact.baseline,
        "unit": fact.measure_unit,
        "lines": {"caption": "Lines of the year before", "columns": columns, "rows": rows},
    }
