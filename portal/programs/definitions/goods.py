"""The single products a plan names, by the names people know them by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from portal.core.db import session
from portal.engine.plan import Component, Plan
from portal.programs.definitions.phrases import pay_words
from portal.sales.products.models import Product


@dataclass(frozen=True)
class NamedGoods:
    """A product or category as the plan writes it, its name, and what one pays where that is one amount."""

    code: str
    name: str
    pays: str


def named_goods(plan: Plan) -> list[NamedGoods]:
    """What a plan names one by one, in its own order; empty for a plan that counts categories, tags or everything."""
    paid: dict[str, set[Decimal | None]] = {}
    for component in plan.components:
        for code, amount in _goods_of(component, plan):
            paid.setdefault(code, set()).add(amount)
    query = select(Product.sku, Product.name).where(Product.sku.in_(paid))
    names = {sku: name for sku, name in session.execute(query)}
    return [NamedGoods(code, names.get(code, ""), _pays(amounts, plan)) for code, amounts in paid.items()]


def _goods_of(component: Component, plan: Plan) -> Iterator[tuple[str, Decimal | None]]:
    if component.amounts:
        yield from component.amounts.items()
    elif component.items:
        yield from ((sku, None) for sku in component.items)
    else:
        each = component.amount if component.method == "per_unit" and not component.amounts_by_tier else None
        yield from ((sku, each) for sku in plan.qualify_of(component).skus or ())


def _pays(amounts: set[Decimal | None], plan: Plan) -> str:
    """The amount one pays; nothing when components differ or the amount is not by the piece."""
    only = next(iter(amounts)) if len(amounts) == 1 else None
    return "" if only is None else pay_words(only, plan)
