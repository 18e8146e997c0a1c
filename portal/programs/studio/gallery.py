"""Templates: plan files that show how a kind of program is written, dated anew when one is chosen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from portal.core.errors import NotFound
from portal.engine.plan import Plan, parse_plan
from portal.engine.plan_text import read_plan_text
from portal.programs.studio.plan_writing import write_plan

ORDER = (
    "spif", "spif-by-sku", "volume-rebate", "growth-bonus", "new-customer-bonus", "product-launch", "training-reward",
    "quarterly-contest", "dealer-free-goods", "bundle", "quota-attainment", "milestone",
)  # fmt: skip


TERMS = (
    "Sales count once, on the day of the sale, with an invoice. A return takes its payment back. Claims are checked "
    "before they are paid; own or affiliated companies do not count. The program can be ended with 30 days of notice."
)


@dataclass(frozen=True)
class Template:
    """One template: its file's stem, its text and the plan it spells out."""

    stem: str
    text: str
    plan: Plan


@cache
def list_templates() -> tuple[Template, ...]:
    """Every template, in the order of the gallery."""
    folder = files("portal.programs.studio") / "gallery"
    texts = {stem: _with_terms((folder / f"{stem}.yaml").read_text(encoding="utf-8")) for stem in ORDER}
    return tuple(Template(stem, text, parse_plan(text)) for stem, text in texts.items())


def _with_terms(text: str) -> str:
    """The text with the terms every template begins with, where plans hold terms."""
    return f"{text}terms: {TERMS}\n" if "terms" in Plan.model_fields else text


def get_template(stem: str) -> Template:
    """The template of that name, or NotFound."""
    for template in list_templates():
        if template.stem == stem:
            return template
    raise NotFound


def start_text(text: str, *, today: dt.date, code: str, name: str | None = None) -> str:
    """A plan text as a new draft: under a free code, from the first day of the next quarter, as long as before."""
    document = dict(read_plan_text(text)[0])
    document["code"] = code
    if name is not None:
        document["name"] = name
    document["effective"] = moved(document.get("effective") or {}, next_quarter(today))
    return write_plan(document)


def next_quarter(today: dt.date) -> dt.date:
    """The first day of the quarter after the one of today."""
    return add_months(dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3)


def moved(effective: dict[str, Any], start: dt.date) -> dict[str, Any]:
    """The days of a plan moved to begin at `start`, whole months kept as months."""
    first = dt.date.fromisoformat(str(effective.get("from")))
    if not effective.get("until"):
        return {"from": start.isoformat()}
    until = dt.date.fromisoformat(str(effective["until"]))
    months = (until.year - first.year) * 12 + until.month - first.month
    whole = months > 0 and until.day == first.day == start.day
    end = add_months(start, months) if whole else start + (until - first)
    return {"from": start.isoformat(), "until": end.isoformat()}


def add_months(first: dt.date, months: int) -> dt.date:
    """The same day so many months later; `first` is the first day of a month or one that every month has."""
    year, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + year, month=month + 1)
