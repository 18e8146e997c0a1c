"""Which programs new exchange rates or prices touch: those that measure sales of these days by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select

from portal.core.db import session
from portal.engine.periods import Program
from portal.engine.plan import Plan
from portal.programs.definitions.queries import engine_programs
from portal.sales.journal.models import SaleLine

PRICED = {"margin", "list_value"}
CHUNK = 5000


def programs_by_rates(since: dt.date) -> list[str]:
    """The codes of the programs that convert a sale line of these days."""
    sold_in = set(session.scalars(select(SaleLine.currency).where(SaleLine.sold_on >= since).distinct()))

    def converts(plan: Plan) -> bool:
        return plan.measuring_currency is not None and bool(sold_in - {plan.measuring_currency})

    return [program.code for program in engine_programs() if any(converts(plan) for plan in _plans(program))]


def programs_by_prices(product_ids: Iterable[int], since: dt.date, *, all_products: bool = False) -> list[str]:
    """The codes of the programs that look at list prices or costs, when these products were sold since that day."""
    known = sorted(product_ids)
    chunks = [known[start : start + CHUNK] for start in range(0, len(known), CHUNK)]
    sold = select(SaleLine.id).where(SaleLine.sold_on >= since).limit(1)
    asked = [sold] if all_products else [sold.where(SaleLine.product_id.in_(chunk)) for chunk in chunks]
    if all(session.scalar(query) is None for query in asked):
        return []
    return [program.code for program in engine_programs() if any(_looks_at_prices(plan) for plan in _plans(program))]


def _plans(program: Program) -> list[Plan]:
    return [version.plan for version in program.versions]


def _looks_at_prices(plan: Plan) -> bool:
    return any(
        component.method == "free_goods"
        or {component.measured, component.earn_on} & PRICED
        or plan.qualify_of(component).price_floor is not None
        for component in plan.components
    )
