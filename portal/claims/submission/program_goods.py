"""The products a program pays on, offered when somebody comes to the claim form from its sheet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import session
from portal.engine.compile import product_miss, rate_of
from portal.programs.definitions.models import Program, ProgramState
from portal.programs.definitions.queries import list_versions, plan_of, visible_programs
from portal.sales.products.models import Product, ProductState
from portal.security.viewer import Viewer

MOST = 12


@dataclass(frozen=True)
class ProgramGoods:
    """A running program and the first of its products by SKU; `more` says that there are others."""

    name: str
    products: list[Product]
    more: bool


def goods_of(viewer: Viewer, code: str) -> ProgramGoods | None:
    """What a running program pays on; None when there is no such program for the viewer."""
    query = visible_programs(viewer).where(Program.code == code, Program.state == ProgramState.LIVE)
    program = session.scalar(query) if code else None
    begun = [row for row in list_versions(program) if row.effective_from <= today()] if program else []
    if program is None or not begun:
        return None
    plan = plan_of(max(begun, key=lambda row: row.number))
    active = session.scalars(select(Product).where(Product.state == ProductState.ACTIVE).order_by(Product.sku))
    found = [
        product
        for product in active
        if any(
            not product_miss(plan.qualify_of(part), product.sku, product.category, product.tags)
            and rate_of(part, plan, product.sku, product.category) is not None
            for part in plan.components
        )
    ]
    return ProgramGoods(program.name, found[:MOST], len(found) > MOST)
