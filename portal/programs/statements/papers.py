"""One earning as a PDF: the facts of its page, drawn for paper, with the same trace as data attached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.core.ids import canonical_json, digest
from portal.core.money import POINTS, known_currency, show_minor
from portal.engine.plan import COUNTS
from portal.programs.definitions.words import plan_words
from portal.programs.runs.explanations import Explained
from portal.programs.runs.standing import Standing, standings_of
from portal.programs.runs.trace_data import trace_rows
from portal.programs.statements.nodes import Node, measured_words, trace_body
from portal.programs.statements.participants import Participant
from portal.web.filters import day_long
from portal.web.papers import paper_pdf

TEMPLATE = Path(__file__).with_name("earning.typ")
ONE_DAY = dt.timedelta(days=1)
WIDE = {"Product", "Why not", "Compared with"}
Rows = list[list[str]]


def earning_pdf(told: Explained, who: Participant, *, budget: bool) -> bytes:
    """The PDF of one participant's earning; `budget` says whether the reader may learn of the program's budget."""
    return paper_pdf(TEMPLATE, earning_paper(told, who, plan_words(told.plan, budget=budget)))


def earning_name(told: Explained) -> str:
    """What the file is called: program, participant and period."""
    who = "".join(character if character.isalnum() else "-" for character in told.participant_code)
    return f"{told.program.code}-{who}-{told.period_start.isoformat()}"


def earning_paper(told: Explained, who: Participant, rule: Sequence[str]) -> dict[str, Any]:
    """Everything the paper shows, as texts; `attachment` is the trace as data, with its digest."""
    data = canonical_json(trace_rows(told))
    period = f"{day_long(told.period_start)} to {day_long(told.period_end - ONE_DAY)}"
    several = len(told.components) > 1
    return {
        "title": f"{told.program.name}, {who.name}, {period}",
        "reference": earning_name(told),
        "program": told.program.name,
        "period": f"{period}, as known on {day_long(told.as_of)}" if told.as_of else period,
        "name": who.name,
        "code": who.code,
        "earned": show_minor(told.earned, told.unit),
        "unit": "stars" if told.unit == POINTS else told.unit,
        "facts": _facts(told),
        "rule": list(rule),
        "eligibility": standings_table(standings_of(told)),
        "nodes": [
            _paper(
                {"name": one.fact.component if several else "How it was earned", "how": measured_words(one),
                 "amount": one.fact.earned, "unit": told.unit} | trace_body(one, reckoned=True)
            )
            for one in told.components
        ],
        "closing": "Every figure above can be recomputed from the attached file alone.",
        "attachment": {"name": f"{earning_name(told)}.json", "text": data, "digest": digest(data)},
    }  # fmt: skip


def _facts(told: Explained) -> Rows:
    engine = told.components[0].fact.engine_version if told.components else ""
    facts = [
        ["Version", str(told.version)],
        ["Published by", told.published_by],
        ["Approved by", told.approved_by],
        ["Published", day_long(told.published_at)],
        ["As known on", day_long(told.as_of)],
        ["Engine", engine],
    ]
    return [fact for fact in facts if fact[1]]


def standings_table(standings: Sequence[Standing]) -> dict[str, Any]:
    """Who sold in the period, and what it was on which days."""
    rows = [
        [
            one.partner, f"{day_long(one.since)} to {day_long(one.until - ONE_DAY)}",
            ", ".join(one.values[name] for name in ("type", "tier", "territory", "segment") if one.values.get(name)),
            _extras(one),
        ]
        for one in standings
    ]  # fmt: skip
    columns = [{"label": "Partner"}, {"label": "Days"}, {"label": "Was", "wide": True}, {"label": "And", "wide": True}]
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    return {"caption": "Who took part", "columns": columns, "rows": rows}


def _extras(one: Standing) -> str:
    told = [f"owned by {one.values['parent']}"] if "parent" in one.values else []
    if one.takes_part is not None:
        told.append("had joined" if one.takes_part else "had not joined")
    return "; ".join([*told, *one.certificates])


def _paper(node: Node) -> dict[str, Any]:
    """A node of a trace as texts."""
    unit, amount = node["unit"], node["amount"]
    shown = "" if amount is None else show_minor(amount, POINTS if unit in COUNTS or not known_currency(unit) else unit)
    return {
        "name": node["name"],
        "how": node.get("how", ""),
        "amount": shown,
        "says": node.get("says", ""),
        "table": _table(node.get("lines")),
        "children": [_paper(child) for child in node.get("children", ())],
    }


def _table(table: Node | None) -> dict[str, Any] | None:
    if table is None:
        return None
    wide = {column["label"] for column in table["columns"]} & WIDE or {table["columns"][0]["label"]}
    columns = [
        {"label": column["label"], "num": bool(column.get("num")), "wide": column["label"] in wide}
        for column in table["columns"]
    ]
    rows = [[str(cell) for cell in row] for row in table["rows"]]
    foot = [str(cell) for cell in table["foot"]] if table.get("foot") else None
    return {"columns": columns, "rows": rows, "foot": foot}
