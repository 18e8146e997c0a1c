"""Amending a running program in one act: a later end, more products, another budget, written and sent at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.engine.errors import PlanError
from portal.engine.plan import Plan
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions import approval, queries
from portal.programs.definitions.differences import differences
from portal.programs.definitions.drafts import get_draft, write_draft
from portal.programs.definitions.models import Program, ProgramDraft, ProgramState, ProgramVersion
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation.services import try_draft
from portal.programs.studio.fields import read_table
from portal.programs.studio.plan_writing import write_plan
from portal.programs.studio.start import this_period
from portal.sales.products.models import Product
from portal.security.viewer import Viewer

Document = dict[str, Any]


@dataclass(frozen=True)
class Amendment:
    """What is to be different: the last day that counts, products (SKU, or SKU and amount, one a line), the budget."""

    last_day: dt.date | None = None
    skus: str = ""
    budget: str = ""
    note: str = ""


@dataclass(frozen=True)
class Amended:
    """The text of the next version, what changes in words, and what follows from it."""

    text: str
    changes: list[str]
    consequence: str


def amend(program: Program, asked: Amendment) -> Amended:
    """The next version's text; raises InvalidInput beside the field it is about, Conflict when nothing changes."""
    latest = _latest(program)
    plan = queries.plan_of(latest)
    document = dict(read_plan_text(latest.source_text)[0])
    start = max(this_period(plan, clock.today()), latest.effective_from)
    document["effective"] = _effective(document, start, asked.last_day)
    if asked.budget.strip():
        document["budget"] = {**(document.get("budget") or {}), "amount": asked.budget.strip().replace(",", "")}
    if asked.skus.strip():
        _add_products(document, plan, asked.skus)
    text = write_plan(document)
    after = _parsed(text)
    changes = [change for change in differences(plan, after) if not change.startswith("First day:")]
    if not changes:
        raise Conflict("Nothing changes yet. Give a later end, products to add, or another budget.")
    return Amended(text, changes, _consequence(start, asked))


def send_amendment(program: Program, asked: Amendment, *, by: Viewer) -> ProgramDraft:
    """Write the amendment as a draft, ask the second person at once, and have its cost predicted on past sales."""
    made = amend(program, asked)
    today = clock.today()
    taken = {draft.title for draft in queries.list_drafts(program)}
    title = f"Amendment of {today.day} {today:%B %Y}"
    names = [title, *(f"{title}, {number}" for number in range(2, 100))]
    row = write_draft(made.text, title=next(name for name in names if name not in taken), by=by)
    draft = get_draft(by, str(row.id), lock=True)
    approval.ask_approval(draft, by=by, note=asked.note)
    try_draft(program, row, by=by)
    return row


def _latest(program: Program) -> ProgramVersion:
    versions = queries.list_versions(program)
    if not versions or program.state == ProgramState.CLOSED:
        raise Conflict("Only a program that was published and is not closed can be amended.")
    return versions[-1]


def _effective(document: Document, start: dt.date, last_day: dt.date | None) -> Document:
    kept = dict(document.get("effective") or {}) | {"from": start.isoformat()}
    if last_day is None:
        return kept
    if last_day < clock.today():
        raise InvalidInput("The last day lies in the past. Name today or a later day.", field="last_day")
    if last_day >= dt.date(9999, 1, 1) or last_day < start:
        raise InvalidInput("This day cannot be the last one. Name a later day.", field="last_day")
    return kept | {"until": (last_day + dt.timedelta(days=1)).isoformat()}


def _add_products(document: Document, plan: Plan, typed: str) -> None:
    """Add to the table of amounts, or to the list of products, whichever the plan has."""
    components = [dict(one) for one in document.get("components") or []]
    document["components"] = components
    table = next((one for one in components if isinstance(one.get("amounts"), dict)), None)
    if table is not None:
        added = {name: paid for name, paid in (read_table(f"x\t0\n{typed}") or {}).items() if name != "x"}
        _check_known(list(added))
        table["amounts"] = table["amounts"] | added
        return
    skus = list(dict.fromkeys(typed.replace(",", " ").replace(";", " ").split()))
    _check_known(skus)
    holder = next((one for one in components if (one.get("qualify") or {}).get("skus")), None)
    if holder is None and not plan.qualify.skus:
        raise InvalidInput("This program counts whole categories, not single products.", field="skus")
    place = document if holder is None else holder
    qualify = dict(place.get("qualify") or {})
    qualify["skus"] = list(dict.fromkeys([*(qualify.get("skus") or []), *skus]))
    place["qualify"] = qualify


def _check_known(skus: list[str]) -> None:
    known = set(session.scalars(select(Product.sku).where(Product.sku.in_(skus))))
    missing = sorted(set(skus) - known)
    if missing:
        raise InvalidInput(f"No product is called {', '.join(name[:40] for name in missing[:5])}.", field="skus")


def _parsed(text: str) -> Plan:
    try:
        return parse_plan(text)
    except PlanError as error:
        issue = error.issues[0]
        field = "budget" if issue.key.startswith("budget") else "last_day" if "until" in issue.key else "skus"
        raise InvalidInput(issue.sentence, field=field) from error


def _consequence(start: dt.date, asked: Amendment) -> str:
    since = f"{start.day} {start:%B %Y}"
    if asked.skus.strip():
        return f"The new version rates everything since {since}, so the products you add pay from that day too."
    return f"The new version rates everything since {since}; what was earned stays."
