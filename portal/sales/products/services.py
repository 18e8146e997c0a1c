"""Adding products and their dated prices."""

from __future__ import annotations

import datetime as dt

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.money import known_currency
from portal.core.sequence import next_seq
from portal.sales.products.models import Product, ProductPrice, ProductState
from portal.sales.products.queries import find_product
from portal.security.viewer import Viewer


def add_product(sku: str, name: str, category: str = "", *, by: Viewer | None = None) -> Product:
    """Put a product into the catalog; its SKU must be new."""
    if find_product(sku) is not None:
        raise Conflict(f"There is already a product {sku}.", field="sku")
    product = insert_product(sku.strip(), name.strip(), category.strip(), seq=next_seq())
    audit.record("product.added", kind="product", id=product.id, label=product.sku, actor=by,
                 after={"name": product.name, "category": product.category})  # fmt: skip
    return product


def insert_product(sku: str, name: str, category: str, *, seq: int) -> Product:
    """The row itself; for imports, which write one audit entry for the whole file."""
    product = Product(
        sku=sku, name=name, category=category, state=ProductState.ACTIVE, created_at=clock.now(), seq=seq
    )  # fmt: skip
    session.add(product)
    session.flush()
    return product


def add_price(
    product: Product,
    *,
    valid_from: dt.date,
    currency: str,
    list_price: int | None = None,
    cost: int | None = None,
    seq: int | None = None,
) -> ProductPrice:
    """Set list price and cost (minor units) from a day on; earlier rows stay as they were known."""
    if not known_currency(currency):
        raise InvalidInput(f"“{currency}” is no currency code.", field="currency")
    price = ProductPrice(
        product_id=product.id, valid_from=valid_from, list_price=list_price, cost=cost, currency=currency,
        seq=next_seq() if seq is None else seq, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(price)
    session.flush()
    return price


def close_product(product: Product, *, by: Viewer) -> None:
    """Take a product out of the catalog; its sales stay."""
    _set_state(product, ProductState.CLOSED, "product.closed", by)


def reopen_product(product: Product, *, by: Viewer) -> None:
    """Put a closed product back into the catalog."""
    _set_state(product, ProductState.ACTIVE, "product.reopened", by)


def _set_state(product: Product, state: ProductState, act: str, by: Viewer) -> None:
    if product.state == state:
        raise Conflict(f"{product.sku} is {state} already.")
    before, product.state = product.state, state
    session.flush()
    audit.record(act, kind="product", id=product.id, label=product.sku, actor=by,
                 before={"state": str(before)}, after={"state": str(state)})  # fmt: skip
