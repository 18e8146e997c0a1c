"""What the estimator's page shows: the lines as typed, what is wrong with them, and what they would pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from portal.core import clock
from portal.core.errors import PortalError
from portal.core.money import show_minor, to_major
from portal.engine.plan import Plan
from portal.programs.definitions.words import component_words
from portal.programs.estimator.queries import Estimate, Occasion, Outcome, Sold, currency_of, estimate, programs_on
from portal.programs.estimator.typed import FLOWS, MOST_LINES, Typed, TypedLine, read_day, read_price, read_quantity
from portal.programs.participation.pages import branches
from portal.programs.participation.queries import list_my_programs
from portal.programs.runs.sentences import figure, show_unit
from portal.programs.statements.nodes import bands_table
from portal.programs.statements.participants import Participant
from portal.sales.products.models import Product
from portal.sales.products.queries import find_product, prices_on, search_products
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Row:
    """One line of the form: the product it means, and the list price of the day."""

    typed: TypedLine
    product: Product | None
    price: str


def estimate_page(viewer: Viewer, who: Participant, typed: Typed) -> dict[str, Any]:
    """Everything the page shows."""
    problems: dict[str, str] = {}
    day, currency = _day(typed, problems), currency_of(who)
    rows = _read_rows(typed, day, currency, problems)
    sold = [one for index, row in enumerate(rows) if (one := _sold(row, index, currency, problems)) is not None]
    if len(typed.lines) >= MOST_LINES:
        problems["q"] = f"An estimate holds at most {MOST_LINES} lines."
    seen = {one.row.program.code for one in list_my_programs(viewer, who, outlook=False)}
    running = [(one, window) for one, window in programs_on(who, day) if one.code in seen]
    flow = typed.flow or _usual_flow([window.version.plan for _, window in running], typed.program, who)
    found = estimate(Occasion(who, sold, day, flow), typed.program) if sold else Estimate()
    products = search_products(typed.q) if typed.q else []
    return {
        "who": who, "typed": typed, "rows": rows, "problems": problems, "day": day, "currency": currency,
        "flow": flow, "flows": list(FLOWS.items()), "found": found, "products": products, "sold": sold,
        "programs": [(one.code, window.version.plan.name) for one, window in running],
        "told": [outcome_words(one) for one in found.outcomes if one.code in seen], "branches": branches(viewer, who),
        "rules": {one.code: component_words(plan.components[0], plan) for one, window in running
                  for plan in [window.version.plan]},
        "today": clock.today(),
    }  # fmt: skip


def _usual_flow(plans: list[Plan], program: str, who: Participant) -> str:
    """The stream that the chosen program (or most programs) counts."""
    flows = [str(plan.qualify_of(plan.components[0]).flow) for plan in plans if program in ("", plan.code)]
    usual = "sell_out" if who.kind == "person" else "sell_in"
    return max(flows, key=lambda flow: (flows.count(flow), flow == usual)) if flows else usual


def _day(typed: Typed, problems: dict[str, str]) -> dt.date:
    try:
        return read_day(typed.day, clock.today())
    except PortalError as error:
        problems["day"] = error.sentence
        return clock.today()


def _read_rows(typed: Typed, day: dt.date, currency: str, problems: dict[str, str]) -> list[Row]:
    products = [find_product(line.sku) for line in typed.lines]
    listed = prices_on(day, [product.id for product in products if product is not None])
    rows = []
    for index, (line, product) in enumerate(zip(typed.lines, products, strict=True)):
        if product is None:
            problems[f"line-{index}"] = f"No product is called “{line.sku}”. Remove the line, or search again."
        price = listed.get(product.id) if product else None
        usual = to_major(price.list_price, currency) if price is not None and price.list_price else ""
        rows.append(Row(line, product, line.price or usual))
    return rows


def _sold(row: Row, index: int, currency: str, problems: dict[str, str]) -> Sold | None:
    """The line as the engine takes it; None with a sentence where it cannot be read."""
    quantity = price = None
    try:
        quantity = read_quantity(row.typed.quantity)
    except PortalError as error:
        problems[f"quantity-{index}"] = error.sentence
    try:
        price = read_price(row.price, currency) if row.price else 0
    except PortalError as error:
        problems[f"price-{index}"] = error.sentence
    if row.product is None or quantity is None or price is None:
        return None
    return Sold(row.product.id, row.product.sku, row.product.name, quantity, price)


@dataclass(frozen=True)
class Told:
    """One program's answer in words: the outcome, the way it comes about, each typed line."""

    outcome: Outcome
    parts: list[dict[str, Any]]
    why: str


def outcome_words(outcome: Outcome) -> Told:
    """The outcome with its trace as tables."""
    parts = [
        {
            "sentence": trace.sentence, "bands": bands_table(trace),
            "lines": [
                {
                    "name": line.name, "quantity": line.fact.quantity, "counted": line.fact.counted,
                    "measure": figure(line.fact.measure, trace.fact.measure_unit),
                    "share": None if line.fact.share is None else show_minor(line.fact.share, outcome.unit),
                    "reason": line.fact.reason,
                }
                for line in lines
            ],
        }
        for trace, lines in outcome.components
    ]  # fmt: skip
    return Told(outcome, parts, _why(outcome))


def _why(outcome: Outcome) -> str:
    """What the sale adds, and what of it comes from lifting earlier sales into another step."""
    if outcome.trouble:
        return outcome.trouble
    reasons = [line.fact.reason for _, lines in outcome.components for line in lines if not line.fact.counted]
    counted = any(line.fact.counted for _, lines in outcome.components for line in lines)
    if not counted:
        return f"Nothing of it counts: {'; '.join(dict.fromkeys(reasons))}." if reasons else "Nothing of it counts."
    told = f"From {show_unit(outcome.before, outcome.unit)} to {show_unit(outcome.after, outcome.unit)}."
    if outcome.gain != outcome.carried:
        whole = show_unit(outcome.after, outcome.unit)
        told += f" The shares below split all of {whole} over every line of the period by what it counts."
    return told
