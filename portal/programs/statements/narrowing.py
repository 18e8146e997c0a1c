"""A trace narrowed to the lines of one order or claim: "Why 160?". Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from portal.core.money import show_minor
from portal.engine.explain import Explanation
from portal.programs.runs.explanations import ComponentTrace, TraceLine
from portal.programs.runs.sentences import figure, show_unit, why


def narrowed(trace: ComponentTrace, invoice: str) -> ComponentTrace:
    """The part of an earning that one order's lines carry, with its own sentence."""
    counted = [line for line in trace.counted if same_order(line, invoice)]
    left_out = [line for line in trace.not_counted if same_order(line, invoice)]
    measure = sum(line.fact.measure for line in counted)
    earned = sum(line.fact.share or 0 for line in counted)
    bands = [replace(band, part=Fraction(measure), amount=earned) for band in trace.fact.bands]
    fact = replace(
        trace.fact, measure=measure, earned=earned, rounded=earned, baseline=None, sentences=[],
        bands=bands if trace.fact.method == "per_unit" else [], lines=[line.fact for line in (*counted, *left_out)],
    )  # fmt: skip
    return ComponentTrace(fact, _sentence(trace.fact, fact, counted, invoice), counted, left_out, [])


def _sentence(whole: Explanation, part: Explanation, counted: list[TraceLine], invoice: str) -> str:
    if not counted:
        return f"No line of {invoice} counts here."
    if whole.method == "per_unit":
        return why(part, [line.product for line in counted], "")
    of_all = f"{figure(part.measure, part.measure_unit)} of {figure(whole.measure, part.measure_unit)}"
    carries = f"{show_unit(part.earned, part.unit)} of {show_minor(whole.earned, part.unit)}"
    return f"{invoice} is {of_all} that count, so it carries {carries}."


def same_order(line: TraceLine, invoice: str) -> bool:
    """Whether a line is of an order, however its number is written."""
    return _plain(line.invoice_no or "") == _plain(invoice)


def _plain(number: str) -> str:
    return "".join(character for character in number.lower() if character.isalnum())
